public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
public import CLIPTensors

/// The text encoder: a transformer over token ids.
///
/// Source: arXiv:2103.00020, section 2.4; parameter names and pooling as in open_clip's `TextTransformer`.
public struct TextTower: Sendable {
  /// The sizes and the pooling that the tower was made with.
  public let configuration: TextConfiguration
  /// `[vocabulary, width]`
  public var tokenEmbedding: Tensor
  /// `[contextLength, width]`
  public var positionalEmbedding: Tensor
  /// The blocks, over `[batch, contextLength, width]`.
  public var transformer: Transformer
  /// After the last block: `ln_final`.
  public var finalNorm: LayerNorm
  /// `[width, embed]`, or `[embed, width]` when there is a bias; nil where the tower ends without one
  public var projection: Tensor? { didSet { packedProjection = nil } }
  /// `[embed]`, or nil
  public var projectionBias: Tensor?
  /// The projection laid out for products, where it has been.
  package private(set) var packedProjection: PackedMatrix?
  package let embedDimension: Int

  /// - Throws: an error naming the parameter that is missing or has another shape.
  public init(_ model: CLIPConfiguration, from source: some ParameterSource) throws {
    let shape = model.text
    configuration = shape
    embedDimension = model.embedDimension
    let width = shape.width
    tokenEmbedding = try source.parameter("token_embedding.weight", [shape.vocabularySize, width])
    positionalEmbedding = try source.parameter("positional_embedding", [shape.contextLength, width])
    transformer = try Transformer(shape, quickGELU: model.usesQuickGELU, from: source)
    finalNorm = try LayerNorm(width: width, epsilon: shape.layerNormEpsilon, from: source, at: "ln_final")
    switch (shape.projType, shape.projectionBias) {
    case (.none, _): break
    case (.linear, false): projection = try source.parameter("text_projection", [width, embedDimension])
    case (.linear, true):
      projection = try source.parameter("text_projection.weight", [embedDimension, width])
      projectionBias = try source.parameter("text_projection.bias", [embedDimension])
    }
  }

  /// Lays the weights out for the products of inference; the projection's is float32 in any arithmetic.
  mutating func pack(in arithmetic: ProductArithmetic) {
    transformer.pack(in: arithmetic)
    packedProjection = projection.flatMap { PackedMatrix($0, transposed: projectionBias != nil, in: .float32) }
  }

  /// Encodes token ids.
  ///
  /// With a causal mask no token after the pooled one can matter, so a group of texts is cut to its longest: captions
  /// of a dozen words cost a sixth of the 77 tokens they are padded to. The features are the same.
  /// - Parameters:
  ///   - ids: `[batch, contextLength]`, row by row
  ///   - pool: the threads to work on
  ///   - observe: shown the activations `block0` ... and `ln_final` of all tokens, which costs time
  /// - Returns: `[batch, embed]`, not normalized
  /// - Throws: ``ShapeError`` when the ids do not fill whole texts; ``TokenRangeError`` for an id outside the vocabulary.
  public func callAsFunction(
    _ ids: [Int32], on pool: ThreadPool, observe: ActivationObserver? = nil
  ) throws -> Tensor {
    features(of: try batch(ids), on: pool, observe: observe)
  }

  /// The token that is read of each text.
  package func pooledPositions(_ ids: [Int32]) throws -> [Int] {
    let context = configuration.contextLength
    guard ids.count % context == 0 else {
      throw ShapeError("text tower", expected: "[batch, \(context)]", found: [ids.count])
    }
    if let wrong = ids.firstIndex(where: { $0 < 0 || $0 >= configuration.vocabularySize }) {
      throw TokenRangeError(id: Int(ids[wrong]), text: wrong / context, vocabularySize: configuration.vocabularySize)
    }
    return (0..<ids.count / context).map { pooledPosition(ids[$0 * context..<($0 + 1) * context]) }
  }

  private func pooledPosition(_ text: ArraySlice<Int32>) -> Int {
    switch configuration.poolType {
    case .first: return 0
    case .last: return text.count - 1
    case .argmax:
      var best = text.startIndex
      for index in text.indices where text[index] > text[best] { best = index }
      return best - text.startIndex
    case .eos:
      // A text without an end token pools its first, as torch's argmax over an all-false mask does.
      let end = Int32(truncatingIfNeeded: configuration.eosID)
      return (text.firstIndex(of: end) ?? text.startIndex) - text.startIndex
    }
  }
}

extension TextTower: ReadTower {
  package var prefix: Int { 0 }
  package var lastNorm: LayerNorm { finalNorm }
}

/// A token id that the model's vocabulary does not have.
public struct TokenRangeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The id that was found.
  public let id: Int
  /// Which text of the batch.
  public let text: Int
  /// How many ids the model has: those from 0 to one less are known.
  public let vocabularySize: Int

  /// An id of a text, and how many ids there are.
  public init(id: Int, text: Int, vocabularySize: Int) {
    self.id = id
    self.text = text
    self.vocabularySize = vocabularySize
  }

  /// The text, the id and the vocabulary's size, in one line with what to do.
  public var description: String {
    "text \(text): token id \(id) is outside the model's vocabulary of \(vocabularySize); use the tokenizer that belongs to the model"
  }
}
