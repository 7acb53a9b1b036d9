package import CLIPCompute
package import CLIPRanks

/// Sums over rows of which several ranks hold a part each: those over all rows, the same on all ranks. Alone they are sums
/// over a process's own rows.
///
/// All ranks ask for the same sums in the same order.
package struct RowSums {
  /// The threads to work on.
  package let pool: ThreadPool
  /// Who holds the other rows; nil where all are here.
  package let ranks: (any RankGroup)?

  /// - Parameter ranks: nil where all rows are here
  package init(on pool: ThreadPool, ranks: (any RankGroup)? = nil) {
    self.pool = pool
    self.ranks = ranks
  }

  /// Values of this rank's rows, added up over all ranks.
  func callAsFunction(_ values: [Double]) throws -> [Double] { try ranks?.sum(values) ?? values }

  /// Whether any rank says so.
  func any(_ flag: Bool) throws -> Bool { try ranks?.any(flag) ?? flag }

  /// The weighted mean of the rows of `x`, `[columns]`; see ``RowStatistics/mean(_:weights:)``.
  func mean(_ x: some Matrix, weights: [Float]? = nil) throws -> [Double] {
    let own = RowStatistics.mean(x, weights: weights, on: pool)
    guard ranks != nil else { return own }
    let total = weights?.reduce(0.0) { $0 + Double($1) } ?? Double(x.reading.rows)
    let sums = try self(own.map { $0 * total } + [total]), all = sums[own.count]
    return sums.dropLast().map { all > 0 ? $0 / all : $0 }
  }

  /// `Σ_r weight_r (x_r - xMean)ᵀ (y_r - yMean)`, `[x.columns, y.columns]`; see
  /// ``RowStatistics/products(_:mean:with:mean:weights:on:)``.
  /// - Parameter y: nil stands for `x` itself; then a triangle of the result is told
  func products(
    _ x: some Matrix, mean xMean: [Double], with y: (any Matrix)? = nil, mean yMean: [Double]? = nil,
    weights: [Float]? = nil
  ) throws -> DoubleMatrix {
    var products = RowStatistics.products(x, mean: xMean, with: y, mean: yMean, weights: weights, on: pool)
    guard let ranks else { return products }
    guard y == nil else {
      try products.elements.withUnsafeMutableBufferPointer { try ranks.sum($0) }
      return products
    }
    let size = products.rows
    var upper: [Double] = []
    upper.reserveCapacity(size * (size + 1) / 2)
    for row in 0..<size { upper += products.elements[row * size + row..<(row + 1) * size] }
    try upper.withUnsafeMutableBufferPointer { try ranks.sum($0) }
    products.elements.withUnsafeMutableBufferPointer { elements in
      var place = 0
      for row in 0..<size {
        for column in row..<size {
          elements[row * size + column] = upper[place]
          elements[column * size + row] = upper[place]
          place += 1
        }
      }
    }
    return products
  }
}
