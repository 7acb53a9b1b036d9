public import Files

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A run's events, one JSON object a line: `log.jsonl`.
public final class RunLog: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Opens the log for appending.
  ///
  /// - Parameter step: the step the run is taken up at; what was logged of later ones is cut away, and so is a line that a
  ///   killed process left unfinished
  /// - Throws: ``InputError`` when the file cannot be written.
  public init(path: String, resumingAt step: Int?) throws {
    self.path = path
    if Folder.containsFile(path) { try Self.cut(path, after: step) }
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
    }
  }

  deinit { close(descriptor) }

  private static func cut(_ path: String, after step: Int?) throws {
    let text = try TextFile.text(of: path, limit: 1 << 31)
    let kept = text.split(separator: "\n").filter { line in
      // Only the last line can be unfinished; whatever does not parse is no event.
      guard let event = try? JSONParser.parse(String(line)) else { return false }
      guard let step, let own = event["step"]?.intValue else { return true }
      return own <= step
    }
    let result = kept.isEmpty ? "" : kept.joined(separator: "\n") + "\n"
    if result != text { try AtomicFile.write(result, to: path) }
  }

  /// Appends an event as a whole line.
  /// - Throws: ``InputError`` when it cannot be written.
  public func append(_ event: JSONObject) throws {
    let line = Array((JSONValue.object(event).text() + "\n").utf8)
    var rest = line[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
      }
      rest = rest.dropFirst(written)
    }
  }
}
