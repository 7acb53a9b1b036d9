internal import CCLIPVectorKernels
internal import CLIPCompute
internal import CLIPModelShapes
internal import CLIPTensors

/// Weights as whole numbers, and what their steps are worth.
struct WeightGrid: Sendable {
  /// How weights become whole numbers.
  struct Format: Equatable, Sendable {
    let bits: Int
    let scales: Arithmetic.Scales

    static let int8 = Format(bits: 8, scales: .channel)

    /// The largest magnitude.
    var most: Float { Float(Arithmetic.most(bits)) }

    /// How many inputs share a step.
    func group(of inputs: Int) -> Int {
      if case .group(let count) = scales { return min(count, max(1, inputs)) }
      return max(1, inputs)
    }
  }

  /// `[outputs, inputs]`
  let numbers: Tensor
  /// `[outputs]` for each group of neighboring inputs: what one step is worth
  let steps: [[Float]]
  /// Inputs of a group; the last may have fewer.
  let group: Int

  /// To the nearest number.
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`
  ///   - factors: `[inputs]`, what weights are multiplied by before; empty for ones
  init(nearest weight: Tensor, factors: [Float], _ format: Format) {
    let outputs = weight.shape[0], inputs = weight.shape.count / max(1, outputs), group = format.group(of: inputs)
    var values = weight.elements
    if !factors.isEmpty { for index in values.indices { values[index] *= factors[index % inputs] } }
    var steps = Self.groups(of: inputs, by: group).map { columns in
      values.withUnsafeBufferPointer { values in
        (0..<outputs).map { output in
          let row = output * inputs
          return Self.step(.init(rebasing: values[row + columns.lowerBound..<row + columns.upperBound]), format)
        }
      }
    }
    if format.scales == .tensor { steps = steps.map { Array(repeating: $0.max() ?? 1, count: $0.count) } }
    let numbers = FreshTensor([outputs, inputs]), all = Tensor(values, [outputs, inputs]).reading
    for (columns, steps) in zip(Self.groups(of: inputs, by: group), steps) {
      for output in 0..<outputs {
        let row = output..<output + 1
        Int8Grid.round(
          all.rows(row).columns(columns), inverse: 1 / steps[output], most: format.most,
          into: numbers.matrix.rows(row).columns(columns))
      }
    }
    self.init(numbers: numbers.tensor(), steps: steps, group: group)
  }

  init(numbers: Tensor, steps: [[Float]], group: Int) {
    self.numbers = numbers
    self.steps = steps
    self.group = group
  }

  /// The inputs of each group.
  static func groups(of inputs: Int, by group: Int) -> [Range<Int>] {
    stride(from: 0, to: inputs, by: group).map { $0..<min($0 + group, inputs) }
  }

  /// What one step of some weights is worth: of 8 bits the largest magnitude over 127, of fewer the one whose squared error
  /// is least, as the end of a coarse grid need not be the largest.
  static func step(_ values: UnsafeBufferPointer<Float>, _ format: Format) -> Float {
    var largest: Float = 0
    for value in values { largest = max(largest, abs(value)) }
    // A scale so small that its inverse overflows stands for zeros.
    guard largest > 1e-30 else { return 1 }
    return format.bits == 8
      ? largest / format.most : iu_best_step(values.baseAddress, values.count, largest, format.most)
  }
}
