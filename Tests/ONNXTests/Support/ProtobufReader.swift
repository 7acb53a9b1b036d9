/// The fields of a protocol buffers message, read plainly: what the tests hold the writer against.
struct ProtobufFields {
  enum Value: Equatable {
    case varint(UInt64)
    case bytes([UInt8])
    case fixed32(UInt32)
  }

  struct Fault: Error, CustomStringConvertible { let description: String }

  let fields: [(number: Int, value: Value)]

  init(_ bytes: some Collection<UInt8>) throws {
    var rest = Array(bytes)[...]
    var fields: [(Int, Value)] = []
    while !rest.isEmpty {
      let key = try Self.varint(&rest), number = Int(key >> 3)
      switch key & 7 {
      case 0: fields.append((number, .varint(try Self.varint(&rest))))
      case 2:
        let count = Int(try Self.varint(&rest))
        guard count <= rest.count else { throw Fault(description: "field \(number) ends beyond the message") }
        fields.append((number, .bytes(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 5:
        guard rest.count >= 4 else { throw Fault(description: "field \(number) ends beyond the message") }
        fields.append((number, .fixed32(rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) })))
        rest = rest.dropFirst(4)
      default: throw Fault(description: "field \(number) has wire type \(key & 7)")
      }
    }
    self.fields = fields
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0, shift: UInt64 = 0
    while let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
      guard shift < 64 else { break }
    }
    throw Fault(description: "a number without an end")
  }

  func all(_ number: Int) -> [Value] { fields.filter { $0.number == number }.map(\.value) }

  func numbers(_ number: Int) -> [Int] {
    all(number).compactMap { if case .varint(let value) = $0 { Int(Int64(bitPattern: value)) } else { nil } }
  }

  func bytes(_ number: Int) -> [[UInt8]] {
    all(number).compactMap { if case .bytes(let value) = $0 { value } else { nil } }
  }

  func texts(_ number: Int) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }

  func messages(_ number: Int) throws -> [ProtobufFields] { try bytes(number).map { try ProtobufFields($0) } }

  func float(_ number: Int) -> Float? {
    all(number).compactMap { if case .fixed32(let bits) = $0 { Float(bitPattern: bits) } else { nil } }.first
  }
}
