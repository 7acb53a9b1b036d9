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
    gate: some Matrix, gateBias: some Matrix, sum: some Matrix, bias: some Matrix, into hidden: MatrixView
  ) {
    vk_swiglu(gate.first, gateBias.first, sum.first, bias.first, hidden.start, sum.rows, sum.columns)
  }

  /// The vector-Jacobian product, which also computes the result anew.
  ///
  /// - Parameters:
  ///   - gradient: `[rows, hidden]`; holds the gradient of `sum` afterwards
  ///   - dGate: `[rows, hidden]`, written
  ///   - hidden: `[rows, hidden]`, written
  ///   - dGateBias, dBias: `[hidden]`, added to
  package static func backward(
    gate: some Matrix, gateBias: some Matrix, sum: some Matrix, bias: some Matrix,
    gradient: MatrixView, dGate: MatrixView, hidden: MatrixView, dGateBias: UnsafeMutablePointer<Float>,
    dBias: UnsafeMutablePointer<Float>
  ) {
    gk_swiglu(
      gate.first, gateBias.first, sum.first, bias.first, gradient.start, dGate.start, hidden.start, dGateBias, dBias,
      sum.rows,
      sum.columns)
  }
}
