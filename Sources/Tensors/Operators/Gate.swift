package import CLIPCompute
import CCLIPVectorKernels

/// A gated hidden layer.
///
///     hidden = silu(g + c) * (x + b),   silu(z) = z sigmoid(z)
///
/// Source: arXiv:2002.05202, equation 6 (SwiGLU).
package enum GateOperator {
  /// - Parameters:
  ///   - gate, sum, hidden: `[rows, hidden]`, biases not yet added; `hidden` may be `sum`
  ///   - gateBias, bias: `[hidden]`
  package static func forward(
    gate: MatrixView, gateBias: UnsafePointer<Float>, sum: MatrixView, bias: UnsafePointer<Float>,
    into hidden: MatrixView
  ) {
    vk_swiglu(gate.start, gateBias, sum.start, bias, hidden.start, sum.rows, sum.columns)
  }

  /// The vector-Jacobian product, which also computes the result anew.
  ///
  /// - Parameters:
  ///   - gradient: `[rows, hidden]`; holds the gradient of `sum` afterwards
  ///   - dGate: `[rows, hidden]`, written
  ///   - hidden: `[rows, hidden]`, written
  ///   - dGateBias, dBias: `[hidden]`, added to
  package static func backward(
    gate: MatrixView, gateBias: UnsafePointer<Float>, sum: MatrixView, bias: UnsafePointer<Float>,
    gradient: MatrixView, dGate: MatrixView, hidden: MatrixView, dGateBias: UnsafeMutablePointer<Float>,
    dBias: UnsafeMutablePointer<Float>
  ) {
    gk_swiglu(
      gate.start, gateBias, sum.start, bias, gradient.start, dGate.start, hidden.start, dGateBias, dBias, sum.rows,
      sum.columns)
  }
}
