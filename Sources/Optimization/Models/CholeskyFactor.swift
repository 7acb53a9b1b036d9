internal import CLIPCompute
internal import CLIPSystem

/// The lower triangle `L` with `L Lᵀ` a positive definite matrix: its determinant, and samples with that covariance.
///
/// `Compute.Cholesky` solves systems but keeps its triangle to itself; models need the triangle. Plain loops over rows,
/// in the same order on every processor.
struct CholeskyFactor: Sendable {
  let size: Int
  /// Row by row, zero above the diagonal.
  let lower: DoubleMatrix

  /// - Returns: nil when the matrix is not positive definite, or holds what is not a number.
  init?(_ matrix: DoubleMatrix) {
    guard matrix.rows == matrix.columns else { return nil }
    size = matrix.rows
    var lower = DoubleMatrix(rows: size, columns: size)
    let n = size
    let isDefinite = lower.elements.withUnsafeMutableBufferPointer { l in
      matrix.elements.withUnsafeBufferPointer { a in
        for row in 0..<n {
          for column in 0...row {
            let rest = a[row * n + column] - dot(l, row * n, l, column * n, column)
            if column < row {
              l[row * n + column] = rest / l[column * n + column]
            } else {
              guard rest > 0, rest.isFinite else { return false }
              l[row * n + row] = rest.squareRoot()
            }
          }
        }
        return true
      }
    }
    guard isDefinite else { return nil }
    self.lower = lower
  }

  /// A factor of the matrix with as much added to its diagonal as makes it positive definite: nothing, or from `1e-10`
  /// of its mean upwards, ten times more each time.
  static func jittered(_ matrix: DoubleMatrix) -> CholeskyFactor? {
    if let factor = CholeskyFactor(matrix) { return factor }
    let diagonal = matrix.diagonal
    let scale = max(diagonal.reduce(0, +) / Double(max(diagonal.count, 1)), 1e-300)
    guard scale.isFinite else { return nil }
    var jitter = 1e-10
    while jitter < 1e3 {
      var copy = matrix
      for index in 0..<matrix.rows { copy[index, index] += jitter * scale }
      if let factor = CholeskyFactor(copy) { return factor }
      jitter *= 10
    }
    return nil
  }

  /// The logarithm of the matrix' determinant.
  var logDeterminant: Double { 2 * lower.diagonal.reduce(0) { $0 + log($1) } }

  /// `L⁻¹`, row by row.
  var inverseLower: DoubleMatrix {
    var result = DoubleMatrix(rows: size, columns: size)
    let n = size
    result.elements.withUnsafeMutableBufferPointer { x in
      lower.elements.withUnsafeBufferPointer { l in
        for row in 0..<n {
          for k in 0..<row { subtract(x, row * n, l[row * n + k], k * n, k + 1) }
          let scale = 1 / l[row * n + row]
          for column in 0..<row { x[row * n + column] *= scale }
          x[row * n + row] = scale
        }
      }
    }
    return result
  }

  /// `A⁻¹`.
  var inverse: DoubleMatrix {
    let inverse = inverseLower
    return DoubleMatrix.product(inverse, transposingA: true, inverse)
  }

  /// `A⁻¹ b`.
  func solve(_ right: [Double]) -> [Double] {
    var x = right
    let n = size
    x.withUnsafeMutableBufferPointer { x in
      lower.elements.withUnsafeBufferPointer { l in
        for row in 0..<n {
          var sum = x[row]
          for k in 0..<row { sum -= l[row * n + k] * x[k] }
          x[row] = sum / l[row * n + row]
        }
        for row in (0..<n).reversed() {
          x[row] /= l[row * n + row]
          for k in 0..<row { x[k] -= l[row * n + k] * x[row] }
        }
      }
    }
    return x
  }
}

/// The inner product of `count` elements from two places, in eight interleaved sums.
private func dot(
  _ a: UnsafeMutableBufferPointer<Double>, _ i: Int, _ b: UnsafeMutableBufferPointer<Double>, _ j: Int, _ count: Int
) -> Double {
  var sums = SIMD8<Double>.zero, k = 0
  while k + 8 <= count {
    var x = SIMD8<Double>.zero, y = SIMD8<Double>.zero
    for lane in 0..<8 { x[lane] = a[i + k + lane]; y[lane] = b[j + k + lane] }
    sums += x * y
    k += 8
  }
  var sum = sums.sum()
  while k < count { sum += a[i + k] * b[j + k]; k += 1 }
  return sum
}

/// `x[i...] -= factor x[j...]`.
private func subtract(_ x: UnsafeMutableBufferPointer<Double>, _ i: Int, _ factor: Double, _ j: Int, _ count: Int) {
  for k in 0..<count { x[i + k] -= factor * x[j + k] }
}
