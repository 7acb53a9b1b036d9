internal import CLIPCompute
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
    let result = FreshTensor([a.shape[0], b.shape[0]])
    result.matrix.fill(bias)
    multiply(a, b, transposingB: true, into: result.matrix, alpha: scale, beta: 1)
    return result.tensor()
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
    let da = FreshTensor(a.shape), db = FreshTensor(b.shape)
    multiply(dLogits, b, into: da.matrix, alpha: scale)
    multiply(dLogits, transposingA: true, a, into: db.matrix, alpha: scale)
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
    return (da.tensor(), db.tensor(), dScale, dBias)
  }
}

/// e^x, as the C library computes it.
package func exponential(_ x: Float) -> Float { expf(x) }

extension Tensor {
  /// The tensor `[rows, width]` with each row scaled to length 1.
  package func normalizedRows() -> Tensor {
    let copy = FreshTensor(copying: self, shape)
    NormalizeOperator.forward(copy.matrix)
    return copy.tensor()
  }
}
