/// Reads JSON (RFC 8259) strictly: no duplicate keys, no trailing text, bounded depth, exact integers kept.
///
/// Foundation's reader accepts duplicate keys silently; a checkpoint's header must not.
public struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0
  private static let maximumDepth = 128

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The document in `text`.
  /// - Throws: ``InputError`` with line and column of the first fault.
  public static func parse(_ text: String) throws -> JSONValue { try parse(Array(text.utf8)) }

  /// The document in UTF-8 `bytes`; a byte-order mark is skipped.
  public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    try bytes.withUnsafeBufferPointer { try parse($0) }
  }

  /// The document in UTF-8 `bytes`; a byte-order mark is skipped.
  public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
    var parser = JSONParser(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.fault("text after the end of the document") }
    return value
  }

  /// The document in a file.
  public static func parse(file path: String, limit: Int = 1 << 28) throws -> JSONValue {
    let bytes = try TextFile.bytes(of: path, limit: limit)
    return try namingFile(path) {
      try bytes.withUnsafeBytes { try TextEncoding.requireUTF8($0) }
      return try parse(bytes)
    }
  }

  private func fault(_ problem: String) -> InputError {
    var line = 1, column = 1
    for byte in bytes.prefix(position) {
      if byte == UInt8(ascii: "\n") { line += 1; column = 1 } else { column += 1 }
    }
    return InputError("not valid JSON: \(problem)", at: "line \(line), column \(column)")
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    guard position < bytes.count else { throw fault("the text ends where a value should stand") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): try word("true"); return .bool(true)
    case UInt8(ascii: "f"): try word("false"); return .bool(false)
    case UInt8(ascii: "n"): try word("null"); return .null
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString) throws {
    for index in 0..<word.utf8CodeUnitCount where !take(word.utf8Start[index]) { throw fault("unknown word") }
  }

  private mutating func enter() throws {
    position += 1
    depth += 1
    guard depth <= Self.maximumDepth else { throw fault("nested more than \(Self.maximumDepth) deep") }
  }

  private mutating func object() throws -> JSONObject {
    try enter()
    defer { depth -= 1 }
    var object = JSONObject()
    skipSpace()
    if take(UInt8(ascii: "}")) { return object }
    repeat {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw fault("expected a key in quotes")
      }
      let key = try string()
      guard !object.contains(key) else { throw fault("the key \(key.quoted()) stands twice") }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("expected \":\" after the key \(key.quoted())") }
      object[key] = try value()
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw fault("expected \",\" or \"}\"") }
    return object
  }

  private mutating func array() throws -> [JSONValue] {
    try enter()
    defer { depth -= 1 }
    var array: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return array }
    repeat {
      array.append(try value())
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw fault("expected \",\" or \"]\"") }
    return array
  }

  private mutating func string() throws -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        defer { position += 1 }
        return try text(UnsafeBufferPointer(rebasing: bytes[start..<position]))
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw fault("a control character inside a string") }
      position += 1
    }
    throw fault("a string without an end")
  }

  private func text(_ bytes: some Sequence<UInt8>) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw fault("a string that is not UTF-8") }
    return text
  }

  private mutating func escapedString(from start: Int) throws -> String {
    var units = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(units)
      case UInt8(ascii: "\\"): try escape(into: &units)
      case 0..<0x20: throw fault("a control character inside a string")
      default: units.append(byte)
      }
    }
    throw fault("a string without an end")
  }

  private mutating func escape(into units: inout [UInt8]) throws {
    guard position < bytes.count else { throw fault("a string without an end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0C)
    case UInt8(ascii: "n"): units.append(0x0A)
    case UInt8(ascii: "r"): units.append(0x0D)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = try hexadecimal()
      if (0xD800..<0xDC00).contains(scalar) {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw fault("half a surrogate pair") }
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair") }
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(scalar) else { throw fault("half a surrogate pair") }
      units.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: throw fault("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw fault("a \\u escape needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    return position - start
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let leading = position
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[leading] != UInt8(ascii: "0") else {
      position = start
      throw fault("expected a value")
    }
    var isInteger = true
    if take(UInt8(ascii: ".")) {
      isInteger = false
      guard digits() > 0 else { throw fault("a number ends in a point") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() > 0 else { throw fault("a number ends in its exponent's sign") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("the number \(text.quoted()) is out of range") }
    return .number(value)
  }
}
