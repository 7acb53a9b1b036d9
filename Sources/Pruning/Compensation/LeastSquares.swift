package import CLIPCompute
package import CLIPTensors

/// Corrections of weights that have a closed form.
package enum LeastSquares {
  /// A change of a linear layer's weight `[outputs, inputs]` and bias `[outputs]`.
  package struct Correction {
    package var weight: DoubleMatrix?
    package var bias: [Double]
  }

  /// The change that makes a linear layer's error smallest, among small changes:
  ///
  ///     minimize  Σ_r w_r |e_r - Δ x_r - d|²  +  λ mean(diag XᵀX) |Δ|²
  ///
  /// The ridge draws towards the weights as they are, not towards zero, so a layer without error is not changed at all.
  ///
  /// Source: ridge regression, Hoerl and Kennard, Technometrics 12 (1970); λ as in GRAIL (arXiv:2602.23795).
  /// - Parameters:
  ///   - inputs: `[samples, inputs]`
  ///   - errors: `[samples, outputs]`: targets less the present outputs
  ///   - hasBias: whether there is a bias to take the mean of the error
  ///   - sums: over the samples of all ranks
  /// - Throws: what ranks throw that share the samples.
  package static func correction(
    inputs: Tensor, errors: Tensor, weights: [Float]? = nil, ridge: Double, hasBias: Bool = true, by sums: RowSums
  ) throws -> Correction {
    let zero = [Double](repeating: 0, count: inputs.shape[1])
    let xMean = hasBias ? try sums.mean(inputs, weights: weights) : zero
    let eMean =
      hasBias ? try sums.mean(errors, weights: weights) : [Double](repeating: 0, count: errors.shape[1])
    return correction(
      gram: try sums.products(inputs, mean: xMean, weights: weights),
      cross: try sums.products(errors, mean: eMean, with: inputs, mean: xMean, weights: weights),
      inputMean: xMean, errorMean: eMean, ridge: ridge, hasBias: hasBias, on: sums.pool)
  }

  /// The same of sums over the samples that are there already.
  /// - Parameters:
  ///   - gram: `[inputs, inputs]`: of the inputs about their mean
  ///   - cross: `[outputs, inputs]`: of the errors with the inputs, each about its mean
  package static func correction(
    gram: DoubleMatrix, cross: DoubleMatrix, inputMean: [Double], errorMean: [Double], ridge: Double,
    hasBias: Bool = true, on pool: ThreadPool
  ) -> Correction {
    var gram = gram
    let mean = gram.diagonal.reduce(0, +) / Double(max(gram.rows, 1))
    guard mean > 0, mean.isFinite else { return Correction(weight: nil, bias: errorMean) }
    var added = 0.0
    // A Gram matrix of fewer samples than inputs may need more than the ridge asked for.
    for factor in [1.0, 10, 100, 1000] {
      let wanted = max(ridge, 1e-9) * factor * mean
      for index in 0..<gram.rows { gram[index, index] += wanted - added }
      added = wanted
      guard let factorization = Cholesky(gram) else { continue }
      let weight = factorization.solve(rows: cross, on: pool)
      guard weight.elements.allSatisfy(\.isFinite) else { continue }
      guard hasBias else { return Correction(weight: weight, bias: []) }
      var bias = errorMean
      for output in 0..<weight.rows {
        for input in 0..<weight.columns { bias[output] -= weight[output, input] * inputMean[input] }
      }
      return Correction(weight: weight, bias: bias)
    }
    return Correction(weight: nil, bias: errorMean)
  }

  /// Gain and bias of each channel that bring `x` nearest to `target`: `[rows, channels]` both.
  ///
  /// Simple regression, one channel at a time; a channel that hardly varies keeps the gain that makes it vary as much as
  /// its target.
  package static func gains(
    _ x: Tensor, target: Tensor, by sums: RowSums
  ) throws -> (gain: [Float], bias: [Float]) {
    let x = x.reading, target = target.reading
    let xMean = try sums.mean(x), tMean = try sums.mean(target)
    /// `Σ (x - mean x) (y - mean y)` of each channel.
    func products(_ y: ReadOnlyMatrix, _ yMean: [Double]) -> [Double] {
      RowStatistics.inColumns(x.columns, on: sums.pool) { columns in
        var sums = [Double](repeating: 0, count: columns.count)
        sums.withUnsafeMutableBufferPointer { sums in
          for row in 0..<x.rows {
            let a = x.start + row * x.stride, b = y.start + row * y.stride
            for column in columns {
              sums[column - columns.lowerBound] +=
                (Double(a[column]) - xMean[column]) * (Double(b[column]) - yMean[column])
            }
          }
        }
        return sums
      }
    }
    let all = try sums(products(x, xMean) + products(target, tMean))
    let xx = all.prefix(x.columns), xt = all.suffix(x.columns)
    let scale = xx.reduce(0, +) / Double(max(xx.count, 1))
    let gain = zip(xx, xt).map { $0 > 1e-9 * scale ? $1 / $0 : 0 }
    return (gain.map { Float($0) }, gain.indices.map { Float(tMean[$0] - gain[$0] * xMean[$0]) })
  }
}
