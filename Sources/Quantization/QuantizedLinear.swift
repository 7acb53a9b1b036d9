package import Compute
internal import Layers
internal import Tensors

/// A linear layer with 8-bit weights and inputs.
///
///     y = (round(x / s) W8^T) * s * scale + bias
///
/// `W8` holds whole numbers, a scale for each output. Source: Krishnamoorthi, "Quantizing deep convolutional networks for
/// efficient inference" (arXiv:1806.08342), section 3.1: per-channel weights lose next to nothing.
struct QuantizedLinear: Sendable {
  /// Where its inputs are looked at and rounded.
  let site: Int
  /// `[outputs, inputs]`, whole numbers
  let grid: Tensor
  /// `[outputs]`: what one step of each output's weights is worth
  let scales: [Float]
  /// `[outputs]`, or empty
  let bias: [Float]
  /// `[outputs, inputs]`, as given
  let original: Tensor

  /// - Parameter weight: `[outputs, inputs]`
  init(_ weight: Tensor, bias: Tensor?, site: Int) {
    self.site = site
    original = weight
    self.bias = bias?.elements ?? []
    let outputs = weight.shape[0], inputs = weight.shape.count / max(1, outputs)
    var scales = [Float](repeating: 1, count: outputs)
    let grid = Tensor(uninitialized: [outputs, inputs])
    withExtendedLifetime((weight, grid)) {
      for output in 0..<outputs {
        let row = MatrixView(weight.pointer + output * inputs, rows: 1, columns: inputs)
        var largest: Float = 0
        for input in 0..<inputs { largest = max(largest, abs(row.start[input])) }
        // A scale so small that its inverse overflows stands for zeros.
        if largest > 1e-30 { scales[output] = largest / Int8Grid.most }
        Int8Grid.quantize(
          row, scale: scales[output], into: MatrixView(grid.pointer + output * inputs, rows: 1, columns: inputs))
      }
    }
    self.grid = grid
    self.scales = scales
  }

  private func view(_ tensor: Tensor) -> MatrixView {
    MatrixView(tensor.pointer, rows: scales.count, columns: tensor.shape.count / max(1, scales.count))
  }

  /// - Parameters:
  ///   - x: `[rows, inputs]`
  ///   - y: `[rows, outputs]`, packed
  ///   - ranges: the inputs' scale by site
  ///   - addsBias: false leaves the bias to the activation that follows
  func apply(_ x: MatrixView, into y: MatrixView, _ ranges: [Float], _ context: PassContext, addsBias: Bool = true) {
    let bias = addsBias ? bias : []
    if let observer = context.observer {
      observer.record(site, x)
      multiply(x, view(original), transposingB: true, into: y)
      if !bias.isEmpty {
        bias.withUnsafeBufferPointer { if let start = $0.baseAddress { RowOperator.addBias(start, to: y) } }
      }
      return
    }
    let range = ranges[site]
    let inputs = context.matrix(.grid, rows: x.rows, columns: x.columns)
    Int8Grid.quantize(x, scale: range, into: inputs)
    Int8Grid.multiply(inputs, view(grid), into: y, context)
    scales.withUnsafeBufferPointer { scales in
      for row in 0..<y.rows {
        let target = y.start + row * y.stride
        for output in 0..<y.columns { target[output] *= range * scales[output] }
      }
    }
    if !bias.isEmpty {
      bias.withUnsafeBufferPointer { if let start = $0.baseAddress { RowOperator.addBias(start, to: y) } }
    }
  }
}
