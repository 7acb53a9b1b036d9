package import CLIPCompute
import CCLIPVectorKernels
internal import CLIPSystem

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

  /// The vector-Jacobian product.
  ///
  ///     da = scale dlogits b,   db = scale dlogits^T a,   dscale = Σ dlogits (a b^T),   dbias = Σ dlogits
  ///
  /// - Parameters:
  ///   - dLogits: `[rows, columns]`
  ///   - a: `[rows, embed]`
  ///   - b: `[columns, embed]`
  package static func backward(
    _ dLogits: Tensor, _ a: Tensor, _ b: Tensor, scale: Float
  ) -> (a: Tensor, b: Tensor, scale: Double, bias: Double) {
    let rows = a.shape[0], columns = b.shape[0], embed = a.shape[1]
    let gradient = MatrixView(dLogits.pointer, rows: rows, columns: columns)
    let da = Tensor(uninitialized: a.shape), db = Tensor(uninitialized: b.shape)
    multiply(
      gradient, MatrixView(b.pointer, rows: columns, columns: embed),
      into: MatrixView(da.pointer, rows: rows, columns: embed), alpha: scale)
    multiply(
      gradient, transposingA: true, MatrixView(a.pointer, rows: rows, columns: embed),
      into: MatrixView(db.pointer, rows: columns, columns: embed), alpha: scale)
    let similarities = forward(a, b, scale: 1, bias: 0)
    var dScale = 0.0, dBias = 0.0
    dLogits.withUnsafeElements { upstream in
      similarities.withUnsafeElements { values in
        for index in upstream.indices {
          dScale += Double(upstream[index]) * Double(values[index])
          dBias += Double(upstream[index])
        }
      }
    }
    return (da, db, dScale, dBias)
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
