extension Tensor {
  /// `[columns, rows]` of `[rows, columns]`.
  ///
  /// Walked in square tiles: a whole row of the one is a column of the other, which misses the cache at every
  /// step.
  package var transposed: Tensor {
    let rows = shape[0], columns = shape[1], tile = 32
    var result = Tensor(uninitialized: [columns, rows])
    withUnsafeElements { source in
      result.withUnsafeMutableElements { target in
        for top in stride(from: 0, to: rows, by: tile) {
          for left in stride(from: 0, to: columns, by: tile) {
            for row in top..<min(top + tile, rows) {
              for column in left..<min(left + tile, columns) {
                target[column * rows + row] = source[row * columns + column]
              }
            }
          }
        }
      }
    }
    return result
  }
}
