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
  /// Columns below which a product is not cut.
  private static let leastColumns = 64

  /// - Parameters:
  ///   - x: `[rows, inputs]`
  ///   - weight: `[outputs, inputs]`
  ///   - packed: the same, where it has been laid out for the lanes' arithmetic
  ///   - bias: `[outputs]`, or nil
  ///   - y: `[rows, outputs]`
  ///   - accumulating: adds the product to what `y` holds (a residual branch); then bias and activation must be none
  package static func forward(
    _ x: some Matrix, weight: some Matrix, packed: PackedMatrix? = nil, bias: Tensor? = nil,
    activation: Activation = .identity, into y: MatrixView, accumulating: Bool = false, lanes: Lanes
  ) {
    let x = x.reading, beta: Float = accumulating ? 1 : 0
    if let packed, packed.arithmetic == lanes.products {
      let step = PackedMatrix.step, outputs = packed.outputs
      lanes.forRanges(
        of: (outputs + step - 1) / step, per: columnsPerPart / step, minimum: leastColumns / step
      ) { steps in
        let columns = steps.lowerBound * step..<min(steps.upperBound * step, outputs), part = y.columns(columns)
        packed.multiply(x, columns: columns, into: part, beta: beta)
        finish(part, bias, columns, activation)
      }
      return
    }
    let weight = weight.reading
    lanes.forRanges(of: weight.rows, per: columnsPerPart, minimum: leastColumns) { columns in
      let part = y.columns(columns)
      multiply(x, weight.rows(columns), transposingB: true, into: part, beta: beta, in: lanes.products)
      finish(part, bias, columns, activation)
    }
  }

  private static func finish(_ part: MatrixView, _ bias: Tensor?, _ columns: Range<Int>, _ activation: Activation) {
    guard let bias else { return }
    let added = bias.start + columns.lowerBound
    switch activation {
    case .identity: vk_add_bias(part.start, added, part.rows, part.columns, part.stride)
    case .gelu: vk_bias_gelu(part.start, added, part.rows, part.columns, part.stride)
    case .geluTanh: vk_bias_gelu_tanh(part.start, added, part.rows, part.columns, part.stride)
    case .quickGELU: vk_bias_quick_gelu(part.start, added, part.rows, part.columns, part.stride)
    }
  }

  /// The hidden layer of a feed-forward block, keeping the sum for the backward pass.
  ///
  /// - Parameters:
  ///   - sum: `[rows, outputs]`, the bias not yet added
  ///   - hidden: `[rows, outputs]`, set to `activation(sum + bias)`
  package static func activate(
    _ sum: some Matrix, bias: Tensor, _ activation: Activation, into hidden: MatrixView
  ) {
    let sum = sum.reading
    switch activation {
    case .gelu: tk_gelu(sum.start, bias.start, hidden.start, sum.rows, sum.columns)
    case .geluTanh: tk_gelu_tanh(sum.start, bias.start, hidden.start, sum.rows, sum.columns)
    case .quickGELU: tk_quick_gelu(sum.start, bias.start, hidden.start, sum.rows, sum.columns)
    case .identity: preconditionFailure("a hidden layer has an activation")
    }
  }

  /// The vector-Jacobian product of ``activate(_:bias:_:into:)``, which also computes its result anew.
  ///
  /// - Parameters:
  ///   - gradient: `[rows, outputs]`; holds the gradient of the sum afterwards
  ///   - dBias: `[outputs]`, added to
  package static func deactivate(
    _ sum: some Matrix, bias: Tensor, _ activation: Activation, gradient: MatrixView,
    hidden: MatrixView, dBias: UnsafeMutablePointer<Float>
  ) {
    let sum = sum.reading
    switch activation {
    case .gelu:
      tk_gelu_backward(sum.start, bias.start, gradient.start, hidden.start, dBias, sum.rows, sum.columns)
    case .geluTanh:
      tk_gelu_tanh_backward(sum.start, bias.start, gradient.start, hidden.start, dBias, sum.rows, sum.columns)
    case .quickGELU:
      tk_quick_gelu_backward(sum.start, bias.start, gradient.start, hidden.start, dBias, sum.rows, sum.columns)
    case .identity: preconditionFailure("a hidden layer has an activation")
    }
  }
}

/// One part of a weight's gradient, `dW += dy^T x`: the unit in which the work is spread over threads.
///
/// Parts are cut by shapes, so that each element has one order of summation on any number of threads.
package struct WeightGradientPart {
  private let dy: ReadOnlyMatrix
  private let x: ReadOnlyMatrix
  private let packed: PackedMatrix?
  private let columns: Range<Int>
  private let target: MatrixView
  private let products: ProductArithmetic

  /// Outputs or inputs of one part: long enough for an efficient product.
  private static let wanted = 192

  /// - Parameters:
  ///   - dy: `[rows, outputs]`
  ///   - x: `[rows, inputs]`
  ///   - packed: the same, `[rows, inputs]` not transposed, where it will be laid out before a part runs
  ///   - target: `[outputs, inputs]`, added to
  package static func parts(
    _ dy: some Matrix, _ x: some Matrix, packed: PackedMatrix? = nil, into target: MatrixView,
    in products: ProductArithmetic
  ) -> [WeightGradientPart] {
    let dy = dy.reading, x = x.reading
    let packed = products == .bfloat16 && target.rows >= ProductArithmetic.leastExtent ? packed : nil
    let all = 0..<target.columns, rows = max(1, target.rows / wanted)
    // What is packed is cut by outputs, so that no part packs what another does; by inputs where outputs are few.
    if let packed, rows > 1 || target.columns < 4 * wanted {
      return ranges(of: target.rows, rows).map {
        WeightGradientPart(
          dy: dy.columns($0), x: x, packed: packed, columns: all, target: target.rows($0), products: products)
      }
    }
    if let packed {
      return ranges(of: target.columns / PackedMatrix.step, 2).map {
        let isLast = $0.upperBound == target.columns / PackedMatrix.step
        let columns =
          $0.lowerBound * PackedMatrix.step..<(isLast ? target.columns : $0.upperBound * PackedMatrix.step)
        return WeightGradientPart(
          dy: dy, x: x, packed: packed, columns: columns, target: target.columns(columns), products: products)
      }
    }
    let count = max(1, max(target.rows, target.columns) / wanted)
    if target.rows >= target.columns {
      return ranges(of: target.rows, count).map {
        WeightGradientPart(
          dy: dy.columns($0), x: x, packed: nil, columns: all, target: target.rows($0), products: products)
      }
    }
    return ranges(of: target.columns, count).map {
      WeightGradientPart(
        dy: dy, x: x.columns($0), packed: nil, columns: $0, target: target.columns($0), products: products)
    }
  }

  private static func ranges(of length: Int, _ count: Int) -> [Range<Int>] {
    (0..<count).map { length * $0 / count..<length * ($0 + 1) / count }
  }

  /// - Parameter replaces: writes the target, which may hold anything, instead of adding to it
  package func run(replaces: Bool = false) {
    let beta: Float = replaces ? 0 : 1
    if let packed {
      packed.multiply(dy, transposingA: true, columns: columns, into: target, beta: beta)
    } else {
      multiply(dy, transposingA: true, x, into: target, beta: beta, in: products)
    }
  }
}
