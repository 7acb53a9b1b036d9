import CLIPCompute
import CLIPPruning
import CLIPTensors
import Testing

/// The fits' sums are floats over a few hundred rows: they must leave no more error than sums that are double all the way.
@Suite("Fits in floats beside doubles")
struct ReaderFitTests {
  private let pool = ThreadPool(threads: 2)
  /// Of the errors' squares before the fit.
  private static let tolerance = 2e-7

  /// Rows that hang together as activations do: a few strong directions, many weak ones, and a mean.
  private func rows(_ count: Int, _ columns: Int, seed: UInt64) -> [Double] {
    var random = Philox(seed: seed, purpose: .test)
    let mixing = (0..<columns * columns).map { _ in Double(random.normal()) }
    var values = [Double](repeating: 0, count: count * columns)
    for row in 0..<count {
      let source = (0..<columns).map { Double(random.normal()) / Double(1 + $0 * $0) }
      for column in 0..<columns {
        var sum = 0.5
        for index in 0..<columns { sum += mixing[index * columns + column] * source[index] }
        values[row * columns + column] = sum
      }
    }
    return values
  }

  /// `Σ|e - X Wᵀ - b|² + λ|W|²`, in double precision: what the fit is the least of.
  private func objective(
    _ x: [Double], _ e: [Double], _ rows: Int, _ weight: DoubleMatrix, _ bias: [Double], _ ridge: Double
  ) -> Double {
    let inputs = weight.columns, outputs = weight.rows
    let drawn = ridge * weight.elements.reduce(0) { $0 + $1 * $1 }
    return (0..<rows).reduce(drawn) { total, row in
      (0..<outputs).reduce(total) { total, output in
        var left = e[row * outputs + output] - bias[output]
        for input in 0..<inputs { left -= weight[output, input] * x[row * inputs + input] }
        return total + left * left
      }
    }
  }

  /// The ridge's solution with every sum and product in double precision.
  private func reference(
    _ x: [Double], _ e: [Double], rows: Int, inputs: Int, outputs: Int, ridge: Double
  ) throws -> (weight: DoubleMatrix, bias: [Double], ridge: Double) {
    func centred(_ values: [Double], _ columns: Int) -> (DoubleMatrix, [Double]) {
      let mean = (0..<columns).map { column in
        (0..<rows).reduce(0.0) { $0 + values[$1 * columns + column] } / Double(rows)
      }
      return (
        DoubleMatrix(values.indices.map { values[$0] - mean[$0 % columns] }, rows: rows, columns: columns), mean
      )
    }
    let (cx, xMean) = centred(x, inputs), (ce, eMean) = centred(e, outputs)
    var gram = DoubleMatrix.product(cx, transposingA: true, cx)
    let added = ridge * gram.diagonal.reduce(0, +) / Double(inputs)
    for index in 0..<inputs { gram[index, index] += added }
    let weight = try #require(Cholesky(gram)).solve(
      rows: DoubleMatrix.product(ce, transposingA: true, cx), on: pool)
    return (
      weight,
      (0..<outputs).map { output in
        (0..<inputs).reduce(eMean[output]) { $0 - weight[output, $1] * xMean[$1] }
      }, added
    )
  }

  @Test("a ridge fit leaves what one in doubles leaves", arguments: [(300, 12, 5), (2000, 60, 20), (1200, 130, 3)])
  func writers(rows: Int, inputs: Int, outputs: Int) throws {
    let x = self.rows(rows, inputs, seed: 1).map { Float($0) }, noise = self.rows(rows, outputs, seed: 2)
    var random = Philox(seed: 3, purpose: .test)
    let map = (0..<outputs * inputs).map { _ in Double(random.normal()) }
    let e = (0..<rows * outputs).map { place -> Float in
      let row = place / outputs, output = place % outputs
      return Float(
        0.1 * noise[place] + (0..<inputs).reduce(0.0) { $0 + map[output * inputs + $1] * Double(x[row * inputs + $1]) })
    }
    let found = try LeastSquares.correction(
      inputs: Tensor(x, [rows, inputs]), errors: Tensor(e, [rows, outputs]), ridge: 1e-4, by: RowSums(on: pool))
    let xs = x.map(Double.init), es = e.map(Double.init)
    let (weight, bias, added) = try reference(xs, es, rows: rows, inputs: inputs, outputs: outputs, ridge: 1e-4)
    let left = objective(xs, es, rows, try #require(found.weight), found.bias, added)
    let least = objective(xs, es, rows, weight, bias, added)
    let untouched = es.reduce(0.0) { $0 + $1 * $1 }
    #expect(abs(left - least) <= Self.tolerance * untouched, "\(left) beside \(least) of \(untouched)")
  }

  @Test(
    "the readers' fit, which multiplies no matrix with the samples, leaves what one of the errors themselves leaves",
    arguments: [true, false])
  func readers(isNarrower: Bool) throws {
    let count = 2000, wide = 60, outputs = 70
    let channels = isNarrower ? (0..<wide).filter { $0 % 3 != 1 } : Array(0..<wide), width = channels.count
    let dense = rows(count, wide, seed: 5).map { Float($0) }
    var random = Philox(seed: 6, purpose: .test)
    // What stays has drifted from what it was, as after blocks that were cut.
    let inputs = (0..<count * width).map { place in
      dense[place / width * wide + channels[place % width]] * 1.02 + 0.05 * random.normal()
    }
    let denseWeight = (0..<outputs * wide).map { _ in 0.3 * random.normal() }
    let denseBias = (0..<outputs).map { _ in random.normal() }
    let weight = (0..<outputs * width).map {
      denseWeight[$0 / width * wide + channels[$0 % width]] + 0.01 * random.normal()
    }
    let bias = denseBias.map { $0 + 0.1 }
    let fit = try #require(
      try ReaderFit(
        Tensor(inputs, [count, width]), like: Tensor(dense, [count, wide]), channels: channels, CompensationOptions(),
        by: RowSums(on: pool)))
    let found = fit.correction(
      Tensor(weight, [outputs, width]), Tensor(bias, [outputs]), like: Tensor(denseWeight, [outputs, wide]),
      Tensor(denseBias, [outputs]))
    let xs = inputs.map(Double.init)
    let errors = (0..<count * outputs).map { place -> Double in
      let row = place / outputs, output = place % outputs
      var error = Double(denseBias[output]) - Double(bias[output])
      for column in 0..<wide {
        error += Double(denseWeight[output * wide + column]) * Double(dense[row * wide + column])
      }
      for column in 0..<width { error -= Double(weight[output * width + column]) * xs[row * width + column] }
      return error
    }
    let (best, bestBias, added) = try reference(xs, errors, rows: count, inputs: width, outputs: outputs, ridge: 1e-4)
    let left = objective(xs, errors, count, try #require(found.weight), found.bias, added)
    let least = objective(xs, errors, count, best, bestBias, added)
    let untouched = errors.reduce(0.0) { $0 + $1 * $1 }
    #expect(abs(left - least) <= Self.tolerance * untouched, "\(left) beside \(least) of \(untouched)")
    #expect(left < 0.5 * untouched, "\(left) of \(untouched)")
  }

  @Test("where the streams agree there is nothing to fit")
  func same() throws {
    let x = Tensor(rows(100, 6, seed: 9).map { Float($0) }, [100, 6])
    let fit = try ReaderFit(x, like: x, channels: Array(0..<6), CompensationOptions(), by: RowSums(on: pool))
    #expect(fit == nil)
  }
}
