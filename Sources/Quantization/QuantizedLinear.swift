internal import CLIPCompute
internal import CLIPLayers
internal import CLIPTensors

/// A linear layer with 8-bit weights and inputs.
///
///     y = (round(x / (s * e)) W8^T) * s * scale + bias
///
/// `W8` holds whole numbers, a scale for each output. Source: Krishnamoorthi, "Quantizing deep convolutional networks for
/// efficient inference" (arXiv:1806.08342), section 3.1: per-channel weights lose next to nothing. `e` shares the difficulty
/// between an input channel and the weights that read it; see ``equalize(largest:)``.
struct QuantizedLinear: Sendable {
  /// Where its inputs are looked at and rounded.
  let site: Int
  /// `[outputs, inputs]`, whole numbers
  private(set) var grid: Tensor
  /// `[outputs]`: what one step of each output's weights is worth
  private(set) var scales: [Float]
  /// `[outputs]`, or empty
  let bias: [Float]
  /// `[outputs, inputs]`, as given
  let original: Tensor
  /// `[inputs]`: what each input is divided by before it is rounded, and its weights are multiplied by; empty for ones
  private(set) var equalizer: [Float] = []

  /// - Parameter weight: `[outputs, inputs]`
  init(_ weight: Tensor, bias: Tensor?, site: Int) {
    self.site = site
    original = weight
    self.bias = bias?.elements ?? []
    (grid, scales) = Self.rounded(weight, equalizer: [])
  }

  static func rounded(_ weight: Tensor, equalizer: [Float]) -> (grid: Tensor, scales: [Float]) {
    let outputs = weight.shape[0], inputs = weight.shape.count / max(1, outputs)
    var values = weight.elements, scales = [Float](repeating: 1, count: outputs)
    for output in 0..<outputs {
      let row = output * inputs..<(output + 1) * inputs
      if !equalizer.isEmpty { for (input, index) in row.enumerated() { values[index] *= equalizer[input] } }
      let largest = row.reduce(0) { max($0, abs(values[$1])) }
      // A scale so small that its inverse overflows stands for zeros.
      if largest > 1e-30 { scales[output] = largest / Int8Grid.most }
    }
    let grid = FreshTensor([outputs, inputs]), all = Tensor(values, [outputs, inputs]).reading
    for output in 0..<outputs {
      let row = output..<output + 1
      Int8Grid.quantize(all.rows(row), scale: scales[output], into: grid.matrix.rows(row))
    }
    return (grid.tensor(), scales)
  }

  /// Chooses the equalizer: an input channel and the weights that read it get the same largest magnitude.
  ///
  ///     e = sqrt(largest input / largest weight)
  ///
  /// The product is the same; only what is rounded changes. It costs an accelerator nothing: the layer norm before, or the
  /// unit that brings sums back to 8 bits, has a factor for each channel anyway. Source: Xiao et al., "SmoothQuant"
  /// (arXiv:2211.10438), formula 4 with its exponent 0.5; Nagel et al., "Data-free quantization" (arXiv:1906.04721).
  /// - Parameter largest: of each input channel
  mutating func equalize(largest: [Float]) {
    let outputs = scales.count, inputs = original.shape.count / max(1, outputs)
    guard largest.count == inputs else { return }
    var weights = [Float](repeating: 0, count: inputs)
    original.withUnsafeElements { values in
      for output in 0..<outputs {
        for input in 0..<inputs { weights[input] = max(weights[input], abs(values[output * inputs + input])) }
      }
    }
    equalizer = zip(largest, weights).map { input, weight in
      // Channels that are never used, or never read, need nothing.
      input > 1e-12 && weight > 1e-12 ? (input / weight).squareRoot() : 1
    }
    (grid, scales) = Self.rounded(original, equalizer: equalizer)
  }

  /// - Parameters:
  ///   - x: `[rows, inputs]`
  ///   - y: `[rows, outputs]`, packed
  ///   - ranges: the inputs' scale by site
  ///   - addsBias: false leaves the bias to the activation that follows
  func apply(_ x: some Matrix, into y: MatrixView, _ ranges: [Float], _ context: PassContext, addsBias: Bool = true) {
    let bias = addsBias ? bias : []
    if let observer = context.observer {
      observer.record(site, x, equalizer: equalizer)
      multiply(x, original, transposingB: true, into: y)
      if !bias.isEmpty { RowOperator.addBias(bias, to: y) }
      return
    }
    let range = ranges[site]
    let inputs = context.matrix(.grid, rows: x.rows, columns: x.columns)
    if equalizer.isEmpty {
      Int8Grid.quantize(x, scale: range, into: inputs)
    } else {
      Int8Grid.quantize(x, inverses: equalizer.map { 1 / ($0 * range) }, into: inputs)
    }
    Int8Grid.multiply(inputs, grid, into: y, context)
    scales.withUnsafeBufferPointer { scales in
      for row in 0..<y.rows {
        let target = y.start + row * y.stride
        for output in 0..<y.columns { target[output] *= range * scales[output] }
      }
    }
    if !bias.isEmpty { RowOperator.addBias(bias, to: y) }
  }
}
