import CLIPLayers
import CLIPTensors

/// How a tower's parameters are stored and its products computed: in floats or in 8 bits. All the rest of a tower is the
/// same for both.
///
/// A place is where inputs of a linear layer are rounded, such as `transformer.resblocks.3.mlp.c_fc`; in floats nothing is.
protocol EncoderArithmetic {
  /// A few rows that are added or joined to others, `[rows, width]`.
  func rows(_ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue

  /// A large table's rows, `[batch, tokens, width]`, of ids `[batch, tokens]`.
  func lookUp(_ ids: GraphValue, _ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue

  /// A picture's patches, `[batch, width, grid, grid]`.
  /// - Parameters:
  ///   - pixels: `[batch, 3, imageSize, imageSize]`
  ///   - weight: `[width, 3, patchSize, patchSize]`
  func patches(_ pixels: GraphValue, _ weight: Tensor, in graph: inout GraphBuilder) -> GraphValue

  /// A layer norm.
  /// - Parameter place: whose inputs the result becomes next; nil for something in between
  func norm(
    _ x: GraphValue, _ norm: LayerNorm, at path: String, before place: String?, in graph: inout GraphBuilder
  ) -> GraphValue

  /// What ``linear(_:_:in:)`` takes.
  /// - Parameter isNormalized: whether `x` comes from a layer norm before this place
  func input(
    _ x: GraphValue, at place: String, isNormalized: Bool, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue

  /// A linear layer: `[batch, tokens, outputs]` of `[batch, tokens, inputs]`.
  func linear(_ x: GraphValue, _ layer: LinearPart, in graph: inout GraphBuilder) -> GraphValue

  /// The heads' outputs, `[batch, heads, queries, headWidth]`.
  ///
  /// - Parameters:
  ///   - queries: `[batch, heads, queries, headWidth]`
  ///   - keys: `[batch, heads, headWidth, tokens]`
  ///   - values: `[batch, heads, tokens, headWidth]`
  ///   - mask: added to the scores; nil where every query sees every token
  ///   - path: such as `transformer.resblocks.3.attn`
  func attend(
    _ queries: GraphValue, _ keys: GraphValue, _ values: GraphValue, mask: GraphValue?, headWidth: Int, at path: String,
    in graph: inout GraphBuilder
  ) -> GraphValue
}

/// A linear layer, or some of its outputs.
struct LinearPart {
  /// Where its inputs are rounded.
  let place: String
  /// The name of its result.
  let name: String
  let weightName: String
  let biasName: String
  /// The whole layer's weight, `[outputs, inputs]` or `[inputs, outputs]`.
  let weight: Tensor
  /// Whether the weight is `[inputs, outputs]`.
  let isTransposed: Bool
  /// The whole layer's bias, `[outputs]`, or nil.
  let bias: Tensor?
  /// Which outputs; nil for all.
  let outputs: Range<Int>?

  /// - Parameters:
  ///   - name: of the result
  ///   - parameter: the weight's and bias's names begin so; nil for `name`
  init(
    at place: String, named name: String, parameter: String? = nil, _ weight: Tensor, _ bias: Tensor?,
    outputs: Range<Int>? = nil
  ) {
    self.place = place
    self.name = name
    weightName = "\(parameter ?? name).weight"
    biasName = "\(parameter ?? name).bias"
    self.weight = weight
    isTransposed = false
    self.bias = bias
    self.outputs = outputs
  }

  /// A projection without a bias, `[inputs, outputs]`, whose name its place has too.
  init(projection name: String, named result: String, _ weight: Tensor) {
    place = name
    self.name = result
    weightName = name
    biasName = ""
    self.weight = weight
    isTransposed = true
    bias = nil
    outputs = nil
  }

  /// The name of the product, which is the result where there is no bias.
  var productName: String { bias == nil ? name : "\(name)_product" }

  /// Some rows of the whole layer's weight or bias, or all.
  func part(_ whole: Tensor) -> Tensor { outputs.map(whole.rows) ?? whole }
}
