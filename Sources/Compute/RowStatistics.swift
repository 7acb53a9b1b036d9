import CCLIPOpenBLAS

/// Means and products of the rows of single-precision matrices, summed in double precision.
///
/// Work is cut by rows and by tiles of the result, both of fixed size: the same bits on any number of threads.
public enum RowStatistics {
  private static let rowsPerBlock = 2048
  private static let tile = 192

  /// The weighted mean of the rows of `x`, `[columns]`.
  /// - Parameter weights: one a row, or nil where all count alike
  public static func mean(_ x: some Matrix, weights: [Float]? = nil) -> [Double] {
    let x = x.reading
    var sums = [Double](repeating: 0, count: x.columns), total = 0.0
    for row in 0..<x.rows {
      let weight = Double(weights?[row] ?? 1), source = x.start + row * x.stride
      total += weight
      for column in 0..<x.columns { sums[column] += weight * Double(source[column]) }
    }
    return total > 0 ? sums.map { $0 / total } : sums
  }

  /// `Σ_r weight_r (x_r - xMean)ᵀ (y_r - yMean)`: `[x.columns, y.columns]`.
  ///
  /// - Parameters:
  ///   - y: as many rows as `x`; nil stands for `x` itself, whose symmetric result is computed once
  ///   - weights: one a row, or nil where all count alike
  public static func products(
    _ x: some Matrix, mean xMean: [Double], with y: (any Matrix)? = nil, mean yMean: [Double]? = nil,
    weights: [Float]? = nil, on pool: ThreadPool
  ) -> DoubleMatrix {
    let x = x.reading, y = y?.reading
    precondition(y.map { $0.rows == x.rows } ?? true, "products need as many rows on both sides")
    selectKernels
    let m = x.columns, n = (y ?? x).columns, isSymmetric = y == nil
    var result = DoubleMatrix(rows: m, columns: n)
    if m == 0 || n == 0 || x.rows == 0 { return result }
    let block = min(rowsPerBlock, x.rows)
    let left = UnsafeMutablePointer<Double>.allocate(capacity: block * m)
    let right = isSymmetric ? left : UnsafeMutablePointer<Double>.allocate(capacity: block * n)
    defer {
      left.deallocate()
      if !isSymmetric { right.deallocate() }
    }
    let tiles = (0..<(m + tile - 1) / tile).flatMap { row in
      ((isSymmetric ? row : 0)..<(n + tile - 1) / tile).map { (row * tile, $0 * tile) }
    }
    result.elements.withUnsafeMutableBufferPointer { target in
      // Each task writes a tile of its own.
      nonisolated(unsafe) let target = target
      nonisolated(unsafe) let (left, right) = (left, right)
      for first in stride(from: 0, to: x.rows, by: block) {
        let count = min(block, x.rows - first)
        // Both factors carry the root of the weight, so that the symmetric case needs one copy only.
        convert(x, first, count, xMean, weights, into: left, pool)
        if let y { convert(y, first, count, yMean ?? xMean, weights, into: right, pool) }
        pool.forEach(tiles.count) { index in
          let (row, column) = tiles[index]
          cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, blasint(min(tile, m - row)), blasint(min(tile, n - column)),
            blasint(count), 1, left + row, blasint(m), right + column, blasint(n), first == 0 ? 0 : 1,
            target.baseAddress.map { $0 + row * n + column }, blasint(n))
        }
      }
      if isSymmetric {
        for row in 0..<m { for column in row + 1..<m { target[column * m + row] = target[row * m + column] } }
      }
    }
    return result
  }

  private static func convert(
    _ x: ReadOnlyMatrix, _ first: Int, _ count: Int, _ mean: [Double], _ weights: [Float]?,
    into target: UnsafeMutablePointer<Double>, _ pool: ThreadPool
  ) {
    let parts = 8, columns = x.columns
    nonisolated(unsafe) let (x, target) = (x, target)
    pool.forEach(parts) { part in
      for row in count * part / parts..<count * (part + 1) / parts {
        let source = x.start + (first + row) * x.stride, place = target + row * columns
        let root = weights.map { Double($0[first + row]).squareRoot() } ?? 1
        for column in 0..<columns { place[column] = (Double(source[column]) - mean[column]) * root }
      }
    }
  }
}
