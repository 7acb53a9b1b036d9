import CLIPCompute
import Testing

@Suite("Double precision")
struct DoublePrecisionTests {
  private static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> [Float] {
    var random = Philox(seed: seed, purpose: .test)
    return (0..<rows * columns).map { _ in random.normal() + 100 }
  }

  /// Floats are summed over 512 rows, then doubles: what is lost is the rounding of so many, as a random walk has it, of the
  /// root of both columns' sums of squares; never more for more rows.
  @Test(
    "products of rows are those of plain loops, whatever the shape, the same bits on any number of threads",
    arguments: [(3, 2, 1), (2500, 5, 3), (700, 200, 210), (4100, 193, 7), (511, 65, 64), (20000, 3, 2)])
  func products(rows: Int, m: Int, n: Int) {
    var x = Self.random(rows, m, seed: 1), y = Self.random(rows, n, seed: 2)
    let weights = (0..<rows).map { Float($0 % 3) + 0.5 }
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        guard let xs = x.baseAddress, let ys = y.baseAddress else { return }
        let a = MatrixView(xs, rows: rows, columns: m), b = MatrixView(ys, rows: rows, columns: n)
        let aMean = RowStatistics.mean(a, weights: weights), bMean = RowStatistics.mean(b, weights: weights)
        let one = ThreadPool(threads: 1), three = ThreadPool(threads: 3)
        let found = RowStatistics.products(a, mean: aMean, with: b, mean: bMean, weights: weights, on: three)
        #expect(found == RowStatistics.products(a, mean: aMean, with: b, mean: bMean, weights: weights, on: one))
        let own = RowStatistics.products(a, mean: aMean, on: three)
        func spread(_ x: MatrixView, _ mean: [Double], _ column: Int, _ weights: [Float]?) -> Double {
          (0..<rows).reduce(0.0) {
            let difference = Double(x.start[$1 * x.columns + column]) - mean[column]
            return $0 + Double(weights?[$1] ?? 1) * difference * difference
          }.squareRoot()
        }
        let tolerance = 512.0.squareRoot() / 16_777_216
        for i in stride(from: 0, to: m, by: max(1, m / 4)) {
          for j in stride(from: 0, to: n, by: max(1, n / 4)) {
            let expected = (0..<rows).reduce(0.0) {
              $0 + Double(weights[$1]) * (Double(a.start[$1 * m + i]) - aMean[i])
                * (Double(b.start[$1 * n + j]) - bMean[j])
            }
            let most = tolerance * spread(a, aMean, i, weights) * spread(b, bMean, j, weights)
            #expect(abs(found[i, j] - expected) <= most, "\(found[i, j]) \(expected)")
          }
          for j in stride(from: 0, to: m, by: max(1, m / 4)) {
            let expected = (0..<rows).reduce(0.0) {
              $0 + (Double(a.start[$1 * m + i]) - aMean[i]) * (Double(a.start[$1 * m + j]) - aMean[j])
            }
            #expect(abs(own[i, j] - expected) <= tolerance * spread(a, aMean, i, nil) * spread(a, aMean, j, nil))
            #expect(own[i, j] == own[j, i])
          }
        }
      }
    }
  }

  @Test("a factor solves and inverts; what is not positive definite has none")
  func cholesky() throws {
    let pool = ThreadPool(threads: 3)
    var random = Philox(seed: 3, purpose: .test)
    let size = 70,
      root = DoubleMatrix((0..<size * size).map { _ in Double(random.normal()) }, rows: size, columns: size)
    var matrix = DoubleMatrix.product(root, transposingA: true, root)
    for index in 0..<size { matrix[index, index] += 1 }
    let factor = try #require(Cholesky(matrix))
    let right = DoubleMatrix((0..<130 * size).map { _ in Double(random.normal()) }, rows: 130, columns: size)
    let back = DoubleMatrix.product(factor.solve(rows: right, on: pool), matrix)
    #expect(zip(back.elements, right.elements).allSatisfy { abs($0 - $1) < 1e-8 })
    let identity = DoubleMatrix.product(matrix, factor.inverse)
    for row in 0..<size {
      for column in 0..<size { #expect(abs(identity[row, column] - (row == column ? 1 : 0)) < 1e-8) }
    }
    matrix[4, 4] = -1
    #expect(Cholesky(matrix) == nil)
    matrix[4, 4] = .nan
    #expect(Cholesky(matrix) == nil)
    #expect(SymmetricEigen(matrix) == nil)
  }

  @Test("eigenvectors turn a matrix into its eigenvalues, the largest first")
  func eigen() throws {
    var random = Philox(seed: 4, purpose: .test)
    let size = 30,
      root = DoubleMatrix((0..<size * size).map { _ in Double(random.normal()) }, rows: size, columns: size)
    let matrix = DoubleMatrix.product(root, transposingA: true, root)
    let eigen = try #require(SymmetricEigen(matrix))
    #expect(eigen.values == eigen.values.sorted(by: >))
    let turned = DoubleMatrix.product(eigen.vectors, DoubleMatrix.product(matrix, eigen.vectors, transposingB: true))
    for row in 0..<size {
      for column in 0..<size { #expect(abs(turned[row, column] - (row == column ? eigen.values[row] : 0)) < 1e-8) }
    }
  }
}
