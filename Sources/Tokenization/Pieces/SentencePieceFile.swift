import CLIPFiles

/// A model of SentencePiece's (`spiece.model`, `tokenizer.model`): a protocol buffer of pieces and settings.
///
/// Source: SentencePiece's `sentencepiece_model.proto`.
struct SentencePieceFile {
  private(set) var pieces: [UnigramModel.Piece] = []
  private(set) var normalizer = SentencePieceNormalizer()
  private(set) var fallsBackToBytes = false
  private(set) var unknownID = 0
  /// The id of the token that ends a text; -1 for none.
  private(set) var endID = 2

  /// Pieces by the number of their type.
  private static let kinds: [UInt64: UnigramModel.Piece.Kind] = [
    1: .normal, 2: .unknown, 3: .control, 4: .userDefined, 5: .unused, 6: .byte,
  ]
  private static let models: [UInt64: String] = [2: "pairs", 3: "words", 4: "characters"]

  /// Whether bytes may be such a file: its first field is a piece.
  static func isLikely(_ bytes: [UInt8]) -> Bool { bytes.count > 8 && bytes[0] == 0x0A && bytes[2] == 0x0A }

  /// - Throws: ``InputError`` for a damaged file, or a model of another kind than unigrams.
  init(_ bytes: [UInt8]) throws {
    var charsmap: [UInt8] = []
    try ProtobufFields.forEach(of: bytes[...]) { field in
      switch field.number {
      case 1:
        guard pieces.count < Vocabulary.sizeLimit else {
          throw InputError("more than the \(Vocabulary.sizeLimit) pieces allowed")
        }
        pieces.append(try Self.piece(try field.content(), number: pieces.count))
      case 2: try readTrainer(try field.content())
      case 3: charsmap = try readNormalizer(try field.content())
      default: break
      }
    }
    guard !pieces.isEmpty else { throw InputError("holds no pieces", advice: "fetch the file again") }
    guard pieces.indices.contains(unknownID) else {
      throw InputError("the unknown piece's number \(unknownID) is none of the \(pieces.count) pieces'")
    }
    if !charsmap.isEmpty {
      do { normalizer.map = try CharacterMap(charsmap) } catch let error as InputError {
        throw InputError(error.problem, at: "normalizer_spec.precompiled_charsmap")
      }
    }
    normalizer.kept = PieceIndex(
      pieces.enumerated().filter { $0.element.kind == .userDefined && !$0.element.text.isEmpty }
        .map { (Array($0.element.text.utf8), Int32($0.offset)) })
  }

  private static func piece(_ bytes: ArraySlice<UInt8>, number: Int) throws -> UnigramModel.Piece {
    var piece = UnigramModel.Piece(text: "", score: 0)
    try ProtobufFields.forEach(of: bytes) { field in
      switch field.number {
      case 1:
        guard let text = String(validating: try field.content(), as: UTF8.self) else {
          throw InputError("is not UTF-8 text", at: "pieces[\(number)]")
        }
        piece.text = text
      case 2: piece.score = Double(try field.float())
      case 3:
        guard let kind = kinds[try field.whole()] else {
          throw InputError("has an unknown type", at: "pieces[\(number)]")
        }
        piece.kind = kind
      default: break
      }
    }
    guard piece.score.isFinite else { throw InputError("has a score that is no number", at: "pieces[\(number)]") }
    return piece
  }

  private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws {
    try ProtobufFields.forEach(of: bytes) { field in
      switch field.number {
      case 3:
        let type = try field.whole()
        guard type == 1 else {
          throw InputError(
            "a SentencePiece model of \(Self.models[type] ?? "an unknown kind") is not supported", at: "model_type",
            advice: "name the tokenizer.json of the same model")
        }
      case 24:
        if try field.whole() != 0 {
          throw InputError("marks behind words are not supported", at: "treat_whitespace_as_suffix")
        }
      case 35: fallsBackToBytes = try field.whole() != 0
      case 40: unknownID = try field.id()
      case 42: endID = try field.id()
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
    var charsmap: [UInt8] = []
    try ProtobufFields.forEach(of: bytes) { field in
      switch field.number {
      case 2: charsmap = Array(try field.content())
      case 3: normalizer.addsMark = try field.whole() != 0
      case 4: normalizer.removesExtraBlanks = try field.whole() != 0
      case 5: normalizer.marksBlanks = try field.whole() != 0
      default: break
      }
    }
    return charsmap
  }
}

/// The fields of a protocol buffer's message. Source: protobuf.dev, "Encoding".
enum ProtobufFields {
  struct Field {
    let number: Int
    fileprivate let value: Value

    private var fault: InputError { InputError("field \(number) is of another kind than it should be") }

    /// A text, bytes or a message.
    func content() throws -> ArraySlice<UInt8> {
      guard case .bytes(let bytes) = value else { throw fault }
      return bytes
    }

    /// A whole number, or a truth.
    func whole() throws -> UInt64 {
      guard case .whole(let number) = value else { throw fault }
      return number
    }

    /// A piece's number, or -1.
    func id() throws -> Int { Int(Int32(truncatingIfNeeded: try whole())) }

    func float() throws -> Float {
      guard case .fixed32(let bits) = value else { throw fault }
      return Float(bitPattern: bits)
    }
  }

  fileprivate enum Value {
    case whole(UInt64)
    case fixed32(UInt32)
    case fixed64
    case bytes(ArraySlice<UInt8>)
  }

  /// Calls `body` with each field.
  /// - Throws: ``InputError`` where the message is cut or is none.
  static func forEach(of message: ArraySlice<UInt8>, _ body: (Field) throws -> Void) throws {
    var rest = message
    while !rest.isEmpty {
      let tag = try varint(&rest)
      let value: Value
      switch tag & 7 {
      case 0: value = .whole(try varint(&rest))
      case 1:
        _ = try take(8, &rest)
        value = .fixed64
      case 2:
        let count = try varint(&rest)
        guard count <= UInt64(rest.count) else { throw InputError("is cut short", advice: "fetch the file again") }
        value = .bytes(try take(Int(count), &rest))
      case 5: value = .fixed32(try take(4, &rest).reversed().reduce(0) { $0 << 8 | UInt32($1) })
      default: throw InputError("is no protocol buffer")
      }
      guard let number = Int(exactly: tag >> 3), number > 0 else { throw InputError("is no protocol buffer") }
      try body(Field(number: number, value: value))
    }
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw InputError("is cut short", advice: "fetch the file again") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw InputError("is cut short", advice: "fetch the file again") }
      result |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return result }
    }
    throw InputError("is no protocol buffer")
  }
}
