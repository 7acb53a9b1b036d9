package import Compute
import VectorKernels

/// What follows a linear layer's sum.
public enum Activation: String, Sendable {
  /// Nothing.
  case identity
  /// `x Φ(x)`, the exact form. Source: arXiv:1606.08415.
  case gelu
  /// `x sigmoid(1.702 x)`, OpenAI CLIP's approximation. Source: arXiv:1606.08415, section 2.
  case quickGELU
}

/// `y = activation(x W^T + b)`.
package enum LinearOperator {
  /// Columns of one part of a cut product: each part packs all of `x` anew, so few wide ones beat many narrow ones.
  private static let columnsPerPart = 1024

  /// - Parameters:
  ///   - x: `[rows, inputs]`
  ///   - weight: `[outputs, inputs]`
  ///   - bias: `[outputs]`, or nil
  ///   - y: `[rows, outputs]`
  ///   - accumulating: adds the product to what `y` holds (a residual branch); then bias and activation must be none
  package static func forward(
    _ x: MatrixView, weight: MatrixView, bias: UnsafePointer<Float>? = nil, activation: Activation = .identity,
    into y: MatrixView, accumulating: Bool = false, lanes: Lanes
  ) {
    lanes.forRanges(of: weight.rows, per: columnsPerPart, minimum: 64) { columns in
      let part = y.columns(columns)
      multiply(x, weight.rows(columns), transposingB: true, into: part, beta: accumulating ? 1 : 0)
      guard let bias else { return }
      let added = bias + columns.lowerBound
      switch activation {
      case .identity: vk_add_bias(part.start, added, part.rows, part.columns, part.stride)
      case .gelu: vk_bias_gelu(part.start, added, part.rows, part.columns, part.stride)
      case .quickGELU: vk_bias_quick_gelu(part.start, added, part.rows, part.columns, part.stride)
      }
    }
  }
}
