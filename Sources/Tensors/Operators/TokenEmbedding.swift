package import CLIPCompute
import CCLIPVectorKernels

/// Token ids to the text tower's first rows.
///
///     x[sequence, token] = table[ids[sequence, token]] + positions[token]
package enum TokenEmbeddingOperator {
  /// - Parameters:
  ///   - ids: the tokens of one sequence
  ///   - table: `[vocabulary, width]`
  ///   - positions: `[tokens or more, width]`
  ///   - x: `[tokens, width]`
  package static func forward(_ ids: ArraySlice<Int32>, table: Tensor, positions: Tensor, into x: MatrixView) {
    let table = table.reading, positions = positions.reading
    for (token, id) in ids.enumerated() {
      vk_sum_rows(
        table.start + Int(id) * table.stride, positions.start + token * positions.stride, x.start + token * x.stride,
        x.columns)
    }
  }

  /// The vector-Jacobian product: each row of `dx` is added to its token's row and its position's row, in the rows' order.
  ///
  /// - Parameters:
  ///   - dx: `[sequences * tokens, width]`
  ///   - ids: `[sequences * tokens]`
  ///   - dTable: `[vocabulary, width]`, added to
  ///   - dPositions: `[tokens or more, width]`, added to
  package static func backward(
    _ dx: some Matrix, ids: [Int32], tokens: Int, dTable: MatrixView, dPositions: MatrixView
  ) {
    let dx = dx.reading
    precondition(ids.count == dx.rows && dx.stride == dx.columns, "\(ids.count) ids for \(dx.rows) rows")
    for (row, id) in ids.enumerated() {
      let source = dx.start + row * dx.columns
      vk_add(dTable.start + Int(id) * dTable.stride, source, dx.columns)
      vk_add(dPositions.start + row % tokens * dPositions.stride, source, dx.columns)
    }
  }
}
