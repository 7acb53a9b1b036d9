import CLIPCompute
package import CLIPTensors

/// A patch embedding for patches of another size: the weights that answer to a resized patch as the old ones answered to
/// the patch itself.
///
/// With `B` what resizes a patch of old pixels to new ones, the new weights are the pseudo-inverse of `Bᵀ` times the old:
/// where patches grow, `<B x, w'> = <x, w>` for every patch `x`; where they shrink, as nearly as can be.
///
/// Source: Beyer et al., "FlexiViT: one model for all patch sizes", arXiv:2212.08013, section 3.4 (PI-resize), with bilinear
/// resizing. That is separable, so the pseudo-inverse is that of one row, used along both sides.
package enum PatchResampling {
  /// - Parameter weight: `[width, channels, old, old]`
  /// - Returns: `[width, channels, new, new]`
  package static func resampled(_ weight: Tensor, to new: Int) -> Tensor {
    let old = weight.shape[3], planes = weight.shape[0] * weight.shape[1], factor = pseudoInverse(from: old, to: new)
    var result = Tensor(zeros: [weight.shape[0], weight.shape[1], new, new])
    var rows = [Double](repeating: 0, count: old * new)  // [old rows, new columns]
    weight.withUnsafeElements { source in
      result.withUnsafeMutableElements { target in
        for plane in 0..<planes {
          for row in 0..<old {
            for column in 0..<new {
              var sum = 0.0
              for from in 0..<old {
                sum += factor[column, from] * Double(source[(plane * old + row) * old + from])
              }
              rows[row * new + column] = sum
            }
          }
          for row in 0..<new {
            for column in 0..<new {
              var sum = 0.0
              for from in 0..<old { sum += factor[row, from] * rows[from * new + column] }
              target[(plane * new + row) * new + column] = Float(sum)
            }
          }
        }
      }
    }
    return result
  }

  /// `(bᵀ)⁺`, `[new, old]`: of full rank either way, so a product with the inverse of a Gram matrix.
  static func pseudoInverse(from old: Int, to new: Int) -> DoubleMatrix {
    let resize = bilinear(from: old, to: new)
    let gram =
      new >= old
      ? DoubleMatrix.product(resize, transposingA: true, resize)
      : DoubleMatrix.product(resize, resize, transposingB: true)
    guard let inverse = Cholesky(gram)?.inverse else { return resize }
    return new >= old ? DoubleMatrix.product(resize, inverse) : DoubleMatrix.product(inverse, resize)
  }

  /// What resizes a row of old pixels, `[new, old]`: PyTorch's `interpolate` with `align_corners=False`, not antialiased.
  private static func bilinear(from old: Int, to new: Int) -> DoubleMatrix {
    var matrix = DoubleMatrix(rows: new, columns: old)
    for position in 0..<new {
      let center = max(0, (Double(position) + 0.5) * Double(old) / Double(new) - 0.5)
      let first = min(Int(center), old - 1), second = min(first + 1, old - 1), share = center - Double(first)
      matrix[position, first] += 1 - share
      matrix[position, second] += share
    }
    return matrix
  }
}
