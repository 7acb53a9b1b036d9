/// What a user or a file got wrong: which file, where in it, what is wrong and what to do.
///
/// Printed once, by the command line, as one line:
///
///     base/open_clip_model.safetensors: visual.proj: expected [192, 128], found [128, 192]; see docs/checkpoints.md
///
/// A function that does not know the file's name throws without one; ``inFile(_:)`` adds it at the file's door.
public struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file or folder, as the user named it.
  public var file: String?
  /// A key path, line or tensor name inside the file.
  public var location: String?
  /// What was expected and what was found.
  public var problem: String
  /// What to do about it.
  public var advice: String?

  /// An error of its parts; all but the problem may be added later.
  public init(_ problem: String, file: String? = nil, at location: String? = nil, advice: String? = nil) {
    self.file = file
    self.location = location
    self.problem = problem
    self.advice = advice
  }

  /// The same error with the file's name, unless it already carries one.
  public func inFile(_ path: String) -> InputError {
    var copy = self
    copy.file = file ?? path
    return copy
  }

  /// One line without control characters and of bounded length, whatever the file held.
  public var description: String {
    var line = ""
    if let file { line += "\(file.shortened(to: 240)): " }
    if let location { line += "\(location.shortened(to: 160)): " }
    line += problem.shortened(to: 300)
    if let advice { line += "; \(advice.shortened(to: 300))" }
    return line.singleLine
  }
}

/// Runs `body`, naming `path` in any ``InputError`` that does not name a file yet.
public func namingFile<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as InputError { throw error.inFile(path) }
}
