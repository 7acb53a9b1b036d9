import CCLIPOpenBLAS

/// The Cholesky factor of a symmetric positive definite matrix, to solve systems and invert.
///
/// Source: LAPACK's `dpotrf`, `dpotrs` and `dpotri`.
public struct Cholesky: Sendable {
  private let factor: [Double]
  private let size: Int

  /// - Returns: nil when the matrix is not positive definite, or holds what is not a number.
  public init?(_ matrix: DoubleMatrix) {
    precondition(matrix.rows == matrix.columns, "only square matrices have a Cholesky factor")
    selectKernels
    size = matrix.rows
    var elements = matrix.elements
    guard elements.allSatisfy(\.isFinite) else { return nil }
    var n = blasint(size), info: blasint = 0, stride = blasint(max(size, 1))
    if size > 0 { dpotrf_("L", &n, &elements, &stride, &info, 1) }
    guard info == 0 else { return nil }
    factor = elements
  }

  /// `U` with `UᵀU = A`, zero below its diagonal.
  public var upper: DoubleMatrix {
    // LAPACK's lower triangle, column by column, is the upper one of rows.
    var result = DoubleMatrix(factor, rows: size, columns: size)
    for row in 0..<size { for column in 0..<row { result[row, column] = 0 } }
    return result
  }

  /// Solves `A x = b` for each row `b` of `[systems, size]`: the rows of the result are the solutions.
  public func solve(rows: DoubleMatrix, on pool: ThreadPool) -> DoubleMatrix {
    precondition(rows.columns == size, "each row is one right side")
    var result = rows
    if rows.rows == 0 || size == 0 { return result }
    result.elements.withUnsafeMutableBufferPointer { target in
      nonisolated(unsafe) let target = target
      let parts = (rows.rows + 63) / 64
      pool.forEach(parts) { part in
        let first = part * 64, count = min(64, rows.rows - first)
        var n = blasint(size), systems = blasint(count), stride = blasint(size), info: blasint = 0
        dpotrs_(
          "L", &n, &systems, factor, &stride, target.baseAddress.map { $0 + first * size }, &stride, &info, 1)
      }
    }
    return result
  }

  /// The inverse of the matrix.
  public var inverse: DoubleMatrix {
    var elements = factor
    var n = blasint(size), info: blasint = 0, stride = blasint(max(size, 1))
    if size > 0 { dpotri_("L", &n, &elements, &stride, &info, 1) }
    // LAPACK's lower triangle, column by column, is the upper one of rows.
    for row in 0..<size {
      for column in row + 1..<size { elements[column * size + row] = elements[row * size + column] }
    }
    return DoubleMatrix(elements, rows: size, columns: size)
  }
}

/// Eigenvalues and eigenvectors of a symmetric matrix.
///
/// Source: LAPACK's `dsyevd`.
public struct SymmetricEigen: Sendable {
  /// In descending order.
  public let values: [Double]
  /// Row `i` is the unit eigenvector of value `i`; its largest component is positive, so that it is determined.
  public let vectors: DoubleMatrix

  /// - Returns: nil when the matrix holds what is not a number.
  public init?(_ matrix: DoubleMatrix) {
    precondition(matrix.rows == matrix.columns, "only square matrices have eigenvectors here")
    selectKernels
    let size = matrix.rows
    var elements = matrix.elements
    guard elements.allSatisfy(\.isFinite) else { return nil }
    var n = blasint(size), info: blasint = 0, stride = blasint(max(size, 1))
    var found = [Double](repeating: 0, count: size)
    if size > 0 {
      var work = [Double](repeating: 0, count: 1 + 6 * size + 2 * size * size)
      var integers = [blasint](repeating: 0, count: 3 + 5 * size)
      var workCount = blasint(work.count), integerCount = blasint(integers.count)
      dsyevd_(
        "V", "L", &n, &elements, &stride, &found, &work, &workCount, &integers, &integerCount, &info, 1, 1)
    }
    guard info == 0 else { return nil }
    values = found.reversed()
    var vectors = DoubleMatrix(rows: size, columns: size)
    for row in 0..<size {
      let source = Array(elements[(size - 1 - row) * size..<(size - row) * size])
      let largest = source.max { abs($0) < abs($1) } ?? 1
      for column in 0..<size { vectors[row, column] = largest < 0 ? -source[column] : source[column] }
    }
    self.vectors = vectors
  }
}
