internal import Files

extension DesignSpace {
  /// The space of a name: `data/accelerators/NAME.space.yaml`, or the file of that path.
  /// - Throws: `InputError` with the nearest name.
  public static func named(_ name: String) throws -> DesignSpace {
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") { return try DesignSpace(file: name) }
    let names = try self.names()
    guard names.contains(name) else {
      throw InputError("unknown design space \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return try DesignSpace(file: DataFolder.path("accelerators/\(name)\(suffix)"))
  }

  /// The names that ``named(_:)`` knows.
  /// - Throws: `InputError` where the toolkit's data folder is not found.
  public static func names() throws -> [String] {
    let folder = Folder.parent(of: try DataFolder.path("accelerators/README.md"))
    return try Folder.names(in: folder).filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }
}
