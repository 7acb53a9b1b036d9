import Layers
import Tensors

/// Parameters as they lie in the checkpoint, products in 32-bit floats.
struct FloatArithmetic: EncoderArithmetic {
  func rows(_ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    graph.parameter(name, table)
  }

  func lookUp(_ ids: GraphValue, _ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    graph.add(.gather, [graph.parameter(name, table), ids], [.whole("axis", 0)], named: "tokens")
  }

  func patches(_ pixels: GraphValue, _ weight: Tensor, in graph: inout GraphBuilder) -> GraphValue {
    let side = weight.shape[-1]
    return graph.add(
      .conv, [pixels, graph.parameter("visual.conv1.weight", weight)],
      [.list("kernel_shape", [side, side]), .list("strides", [side, side])], named: "visual.conv1")
  }

  func norm(
    _ x: GraphValue, _ norm: LayerNorm, at path: String, before place: String?, in graph: inout GraphBuilder
  ) -> GraphValue {
    graph.layerNorm(x, norm.weight, norm.bias, epsilon: norm.epsilon, at: path)
  }

  func input(
    _ x: GraphValue, at place: String, isNormalized: Bool, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue { x }

  func linear(_ x: GraphValue, _ layer: LinearPart, in graph: inout GraphBuilder) -> GraphValue {
    var inputs = [x, graph.parameter(layer.weightName, layer.part(layer.weight))]
    if let bias = layer.bias { inputs.append(graph.parameter(layer.biasName, layer.part(bias))) }
    return graph.add(.gemm, inputs, layer.isTransposed ? [] : [.whole("transB", 1)], named: layer.name)
  }

  func attend(
    _ queries: GraphValue, _ keys: GraphValue, _ values: GraphValue, mask: GraphValue?, headWidth: Int, at path: String,
    in graph: inout GraphBuilder
  ) -> GraphValue {
    let factor = graph.number(1 / Float(headWidth).squareRoot())
    let scaled = graph.add(.mul, [queries, factor], named: "\(path).scaled_queries")
    var scores = graph.add(.matMul, [scaled, keys], named: "\(path).scores")
    if let mask { scores = graph.add(.add, [scores, mask], named: "\(path).masked_scores") }
    let weights = graph.add(.softmax, [scores], [.whole("axis", -1)], named: "\(path).probabilities")
    return graph.add(.matMul, [weights, values], named: "\(path).heads")
  }
}

extension GraphBuilder {
  /// A layer norm over the last axis, with a weight and bias `[width]`.
  mutating func layerNorm(
    _ x: GraphValue, _ weight: Tensor, _ bias: Tensor, epsilon: Float, at path: String
  ) -> GraphValue {
    let inputs = [x, parameter("\(path).weight", weight), parameter("\(path).bias", bias)]
    return add(.layerNormalization, inputs, [.whole("axis", -1), .float("epsilon", epsilon)], named: path)
  }
}
