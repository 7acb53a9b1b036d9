internal import CLIPCompute
internal import CLIPTensors

/// What went into a layer on calibration data, less what is needed no more.
struct InputMoments {
  /// `[inputs]`
  let mean: [Double]
  /// `[inputs, inputs]`: products about the mean where a bias can take the mean's error, else about zero
  let products: DoubleMatrix

  /// - Parameters:
  ///   - inputs: `[samples, inputs]`
  ///   - divisors: `[inputs]`; empty for ones
  init(_ inputs: Tensor, divisors: [Float], hasBias: Bool, on pool: ThreadPool) {
    var values = inputs.elements
    if !divisors.isEmpty { for index in values.indices { values[index] /= divisors[index % divisors.count] } }
    let x = Tensor(values, inputs.shape)
    mean = hasBias ? RowStatistics.mean(x) : [Double](repeating: 0, count: x.shape[1])
    products = RowStatistics.products(x, mean: mean, on: pool)
  }
}

extension WeightGrid {
  /// Input by input, each rounded to the nearest number and its error made up for by those not yet rounded, in the one way
  /// that leaves the outputs' squared error on calibration data least.
  ///
  /// What pruning's refit does for inputs that are cut. Source: Frantar et al., "GPTQ" (arXiv:2210.17323), section 3 and
  /// algorithm 1; the closed form is Hassibi and Stork's optimal brain surgeon (1993).
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`
  ///   - factors: `[inputs]`, what weights are multiplied by before; empty for ones
  ///   - moments: of the inputs, divided by the factors
  /// - Returns: nil where the inputs say nothing: all zeros, or not finite
  init?(
    compensated weight: Tensor, factors: [Float], _ format: Format, _ moments: InputMoments, on pool: ThreadPool
  ) {
    let outputs = weight.shape[0], inputs = weight.shape.count / max(1, outputs), group = format.group(of: inputs)
    guard let upper = Self.inverseFactor(moments.products) else { return nil }
    let groups = Self.groups(of: inputs, by: group)
    let numbers = FreshTensor([outputs, inputs]), target = numbers.matrix
    var steps = [Float](repeating: 1, count: outputs * groups.count)
    let nearest = format.scales == .tensor ? WeightGrid(nearest: weight, factors: factors, format) : nil
    weight.withUnsafeElements { weight in
      steps.withUnsafeMutableBufferPointer { steps in
        nonisolated(unsafe) let (steps, weight) = (steps, weight)
        nonisolated(unsafe) let target = target
        pool.forEach(outputs) { output in
          var row = (0..<inputs).map { input in
            Double(weight[output * inputs + input] * (factors.isEmpty ? 1 : factors[input]))
          }
          for (number, columns) in groups.enumerated() {
            let step =
              nearest?.steps[0][output]
              ?? row[columns].map { Float($0) }.withUnsafeBufferPointer { Self.step($0, format) }
            steps[number * outputs + output] = step
            for input in columns {
              let wanted = (Float(row[input]) * (1 / step)).rounded(.toNearestOrEven)
              let found = min(max(wanted, -format.most), format.most)
              target.start[output * inputs + input] = found
              let error = (row[input] - Double(found) * Double(step)) / upper[input, input]
              for later in input + 1..<max(inputs, input + 1) { row[later] -= error * upper[input, later] }
            }
          }
        }
      }
    }
    self.init(
      numbers: numbers.tensor(), steps: groups.indices.map { Array(steps[$0 * outputs..<($0 + 1) * outputs]) },
      group: group)
  }

  /// What the mean of the outputs changes by, `[outputs]`: what a bias has to take back.
  func meanError(of weight: Tensor, factors: [Float], _ moments: InputMoments) -> [Double] {
    let outputs = weight.shape[0], inputs = moments.mean.count
    return weight.withUnsafeElements { weight in
      numbers.withUnsafeElements { numbers in
        (0..<outputs).map { output in
          (0..<inputs).reduce(0.0) { sum, input in
            let wanted = Double(weight[output * inputs + input] * (factors.isEmpty ? 1 : factors[input]))
            let found = Double(numbers[output * inputs + input]) * Double(steps[input / group][output])
            return sum + (found - wanted) * moments.mean[input]
          }
        }
      }
    }
  }

  /// The upper triangle `U` of `U^T U = (X^T X + ridge)^-1`; nil where nothing varies.
  private static func inverseFactor(_ products: DoubleMatrix) -> DoubleMatrix? {
    let size = products.rows
    let mean = products.diagonal.reduce(0, +) / Double(max(size, 1))
    guard mean > 0, mean.isFinite else { return nil }
    // A hundredth of the mean, as GPTQ takes it; more where that is not enough.
    for share in [0.01, 0.1, 1] {
      var sum = products
      for index in 0..<size { sum[index, index] += share * mean }
      guard let inverse = Cholesky(sum)?.inverse, let upper = upperFactor(inverse) else { continue }
      return upper
    }
    return nil
  }

  /// Cholesky's factor above the diagonal, row by row.
  private static func upperFactor(_ matrix: DoubleMatrix) -> DoubleMatrix? {
    let size = matrix.rows
    var upper = matrix
    let isPositive = upper.elements.withUnsafeMutableBufferPointer { values in
      for row in 0..<size {
        let pivot = values[row * size + row]
        guard pivot > 0, pivot.isFinite else { return false }
        let root = pivot.squareRoot()
        for column in row..<size { values[row * size + column] /= root }
        for below in row + 1..<max(size, row + 1) {
          let factor = values[row * size + below]
          guard factor != 0 else { continue }
          for column in below..<size { values[below * size + column] -= factor * values[row * size + column] }
        }
      }
      return true
    }
    return isPositive ? upper : nil
  }
}
