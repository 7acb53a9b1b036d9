import CLIPLayers
import CLIPQuantization
import CLIPTensors

/// Products of 8-bit integers, as ``QuantizedModel`` computes them: weights are stored as such, and activations pass a
/// pair of `QuantizeLinear` and `DequantizeLinear` before each product. Runtimes turn the pairs around a product into one
/// of integers.
///
/// What may differ from the simulation is which way a number between two steps goes, by the last bits of floats before it.
struct Int8Arithmetic: EncoderArithmetic {
  private let model: QuantizedModel

  init(_ model: QuantizedModel) { self.model = model }

  func rows(_ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    let (grid, scales) = table.int8Rows
    return dequantized(GraphTensor(name, grid: grid), scales, axis: 0, in: &graph)
  }

  /// The wanted rows become floats, not the whole table: runtimes would do that again in every call.
  func lookUp(_ ids: GraphValue, _ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    let (grid, scales) = table.int8Rows
    let whole = graph.constant(GraphTensor(name, grid: grid))
    let steps = graph.constant(GraphTensor("\(name)_scale", floats: scales, [scales.count, 1]))
    let rows = graph.add(.gather, [whole, ids], [.whole("axis", 0)], named: "token_rows")
    let floats = graph.add(.cast, [rows], [.whole("to", GraphElement.float.rawValue)], named: "token_steps")
    let factors = graph.add(.gather, [steps, ids], [.whole("axis", 0)], named: "token_scales")
    return graph.add(.mul, [floats, factors], named: "tokens")
  }

  func patches(_ pixels: GraphValue, _ weight: Tensor, in graph: inout GraphBuilder) -> GraphValue {
    let layer = model.layer(at: "visual.conv1"), grid = layer.grid.reshaped(to: weight.shape)
    let x = rounded(pixels, step: layer.inputScale, named: "visual.conv1.input", in: &graph)
    let weights = dequantized(
      GraphTensor("visual.conv1.weight", grid: grid), layer.scales, axis: 0, in: &graph)
    return graph.convolve(x, weights, side: weight.shape[-1], named: "visual.conv1")
  }

  /// The equalizer of the place behind the norm joins the norm's weight and bias.
  func norm(
    _ x: GraphValue, _ norm: LayerNorm, at path: String, before place: String?, in graph: inout GraphBuilder
  ) -> GraphValue {
    let equalizer = place.map { model.layer(at: $0).equalizer } ?? []
    return graph.normalize(
      x, norm.weight.divided(by: equalizer), norm.bias.divided(by: equalizer), epsilon: norm.epsilon, at: path)
  }

  func input(
    _ x: GraphValue, at place: String, isNormalized: Bool, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let layer = model.layer(at: place)
    var x = x
    if !isNormalized, !layer.equalizer.isEmpty {
      let inverses = layer.equalizer.map { 1 / $0 }
      let factors = graph.constant(GraphTensor("\(name)_equalizer", floats: inverses, [inverses.count]))
      x = graph.add(.mul, [x, factors], named: "\(name)_equalized")
    }
    return rounded(x, step: layer.inputScale, named: name, in: &graph)
  }

  /// The bias stays a float, added behind the product.
  func linear(_ x: GraphValue, _ part: LinearPart, in graph: inout GraphBuilder) -> GraphValue {
    let layer = model.layer(at: part.place)
    let scales = part.outputs.map { Array(layer.scales[$0]) } ?? layer.scales
    let weight = dequantized(
      GraphTensor(part.weightName, grid: part.part(layer.grid).transposed), scales, axis: 1, in: &graph)
    return graph.addBias(of: part, to: graph.add(.matMul, [x, weight], named: part.productName))
  }

  /// Exponentials of scores less the row's largest go from 0 to 1: as whole numbers to 127 they pass the product with the
  /// values, and what a row of them sums up to is divided out behind it.
  ///
  /// They are rounded before the pair around the product, which then changes nothing: runtimes fuse pairs only whose
  /// numbers nothing else reads, and the sums do.
  func attend(
    _ queries: GraphValue, _ keys: GraphValue, _ values: GraphValue, mask: GraphValue?, headWidth: Int, at path: String,
    in graph: inout GraphBuilder
  ) -> GraphValue {
    let queries = rounded(queries, step: model.step(at: "\(path).q"), named: "\(path).queries_int8", in: &graph)
    let keys = rounded(keys, step: model.step(at: "\(path).k"), named: "\(path).keys_int8", in: &graph)
    let values = rounded(values, step: model.step(at: "\(path).v"), named: "\(path).values_int8", in: &graph)
    let product = graph.add(.matMul, [queries, keys], named: "\(path).products")
    let scores = graph.scores(product, mask: mask, headWidth: headWidth, at: path)
    let largest = graph.add(
      .reduceMax, [scores], [.list("axes", [-1]), .whole("keepdims", 1)], named: "\(path).largest_scores")
    let differences = graph.add(.sub, [scores, largest], named: "\(path).score_differences")
    let exponentials = graph.add(.exp, [differences], named: "\(path).exponentials")
    let scaled = graph.add(.mul, [exponentials, graph.number(127)], named: "\(path).scaled_exponentials")
    let steps = graph.add(.round, [scaled], named: "\(path).exponential_steps")
    let sums = graph.add(
      .reduceSum, [steps, graph.integers([-1])], [.whole("keepdims", 1)], named: "\(path).exponential_sums")
    let weights = pair(steps, step: 1, named: "\(path).exponentials_int8", in: &graph)
    let attended = graph.add(.matMul, [weights, values], named: "\(path).weighted_values")
    return graph.add(.div, [attended, sums], named: "\(path).heads")
  }

  /// The nearest multiple of a step, -127 to 127 of them; ONNX alone would end at -128.
  private func rounded(
    _ x: GraphValue, step: Float, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let least = graph.constant(GraphTensor("\(name)_least", floats: [-127 * step], []))
    let bounded = graph.add(.max, [x, least], named: "\(name)_bounded")
    return pair(bounded, step: step, named: name, in: &graph)
  }

  /// Into 8 bits and out of them.
  private func pair(_ x: GraphValue, step: Float, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    let scale = graph.constant(GraphTensor("\(name)_scale", floats: [step], []))
    let zero = graph.shared(GraphTensor("int8.0", grid: Tensor(zeros: [])))
    let grid = graph.add(.quantizeLinear, [x, scale, zero], named: "\(name)_grid")
    return graph.add(.dequantizeLinear, [grid, scale, zero], named: name)
  }

  /// Whole numbers times a scale for each place of an axis.
  private func dequantized(
    _ tensor: GraphTensor, _ scales: [Float], axis: Int, in graph: inout GraphBuilder
  ) -> GraphValue {
    let numbers = graph.constant(tensor)
    let steps = graph.constant(GraphTensor("\(tensor.name)_scale", floats: scales, [scales.count]))
    return graph.add(.dequantizeLinear, [numbers, steps], [.whole("axis", axis)], named: "\(tensor.name)_float")
  }
}

extension Tensor {
  /// Elements divided by as many others; none for ones.
  fileprivate func divided(by divisors: [Float]) -> Tensor {
    divisors.isEmpty ? self : Tensor(zip(elements, divisors).map { $0 / $1 }, shape)
  }
}
