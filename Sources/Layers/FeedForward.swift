public import CLIPCompute
import CLIPModelShapes
public import CLIPTensors

/// Two linear layers with an activation between them, or a gate.
public struct FeedForward: Sendable {
  /// `[hidden, width]`, or nil where an activation stands alone
  public var gate: Linear?
  /// `[hidden, width]`
  public var expansion: Linear
  /// Before the second matrix, or nil.
  public var innerNorm: LayerNorm?
  /// `[width, hidden]`
  public var contraction: Linear
  /// What follows the expansion; with a gate nothing but the gate does.
  public let activation: Activation

  /// - Parameter path: of the block whose feed-forward layer it is
  init(_ shape: BlockShape, from source: some ParameterSource, at path: String) throws {
    func linear(_ part: BlockPart, _ inputs: Int, _ outputs: Int) throws -> Linear {
      try Linear(inputs: inputs, outputs: outputs, from: source, at: "\(path).\(part.rawValue)")
    }
    gate = shape.feedForward == .swiGLU ? try linear(.gate, shape.width, shape.hidden) : nil
    expansion = try linear(.expansion, shape.width, shape.hidden)
    innerNorm =
      shape.hasInnerNorms
      ? try LayerNorm(
        width: shape.hidden, epsilon: shape.epsilon, from: source, at: "\(path).\(BlockPart.hiddenNorm.rawValue)")
      : nil
    contraction = try linear(.contraction, shape.hidden, shape.width)
    activation =
      switch shape.feedForward {
      case .gelu: .gelu
      case .geluTanh: .geluTanh
      case .quickGELU: .quickGELU
      case .swiGLU: .identity
      }
  }

  /// The layer that a block without one has in its place: no hidden units, never carried out.
  init(none width: Int) {
    gate = nil
    innerNorm = nil
    expansion = Linear(weight: Tensor(zeros: [0, width]), bias: Tensor(zeros: [0]))
    contraction = Linear(weight: Tensor(zeros: [width, 0]), bias: Tensor(zeros: [width]))
    activation = .identity
  }

  /// Lays the weights out for products.
  package mutating func pack(in arithmetic: ProductArithmetic) {
    gate?.pack(in: arithmetic)
    expansion.pack(in: arithmetic)
    contraction.pack(in: arithmetic)
  }

  /// Lets a list lay the weights out.
  mutating func pack(_ list: inout PackingList) {
    gate?.pack(&list)
    expansion.pack(&list)
    contraction.pack(&list)
  }

  /// The gate's rows, where there is one, above the expansion's: `[hidden or 2 * hidden, width]` and the biases.
  package var packedExpansion: (weight: Tensor, bias: Tensor) {
    guard let gate else { return (expansion.weight, expansion.bias) }
    let hidden = expansion.bias.count, width = expansion.weight.shape[1]
    return (
      Tensor(gate.weight.elements + expansion.weight.elements, [2 * hidden, width]),
      Tensor(gate.bias.elements + expansion.bias.elements, [2 * hidden])
    )
  }

  /// - Parameter x: `[..., width]`
  /// - Returns: `[..., width]`
  /// - Throws: ``ShapeError`` when the last axis is not `width` long.
  public func callAsFunction(_ x: Tensor, on pool: ThreadPool) throws -> Tensor {
    let width = contraction.bias.count
    return try x.mappingRows(from: width, to: width, "feed-forward layer") { x, y in
      let rows = SequenceExtent(sequences: x.rows, tokens: 1, isCausal: false)
      let floats = InferenceArithmetic(Workspace(lanes: .pooled(pool)), rows)
      var hidden = floats.expand(x, self)
      if let innerNorm { hidden = floats.norm(hidden, innerNorm, at: .hiddenNorm) }
      LinearOperator.forward(
        hidden, weight: contraction.weight, packed: contraction.packed, bias: contraction.bias, into: y,
        lanes: .pooled(pool))
    }
  }
}
