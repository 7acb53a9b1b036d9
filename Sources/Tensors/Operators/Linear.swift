package import CLIPCompute
import CCLIPVectorKernels

/// What follows a linear layer's sum.
public enum Activation: String, Sendable {
  /// Nothing.
  case identity
  /// `x Φ(x)`, the exact form. Source: arXiv:1606.08415.
  case gelu
  /// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`, an approximation of the exact form. Source: arXiv:1606.08415,
  /// section 2.
  case geluTanh
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
      case .geluTanh: vk_bias_gelu_tanh(part.start, added, part.rows, part.columns, part.stride)
      case .quickGELU: vk_bias_quick_gelu(part.start, added, part.rows, part.columns, part.stride)
      }
    }
  }

  /// The vector-Jacobian product.
  ///
  ///     dz = dy * activation'(z),   dx = dz W,   dW += dz^T x,   db += sum of the rows of dz
  ///
  /// - Parameters:
  ///   - dy: `[rows, outputs]`; holds `dz` afterwards
  ///   - x: `[rows, inputs]`
  ///   - sum: `z = x W^T + b`, `[rows, outputs]`; needed unless the activation is the identity
  ///   - weight: `[outputs, inputs]`
  ///   - dx: `[rows, inputs]`, or nil where no gradient is wanted
  ///   - dWeight: `[outputs, inputs]`, added to
  ///   - dBias: `[outputs]`, added to, or nil
  package static func backward(
    _ dy: MatrixView, x: MatrixView, sum: MatrixView? = nil, weight: MatrixView, activation: Activation = .identity,
    dx: MatrixView?, dWeight: MatrixView, dBias: UnsafeMutablePointer<Float>? = nil, lanes: Lanes
  ) {
    if let sum, activation != .identity {
      precondition(sum.stride == sum.columns && dy.stride == dy.columns, "activations' rows must touch")
      lanes.forRanges(of: dy.rows, per: 64, minimum: 16) { rows in
        let (z, part) = (sum.rows(rows), dy.rows(rows))
        let count = part.rows * part.columns
        switch activation {
        case .identity: break
        case .gelu: gk_gelu(z.start, part.start, count)
        case .geluTanh: gk_gelu_tanh(z.start, part.start, count)
        case .quickGELU: gk_quick_gelu(z.start, part.start, count)
        }
      }
    }
    if let dx {
      lanes.forRanges(of: dy.rows, per: 256, minimum: 32) { rows in multiply(dy.rows(rows), weight, into: dx.rows(rows))
      }
    }
    // Cut by outputs, so that each element has one thread and one order of summation.
    lanes.forRanges(of: weight.rows, per: columnsPerPart, minimum: 64) { outputs in
      multiply(dy.columns(outputs), transposingA: true, x, into: dWeight.rows(outputs), beta: 1)
      if let dBias {
        gk_add_column_sums(
          dy.start + outputs.lowerBound, dy.stride, dBias + outputs.lowerBound, dy.rows, outputs.count)
      }
    }
  }

  /// The hidden layer of a feed-forward block, keeping the sum for the backward pass.
  ///
  /// - Parameters:
  ///   - sum: `[rows, outputs]`, the bias not yet added
  ///   - hidden: `[rows, outputs]`, set to `activation(sum + bias)`
  package static func activate(
    _ sum: MatrixView, bias: UnsafePointer<Float>, _ activation: Activation, into hidden: MatrixView
  ) {
    switch activation {
    case .gelu: tk_gelu(sum.start, bias, hidden.start, sum.rows, sum.columns)
    case .geluTanh: tk_gelu_tanh(sum.start, bias, hidden.start, sum.rows, sum.columns)
    case .quickGELU: tk_quick_gelu(sum.start, bias, hidden.start, sum.rows, sum.columns)
    case .identity: preconditionFailure("a hidden layer has an activation")
    }
  }

  /// The vector-Jacobian product of ``activate(_:bias:_:into:)``, which also computes its result anew.
  ///
  /// - Parameters:
  ///   - gradient: `[rows, outputs]`; holds the gradient of the sum afterwards
  ///   - dBias: `[outputs]`, added to
  package static func deactivate(
    _ sum: MatrixView, bias: UnsafePointer<Float>, _ activation: Activation, gradient: MatrixView,
    hidden: MatrixView, dBias: UnsafeMutablePointer<Float>
  ) {
    switch activation {
    case .gelu:
      tk_gelu_backward(sum.start, bias, gradient.start, hidden.start, dBias, sum.rows, sum.columns)
    case .geluTanh:
      tk_gelu_tanh_backward(sum.start, bias, gradient.start, hidden.start, dBias, sum.rows, sum.columns)
    case .quickGELU:
      tk_quick_gelu_backward(sum.start, bias, gradient.start, hidden.start, dBias, sum.rows, sum.columns)
    case .identity: preconditionFailure("a hidden layer has an activation")
    }
  }
}

/// One part of a weight's gradient, `dW += dy^T x`: the unit in which the work is spread over threads.
///
/// Parts are cut by shapes, so that each element has one order of summation on any number of threads.
package struct WeightGradientPart {
  private let dy: MatrixView
  private let x: MatrixView
  private let target: MatrixView

  /// Outputs or inputs of one part: long enough for an efficient product.
  private static let wanted = 192

  /// How many multiply-adds the part takes.
  package var work: Int { dy.rows * dy.columns * x.columns }

  /// - Parameters:
  ///   - dy: `[rows, outputs]`
  ///   - x: `[rows, inputs]`
  ///   - target: `[outputs, inputs]`, added to
  package static func parts(_ dy: MatrixView, _ x: MatrixView, into target: MatrixView) -> [WeightGradientPart] {
    let length = max(target.rows, target.columns), count = max(1, length / wanted)
    return (0..<count).map { part in
      let range = length * part / count..<length * (part + 1) / count
      return target.rows >= target.columns
        ? WeightGradientPart(dy: dy.columns(range), x: x, target: target.rows(range))
        : WeightGradientPart(dy: dy, x: x.columns(range), target: target.columns(range))
    }
  }

  package func run() { multiply(dy, transposingA: true, x, into: target, beta: 1) }
}
