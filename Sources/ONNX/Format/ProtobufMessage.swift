package import CLIPFiles

/// A protocol buffers message on its way into a file.
///
/// A length stands before every nested message, so lengths are known before anything is written; long payloads are asked
/// for only then, and one at a time. Source: protobuf.dev/programming-guides/encoding. ONNX's schema is proto2, whose
/// repeated numbers stand one by one unless a field says otherwise; none written here does.
///
/// A writer of our own: five kinds of fields are all that ONNX's messages need, while swift-protobuf would add its
/// runtime, a code generator, and a message held whole in memory.
package struct ProtobufMessage {
  /// Bytes that are made when they are written.
  package struct Payload {
    package let count: Int
    let write: (inout AtomicFile) throws -> Void

    /// - Parameter write: appends exactly `count` bytes
    package init(count: Int, write: @escaping (inout AtomicFile) throws -> Void) {
      self.count = count
      self.write = write
    }
  }

  private enum Piece {
    case bytes([UInt8])
    case payload(Payload)
  }

  /// How a field's value is laid out.
  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
    case fixed32 = 5
  }

  private var pieces: [Piece] = []
  /// How many bytes the message has.
  package private(set) var count = 0

  package init() {}

  /// A whole number, an enumeration or a truth value; negative ones take ten bytes.
  package mutating func add(_ field: Int, _ number: Int) {
    append(Self.key(field, .varint) + Self.varint(UInt64(bitPattern: Int64(number))))
  }

  /// A number in 32 bits.
  package mutating func add(_ field: Int, _ number: Float) {
    let bits = number.bitPattern
    append(Self.key(field, .fixed32) + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
  }

  /// Text as UTF-8.
  package mutating func add(_ field: Int, _ text: String) {
    append(Self.key(field, .lengthDelimited) + Self.varint(UInt64(text.utf8.count)) + Array(text.utf8))
  }

  /// A message inside this one.
  package mutating func add(_ field: Int, _ message: ProtobufMessage) {
    append(Self.key(field, .lengthDelimited) + Self.varint(UInt64(message.count)))
    for piece in message.pieces {
      switch piece {
      case .bytes(let bytes): append(bytes)
      case .payload(let payload): append(payload)
      }
    }
  }

  /// Bytes.
  package mutating func add(_ field: Int, _ payload: Payload) {
    append(Self.key(field, .lengthDelimited) + Self.varint(UInt64(payload.count)))
    append(payload)
  }

  /// Appends the message to a file.
  /// - Throws: `InputError` when a payload cannot be made or the file cannot be written.
  package func write(to file: inout AtomicFile) throws {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try file.write(bytes)
      case .payload(let payload): try payload.write(&file)
      }
    }
  }

  private mutating func append(_ bytes: [UInt8]) {
    count += bytes.count
    if case .bytes(var last) = pieces.last {
      // Taken out first, so that it grows in place.
      pieces.removeLast()
      last += bytes
      pieces.append(.bytes(last))
    } else {
      pieces.append(.bytes(bytes))
    }
  }

  private mutating func append(_ payload: Payload) {
    count += payload.count
    pieces.append(.payload(payload))
  }

  private static func key(_ field: Int, _ type: WireType) -> [UInt8] {
    varint(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; all but the last byte have the eighth bit set.
  private static func varint(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = [], rest = number
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
  }
}
