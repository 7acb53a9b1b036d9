package import Compute
import VectorKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Scaled and shifted similarities of two sets of features.
///
///     logits = scale * a b^T + bias
package enum SimilarityOperator {
  /// - Parameters:
  ///   - a: `[rows, embed]`
  ///   - b: `[columns, embed]`
  /// - Returns: `[rows, columns]`
  package static func forward(_ a: Tensor, _ b: Tensor, scale: Float, bias: Float) -> Tensor {
    let result = Tensor(repeating: bias, [a.shape[0], b.shape[0]])
    multiply(
      MatrixView(a.pointer, rows: a.shape[0], columns: a.shape[1]),
      MatrixView(b.pointer, rows: b.shape[0], columns: b.shape[1]), transposingB: true,
      into: MatrixView(result.pointer, rows: a.shape[0], columns: b.shape[0]), alpha: scale, beta: 1)
    return result
  }
}

/// e^x, as the C library computes it.
package func exponential(_ x: Float) -> Float { expf(x) }

extension Tensor {
  /// The tensor `[rows, width]` with each row scaled to length 1.
  package func normalizedRows() -> Tensor {
    let copy = Tensor(copying: MatrixView(pointer, rows: shape[0], columns: shape[1]), shape)
    NormalizeOperator.forward(MatrixView(copy.pointer, rows: shape[0], columns: shape[1]))
    return copy
  }

  /// A tensor of its own with the elements of a matrix whose rows touch.
  package init(copying matrix: MatrixView, _ shape: Shape) {
    precondition(matrix.stride == matrix.columns && shape.count == matrix.rows * matrix.columns, "\(shape)")
    self.init(uninitialized: shape)
    freshPointer.update(from: matrix.start, count: shape.count)
  }
}
