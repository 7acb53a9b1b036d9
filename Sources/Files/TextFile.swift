/// Reads whole small files.
public enum TextFile {
  /// The file's bytes.
  /// - Parameter limit: the largest size accepted, in bytes
  /// - Throws: ``InputError`` when the file cannot be read or is larger.
  public static func bytes(of path: String, limit: Int = 1 << 30) throws -> [UInt8] {
    let map = try MemoryMap(path: path)
    guard map.bytes.count <= limit else {
      throw InputError("is \(map.bytes.count) bytes long, more than the \(limit) allowed here", file: path)
    }
    return Array(map.bytes)
  }

  /// The file as text; a byte-order mark at its start is dropped.
  /// - Throws: ``InputError`` when the file cannot be read, is too long or is not UTF-8.
  public static func text(of path: String, limit: Int = 1 << 30) throws -> String {
    var bytes = try bytes(of: path, limit: limit)
    try bytes.withUnsafeBytes { bytes in try namingFile(path) { try TextEncoding.requireUTF8(bytes) } }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InputError("is not UTF-8 text", file: path, advice: "convert it with iconv -t UTF-8")
    }
    return text
  }

  /// The file's lines without their line ends; an empty last line is dropped.
  public static func lines(of path: String) throws -> [String] {
    var lines = try text(of: path).split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
