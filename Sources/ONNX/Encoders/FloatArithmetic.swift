import CLIPLayers
import CLIPTensors

/// Parameters as they lie in the checkpoint, products in 32-bit floats.
struct FloatArithmetic: EncoderArithmetic {
  func rows(_ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    graph.parameter(name, table)
  }

  func lookUp(_ ids: GraphValue, _ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    graph.add(.gather, [graph.parameter(name, table), ids], [.whole("axis", 0)], named: "tokens")
  }

  func patches(_ pixels: GraphValue, _ weight: Tensor, in graph: inout GraphBuilder) -> GraphValue {
    graph.convolve(
      pixels, graph.parameter("visual.conv1.weight", weight), side: weight.shape[-1], named: "visual.conv1")
  }

  func norm(
    _ x: GraphValue, _ norm: LayerNorm, at path: String, before place: String?, in graph: inout GraphBuilder
  ) -> GraphValue {
    graph.normalize(x, norm.weight, norm.bias, epsilon: norm.epsilon, at: path)
  }

  func input(
    _ x: GraphValue, at place: String, isNormalized: Bool, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue { x }

  func linear(_ x: GraphValue, _ part: LinearPart, in graph: inout GraphBuilder) -> GraphValue {
    let weight =
      part.isTransposed
      ? GraphTensor(part.weightName, part.weight)
      : GraphTensor(part.weightName, transposing: part.part(part.weight))
    return graph.addBias(of: part, to: graph.add(.matMul, [x, graph.constant(weight)], named: part.productName))
  }

  func attend(
    _ queries: GraphValue, _ keys: GraphValue, _ values: GraphValue, mask: GraphValue?, headWidth: Int, at path: String,
    in graph: inout GraphBuilder
  ) -> GraphValue {
    let product = graph.add(.matMul, [queries, keys], named: "\(path).products")
    let scores = graph.scores(product, mask: mask, headWidth: headWidth, at: path)
    let weights = graph.add(.softmax, [scores], [.whole("axis", -1)], named: "\(path).probabilities")
    return graph.add(.matMul, [weights, values], named: "\(path).heads")
  }
}

extension GraphBuilder {
  /// A convolution whose squares touch: `[batch, width, grid, grid]`.
  mutating func convolve(_ pixels: GraphValue, _ weight: GraphValue, side: Int, named name: String) -> GraphValue {
    add(.conv, [pixels, weight], [.list("kernel_shape", [side, side]), .list("strides", [side, side])], named: name)
  }

  /// A layer norm over the last axis, with a weight and bias `[width]`.
  mutating func normalize(
    _ x: GraphValue, _ weight: Tensor, _ bias: Tensor, epsilon: Float, at path: String
  ) -> GraphValue {
    let inputs = [x, parameter("\(path).weight", weight), parameter("\(path).bias", bias)]
    return add(.layerNormalization, inputs, [.whole("axis", -1), .float("epsilon", epsilon)], named: path)
  }

  /// A layer's result of its product.
  mutating func addBias(of part: LinearPart, to product: GraphValue) -> GraphValue {
    guard let bias = part.bias else { return product }
    return add(.add, [product, parameter(part.biasName, part.part(bias))], named: part.name)
  }

  /// Products of queries and keys over the root of the head's width, with the mask where there is one.
  mutating func scores(_ product: GraphValue, mask: GraphValue?, headWidth: Int, at path: String) -> GraphValue {
    let factor = number(1 / Float(headWidth).squareRoot())
    let scores = add(.mul, [product, factor], named: "\(path).scores")
    guard let mask else { return scores }
    return add(.add, [scores, mask], named: "\(path).masked_scores")
  }
}
