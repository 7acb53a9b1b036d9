import Layers
import Quantization
import Tensors

/// Products of 8-bit integers, as ``QuantizedModel`` computes them: weights are stored as such, and activations pass a
/// pair of `QuantizeLinear` and `DequantizeLinear` before each product. Runtimes turn the pairs around a product into one
/// of integers.
///
/// Two things differ from the simulation: ONNX's range ends at -128 instead of -127, and where a runtime does not fuse
/// a product it adds floats.
struct Int8Arithmetic: EncoderArithmetic {
  private let model: QuantizedModel

  init(_ model: QuantizedModel) { self.model = model }

  func rows(_ table: Tensor, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    let (grid, scales) = table.int8Rows
    return dequantized(grid, scales, named: name, in: &graph)
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
    let layer = model.layer(at: "visual.conv1"), side = weight.shape[-1]
    let x = rounded(pixels, step: layer.inputScale, named: "visual.conv1.input", in: &graph)
    let grid = layer.grid.reshaped(to: weight.shape)
    let weight = dequantized(grid, layer.scales, named: "visual.conv1.weight", in: &graph)
    return graph.add(
      .conv, [x, weight], [.list("kernel_shape", [side, side]), .list("strides", [side, side])], named: "visual.conv1")
  }

  /// The equalizer of the place behind the norm joins the norm's weight and bias.
  func norm(
    _ x: GraphValue, _ norm: LayerNorm, at path: String, before place: String?, in graph: inout GraphBuilder
  ) -> GraphValue {
    let equalizer = place.map { model.layer(at: $0).equalizer } ?? []
    return graph.layerNorm(
      x, norm.weight.divided(by: equalizer), norm.bias.divided(by: equalizer), epsilon: norm.epsilon, at: path)
  }

  func input(
    _ x: GraphValue, at place: String, isNormalized: Bool, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let layer = model.layer(at: place)
    var x = x
    if !isNormalized, !layer.equalizer.isEmpty {
      let inverses = graph.constant(
        GraphTensor("\(name)_equalizer", floats: layer.equalizer.map { 1 / $0 }, [layer.equalizer.count]))
      x = graph.add(.mul, [x, inverses], named: "\(name)_equalized")
    }
    return rounded(x, step: layer.inputScale, named: name, in: &graph)
  }

  /// The bias stays a float: it is added behind the product.
  func linear(_ x: GraphValue, _ part: LinearPart, in graph: inout GraphBuilder) -> GraphValue {
    let layer = model.layer(at: part.place)
    let scales = part.outputs.map { Array(layer.scales[$0]) } ?? layer.scales
    let weight = dequantized(part.part(layer.grid), scales, named: part.weightName, in: &graph)
    let name = part.bias == nil ? part.name : "\(part.name)_product"
    let product = graph.add(.gemm, [x, weight], [.whole("transB", 1)], named: name)
    guard let bias = part.bias else { return product }
    return graph.add(.add, [product, graph.parameter(part.biasName, part.part(bias))], named: part.name)
  }

  /// Exponentials of scores less the row's largest go from 0 to 1 in steps of 1/127; what a row of them sums up to is
  /// divided out behind the product with the values.
  func attend(
    _ queries: GraphValue, _ keys: GraphValue, _ values: GraphValue, mask: GraphValue?, headWidth: Int, at path: String,
    in graph: inout GraphBuilder
  ) -> GraphValue {
    let queries = rounded(queries, step: model.step(at: "\(path).q"), named: "\(path).queries_int8", in: &graph)
    let keys = rounded(keys, step: model.step(at: "\(path).k"), named: "\(path).keys_int8", in: &graph)
    let values = rounded(values, step: model.step(at: "\(path).v"), named: "\(path).values_int8", in: &graph)
    let product = graph.add(.matMul, [queries, keys], named: "\(path).products")
    let factor = graph.number(1 / Float(headWidth).squareRoot())
    var scores = graph.add(.mul, [product, factor], named: "\(path).scores")
    if let mask { scores = graph.add(.add, [scores, mask], named: "\(path).masked_scores") }
    let largest = graph.add(
      .reduceMax, [scores], [.list("axes", [-1]), .whole("keepdims", 1)], named: "\(path).largest_scores")
    let differences = graph.add(.sub, [scores, largest], named: "\(path).score_differences")
    let exponentials = graph.add(.exp, [differences], named: "\(path).exponentials")
    let weights = rounded(exponentials, step: 1 / 127, named: "\(path).exponentials_int8", in: &graph)
    let sums = graph.add(
      .reduceSum, [weights, graph.integers([-1])], [.whole("keepdims", 1)], named: "\(path).exponential_sums")
    let attended = graph.add(.matMul, [weights, values], named: "\(path).weighted_values")
    return graph.add(.div, [attended, sums], named: "\(path).heads")
  }

  /// The nearest multiple of a step, -128 to 127 of them.
  private func rounded(
    _ x: GraphValue, step: Float, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let scale = graph.constant(GraphTensor("\(name)_scale", floats: [step], []))
    let zero = graph.shared(GraphTensor("int8.0", grid: Tensor(zeros: [])))
    let grid = graph.add(.quantizeLinear, [x, scale, zero], named: "\(name)_grid")
    return graph.add(.dequantizeLinear, [grid, scale, zero], named: name)
  }

  /// Whole numbers times a scale for each row.
  private func dequantized(
    _ grid: Tensor, _ scales: [Float], named name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let numbers = graph.constant(GraphTensor(name, grid: grid))
    let steps = graph.constant(GraphTensor("\(name)_scale", floats: scales, [scales.count]))
    return graph.add(.dequantizeLinear, [numbers, steps], [.whole("axis", 0)], named: "\(name)_float")
  }
}

extension Tensor {
  /// Elements divided by as many others; none for ones.
  fileprivate func divided(by divisors: [Float]) -> Tensor {
    divisors.isEmpty ? self : Tensor(zip(elements, divisors).map { $0 / $1 }, shape)
  }
}
