public import CLIPCompute

extension Tensor {
  /// Rows that one thread multiplies at a time; a cut by shape, so that results do not depend on the number of threads.
  private static let rowsPerCut = 256

  /// The matrix product `A B`, or `A B^T`, in float32 with OpenBLAS.
  ///
  /// - Parameters:
  ///   - other: `[inner, columns]`, or `[columns, inner]` where it is transposed
  /// - Returns: `[rows, columns]` for this `[rows, inner]`
  /// - Throws: ``ShapeError`` when either has not two axes, or the inner ones differ.
  public func matrixProduct(_ other: Tensor, transposed: Bool = false, on pool: ThreadPool) throws -> Tensor {
    guard shape.rank == 2 else { throw ShapeError("matrix product", expected: "[rows, inner]", found: shape) }
    let inner = shape[1]
    guard other.shape.rank == 2, other.shape[transposed ? 1 : 0] == inner else {
      throw ShapeError(
        "matrix product", expected: transposed ? "[columns, \(inner)]" : "[\(inner), columns]", found: other.shape)
    }
    let rows = shape[0], result = FreshTensor([rows, other.shape[transposed ? 0 : 1]])
    let a = reading, b = other.reading, c = result.matrix
    pool.forEach((rows + Self.rowsPerCut - 1) / Self.rowsPerCut) { cut in
      let range = cut * Self.rowsPerCut..<min((cut + 1) * Self.rowsPerCut, rows)
      multiply(a.rows(range), b, transposingB: transposed, into: c.rows(range))
    }
    return result.tensor()
  }
}
