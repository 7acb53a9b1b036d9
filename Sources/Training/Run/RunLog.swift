public import CLIPFiles
internal import CLIPSystem

/// A run's events, one JSON object a line: `log.jsonl`.
public final class RunLog: Sendable {
  /// The file that events are appended to.
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
    // Mapped, so that a long log need not be in memory; kept lines that follow one another are written at once.
    let map = try MemoryMap(path: path)
    var kept: [Range<Int>] = []
    for line in map.bytes.split(separator: newLine) where isKept(line, after: step) {
      let end = min(line.endIndex + 1, map.bytes.count)
      if let last = kept.last, last.upperBound == line.startIndex {
        kept[kept.count - 1] = last.lowerBound..<end
      } else {
        kept.append(line.startIndex..<end)
      }
    }
    let isWhole = map.bytes.last == nil || map.bytes.last == newLine
    if isWhole && kept.reduce(0, { $0 + $1.count }) == map.bytes.count { return }
    var file = try AtomicFile(path: path)
    for range in kept { try file.write(UnsafeRawBufferPointer(rebasing: map.bytes[range])) }
    if let last = kept.last, map.bytes[last.upperBound - 1] != newLine { try file.write([newLine]) }
    try file.commit()
  }

  private static let newLine = UInt8(ascii: "\n")

  private static func isKept(_ line: Slice<UnsafeRawBufferPointer>, after step: Int?) -> Bool {
    // Only the last line can be unfinished; whatever does not parse is no event.
    let bytes = UnsafeRawBufferPointer(rebasing: line)
    guard let event = try? bytes.withMemoryRebound(to: UInt8.self, { try JSONParser.parse($0) }),
      event.objectValue != nil
    else { return false }
    guard let step, let own = event["step"]?.intValue else { return true }
    return own <= step
  }

  /// Appends an event as a whole line.
  /// - Throws: ``InputError`` when it cannot be written; the log then ends with the line before.
  public func append(_ event: JSONObject) throws {
    let line = Array((JSONValue.object(event).text() + "\n").utf8)
    var status = stat()
    let end = fstat(descriptor, &status) == 0 ? status.st_size : nil
    var rest = line[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        let error = InputError("cannot write: \(lastSystemError())", file: path, advice: lastSystemAdvice())
        // Half a line would swallow the next one.
        if rest.count < line.count, let end { ftruncate(descriptor, end) }
        throw error
      }
      rest = rest.dropFirst(written)
    }
  }
}
