internal import CCLIPVectorKernels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// A linear layer with weights and inputs of few bits.
///
///     y = (round(x / (s * e)) W^T) * s * scale + bias
///
/// `W` holds whole numbers, a scale for each output, or for each output's groups of inputs. Source: Krishnamoorthi,
/// "Quantizing deep convolutional networks for efficient inference" (arXiv:1806.08342), section 3.1: per-channel weights lose
/// next to nothing. `e` shares the difficulty between an input channel and the weights that read it; see
/// ``equalize(largest:)``.
struct QuantizedLinear: Sendable {
  /// Where its inputs are looked at and rounded.
  let site: Int
  /// The weights; of 8 bits until ``round(_:_:_:on:)`` is asked for others.
  private(set) var weights: WeightGrid
  /// `[outputs]`, or empty
  private(set) var bias: [Float]
  /// `[outputs, inputs]`, as given
  let original: Tensor
  /// `[inputs]`: what each input is divided by before it is rounded, and its weights are multiplied by; empty for ones
  private(set) var equalizer: [Float] = []
  private var prepared = Prepared()

  /// What a pass computes with.
  private struct Prepared: Sendable {
    var arithmetic = Arithmetic.int8
    /// What inputs are multiplied by before they are rounded: all, or each if there are `inverses`.
    var inverse: Float = 1
    var inverses: [Float] = []
    /// Parts of the sum that are added in floats; one where an accumulator holds it all.
    var parts: [Part] = []
  }

  /// Neighboring inputs whose products are added up in whole numbers.
  private struct Part: Sendable {
    let terms: Range<Int>
    /// `[outputs]`: what the sums' unit is worth
    let factors: [Float]
    /// The weights for the processor's own products; nil where it has none.
    let packed: PackedGrid?
  }

  /// `[outputs, inputs]`, whole numbers
  var grid: Tensor { weights.numbers }
  /// `[outputs]`: what one step of each output's weights is worth, of the first group
  var scales: [Float] { weights.steps.first ?? [] }
  /// How many outputs there are.
  var outputs: Int { original.shape[0] }

  /// - Parameter weight: `[outputs, inputs]`
  init(_ weight: Tensor, bias: Tensor?, site: Int) {
    self.site = site
    original = weight
    self.bias = bias?.elements ?? []
    weights = WeightGrid(nearest: weight, factors: [], .int8)
  }

  /// Weights of 8 bits with a scale for each output.
  /// - Parameter equalizer: `[inputs]`, what weights are multiplied by before; empty for ones
  static func rounded(_ weight: Tensor, equalizer: [Float]) -> (grid: Tensor, scales: [Float]) {
    let weights = WeightGrid(nearest: weight, factors: equalizer, .int8)
    return (weights.numbers, weights.steps.first ?? [])
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
    var largestWeights = [Float](repeating: 0, count: inputs)
    original.withUnsafeElements { values in
      for output in 0..<outputs {
        for input in 0..<inputs {
          largestWeights[input] = max(largestWeights[input], abs(values[output * inputs + input]))
        }
      }
    }
    equalizer = zip(largest, largestWeights).map { input, weight in
      // Channels that are never used, or never read, need nothing.
      input > 1e-12 && weight > 1e-12 ? (input / weight).squareRoot() : 1
    }
    weights = WeightGrid(nearest: original, factors: equalizer, .int8)
  }

  /// Rounds the weights anew.
  /// - Parameter inputs: `[samples, inputs]`, by which errors are made up for; nil rounds to the nearest
  mutating func round(_ format: WeightGrid.Format, inputs: Tensor?, on pool: ThreadPool) {
    if let inputs {
      let moments = InputMoments(inputs, divisors: equalizer, hasBias: !bias.isEmpty, on: pool)
      if let weights = WeightGrid(compensated: original, factors: equalizer, format, moments, on: pool) {
        self.weights = weights
        let errors = weights.meanError(of: original, factors: equalizer, moments)
        for output in bias.indices { bias[output] -= Float(errors[output]) }
        return
      }
    }
    if format != .int8 { weights = WeightGrid(nearest: original, factors: equalizer, format) }
  }

  /// Makes ready for passes with a scale of the inputs.
  mutating func prepare(_ ranges: [Float], _ arithmetic: Arithmetic) {
    let range = ranges[site], inputs = grid.shape[1]
    prepared.arithmetic = arithmetic
    prepared.inverse = 1 / range
    prepared.inverses = equalizer.map { 1 / ($0 * range) }
    let longest = GridProducts.longest(arithmetic, rightBits: arithmetic.weightBits)
    let isPacked = Int8Grid.hasIntegers && arithmetic.activationBits <= 8
    prepared.parts = zip(WeightGrid.groups(of: inputs, by: weights.group), weights.steps).flatMap { columns, steps in
      let factors = steps.map { range * $0 }
      return WeightGrid.groups(of: columns.count, by: longest).map { part in
        let terms = part.lowerBound + columns.lowerBound..<part.upperBound + columns.lowerBound
        return Part(
          terms: terms, factors: factors, packed: isPacked ? PackedGrid(grid.reading.columns(terms)) : nil)
      }
    }
  }

  /// - Parameters:
  ///   - x: `[rows, inputs]`
  ///   - y: `[rows, outputs]`, or some outputs
  ///   - own: which outputs, where not all; in integers only
  ///   - adds: whether `y` is added to
  ///   - addsBias: false leaves the bias to what follows
  ///   - follow: what is done to rows of `y` behind it
  func apply(
    _ x: some Matrix, into y: MatrixView, outputs own: Range<Int>? = nil, _ context: PassContext, adds: Bool = false,
    addsBias: Bool = true, follow: (MatrixView) -> Void = { _ in }
  ) {
    let x = x.reading, bias = addsBias ? bias : []
    if let observer = context.observer {
      precondition(!adds && own == nil, "ranges are looked at of all outputs, and of what is not yet added")
      observer.record(site, x, equalizer: equalizer)
      multiply(x, original, transposingB: true, into: y)
      if !bias.isEmpty { RowOperator.addBias(bias, to: y) }
      return follow(y)
    }
    guard runsIntegers(context) else {
      precondition(own == nil, "some outputs are computed in integers only")
      simulate(x, into: y, context, adds: adds, bias)
      return follow(y)
    }
    let bytes = context.bytes(.grid, rows: x.rows, columns: x.columns), parts = prepared.parts
    let outputs = own ?? 0..<outputs
    let most = Float(Arithmetic.most(prepared.arithmetic.activationBits))
    context.lanes.forRanges(of: x.rows, per: 64, minimum: 16) { rows in
      let own = bytes.rows(rows), y = y.rows(rows)
      own.round(x.rows(rows), inverse: prepared.inverse, inverses: prepared.inverses, most: most)
      for (number, part) in parts.enumerated() {
        part.packed?.multiply(
          own.columns(part.terms), outputs: outputs, into: y, factors: part.factors,
          bias: number == parts.count - 1 ? bias : [], adds: adds || number > 0)
      }
      follow(y)
    }
  }

  /// Whether a pass computes this in integers.
  func runsIntegers(_ context: PassContext) -> Bool {
    context.runsIntegers && prepared.parts.allSatisfy { $0.packed != nil }
  }

  /// The same in floats, which hold all numbers exactly.
  private func simulate(_ x: ReadOnlyMatrix, into y: MatrixView, _ context: PassContext, adds: Bool, _ bias: [Float]) {
    let inputs = context.matrix(.grid, rows: x.rows, columns: x.columns), arithmetic = prepared.arithmetic
    Int8Grid.round(
      x, inverse: prepared.inverse, inverses: prepared.inverses,
      most: Float(Arithmetic.most(arithmetic.activationBits)),
      into: inputs)
    let sums = context.matrix(.sums, rows: y.rows, columns: y.columns)
    for (number, part) in prepared.parts.enumerated() {
      GridProducts.sum(
        inputs.columns(part.terms), grid.reading.columns(part.terms), into: sums, isWide: arithmetic.activationBits > 8,
        context)
      let bias = number == prepared.parts.count - 1 ? bias : []
      bias.withUnsafeBufferPointer {
        vk_finish_sums(
          sums.start, sums.stride, y.rows, y.columns, part.factors, nil, bias.isEmpty ? nil : $0.baseAddress,
          adds || number > 0 ? 1 : 0, y.start, y.stride)
      }
    }
  }
}
