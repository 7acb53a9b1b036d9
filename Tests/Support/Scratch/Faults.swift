import CLIPFiles

/// The message that `body` throws as an `InputError`; "no error" where it throws none.
package func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch { return error is InputError ? "\(error)" : "another error: \(error)" }
}

/// Whether `body` succeeds or is refused in one line.
package func succeedsOrIsRefused(_ body: () throws -> Void) -> Bool {
  do { try body() } catch let error as InputError {
    return !"\(error)".contains("\n") && "\(error)".utf8.count < 2000
  } catch { return false }
  return true
}

/// A file of this text for as long as `body` runs; errors call it `name`.
package func withFile<Value>(_ name: String, _ text: String, _ body: (String) throws -> Value) throws -> Value {
  let folder = try ScratchFolder(), path = try folder.write(text.utf8, to: name)
  defer { withExtendedLifetime(folder) {} }
  do { return try body(path) } catch let error as InputError {
    throw InputError(error.description.replacing("\(folder.path)/", with: ""))
  }
}
