/// Reads comma- or tab-separated rows (RFC 4180) one after another, keeping no more than one in memory.
///
/// Fields may stand in double quotes, and then hold separators, line breaks and doubled quotes. Lines end in LF, CRLF
/// or CR; blank lines and a byte-order mark are skipped. As pandas does it, a quote inside an unquoted field is an
/// ordinary character and text after a closing quote belongs to the field: a file that open_clip reads gives the same
/// fields here.
public enum DelimitedText {
  /// The longest field accepted, in bytes: a quote left open must not swallow a whole disk.
  static let maximumFieldBytes = 1 << 26
  /// The longest row accepted, in bytes: rows are held in memory.
  static let maximumRowBytes = 1 << 28
  /// The most fields a row may have.
  static let maximumColumns = 1 << 16

  /// Calls `body` for every row, the header among them.
  /// - Throws: ``InputError`` naming the line of a quoted field without an end or of a field or row beyond all bounds.
  public static func forEachRow(
    in bytes: UnsafeRawBufferPointer, separator: UInt8, _ body: (DelimitedRow) throws -> Void
  ) throws {
    var scanner = DelimitedScanner(bytes, separator: separator)
    while try scanner.readRow() { try body(scanner.row) }
  }

  /// Calls `body` for every row, the header among them.
  public static func forEachRow(
    in text: String, separator: UInt8, _ body: (DelimitedRow) throws -> Void
  ) throws {
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBytes { try forEachRow(in: $0, separator: separator, body) }
  }

  /// Calls `body` for every row of a file; errors name the file.
  public static func forEachRow(
    inFile path: String, separator: UInt8, _ body: (DelimitedRow) throws -> Void
  ) throws {
    let map = try MemoryMap(path: path)
    try namingFile(path) {
      try TextEncoding.requireUTF8(map.bytes)
      try map.read { try forEachRow(in: $0, separator: separator, body) }
    }
  }

  /// A field as it must be written to be read back the same.
  public static func quoted(_ field: String, separator: UInt8) -> String {
    let needsQuotes = field.utf8.contains {
      $0 == separator || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r")
    }
    if !needsQuotes && !field.isEmpty { return field }
    var result = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { result += "\"" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}

/// One row of fields, with the line on which it begins.
public struct DelimitedRow: Sendable {
  /// Counted from 1, as editors do.
  public fileprivate(set) var line = 1
  fileprivate var bytes: [UInt8] = []
  fileprivate var ends: [Int] = []

  /// How many fields the row has.
  public var count: Int { ends.count }

  /// A field's text, or nil when it is not UTF-8.
  /// - Parameter index: in `0..<count`
  public func text(at index: Int) -> String? {
    let start = index == 0 ? 0 : ends[index - 1]
    return String(validating: bytes[start..<ends[index]], as: UTF8.self)
  }

  /// All fields, with the replacement character where they are not UTF-8: for headers and messages.
  public var repairedFields: [String] {
    (0..<count).map { index in
      String(decoding: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]], as: UTF8.self)
    }
  }
}

private struct DelimitedScanner {
  let bytes: UnsafeRawBufferPointer
  let separator: UInt8
  var row = DelimitedRow()
  private var position = 0
  private var line = 1

  private static let quote = UInt8(ascii: "\""), lineFeed = UInt8(ascii: "\n"),
    carriageReturn = UInt8(ascii: "\r")

  init(_ bytes: UnsafeRawBufferPointer, separator: UInt8) {
    self.bytes = bytes
    self.separator = separator
    // Some programs put a byte-order mark before the one that is there.
    while bytes[position...].starts(with: [0xEF, 0xBB, 0xBF]) { position += 3 }
  }

  /// Fills `row` with the next row that is not blank; false at the end.
  mutating func readRow() throws -> Bool {
    while position < bytes.count {
      if takeLineEnd() { continue }
      row.line = line
      row.bytes.removeAll(keepingCapacity: true)
      row.ends.removeAll(keepingCapacity: true)
      repeat {
        guard row.ends.count < DelimitedText.maximumColumns else {
          throw InputError(
            "more than \(DelimitedText.maximumColumns) fields in a row", at: "line \(row.line)")
        }
        try readField()
        row.ends.append(row.bytes.count)
      } while takeSeparator()
      _ = takeLineEnd()
      return true
    }
    return false
  }

  private mutating func takeSeparator() -> Bool {
    guard position < bytes.count, bytes[position] == separator else { return false }
    position += 1
    return true
  }

  private mutating func takeLineEnd() -> Bool {
    guard position < bytes.count, bytes[position] == Self.lineFeed || bytes[position] == Self.carriageReturn
    else {
      return false
    }
    let isPair =
      bytes[position] == Self.carriageReturn && position + 1 < bytes.count
      && bytes[position + 1] == Self.lineFeed
    position += isPair ? 2 : 1
    line += 1
    return true
  }

  private mutating func readField() throws {
    let fieldLine = line, fieldStart = row.bytes.count
    if position < bytes.count, bytes[position] == Self.quote {
      position += 1
      try readQuoted(from: fieldStart, on: fieldLine)
    }
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn { break }
      position += 1
    }
    try append(start..<position, from: fieldStart, on: fieldLine)
  }

  /// Reads up to and over the closing quote.
  private mutating func readQuoted(from fieldStart: Int, on fieldLine: Int) throws {
    while true {
      let start = position
      while position < bytes.count, bytes[position] != Self.quote {
        // A CRLF counts once, by its line feed; a lone CR inside quotes counts too.
        let isPairStart = position + 1 < bytes.count && bytes[position + 1] == Self.lineFeed
        if bytes[position] == Self.lineFeed || (bytes[position] == Self.carriageReturn && !isPairStart) {
          line += 1
        }
        position += 1
      }
      try append(start..<position, from: fieldStart, on: fieldLine)
      guard position < bytes.count else {
        throw InputError("a quoted field without an end", at: "line \(fieldLine)", advice: "close the quote")
      }
      position += 1
      guard position < bytes.count, bytes[position] == Self.quote else { return }
      row.bytes.append(Self.quote)
      position += 1
    }
  }

  private mutating func append(_ range: Range<Int>, from fieldStart: Int, on fieldLine: Int) throws {
    guard row.bytes.count - fieldStart + range.count <= DelimitedText.maximumFieldBytes else {
      throw InputError(
        "a field longer than \(DelimitedText.maximumFieldBytes) bytes", at: "line \(fieldLine)",
        advice: "look for a quote left open")
    }
    guard row.bytes.count + range.count <= DelimitedText.maximumRowBytes else {
      throw InputError(
        "a row longer than \(DelimitedText.maximumRowBytes) bytes", at: "line \(row.line)",
        advice: "check the separator and the line ends")
    }
    row.bytes.append(contentsOf: bytes[range])
  }
}
