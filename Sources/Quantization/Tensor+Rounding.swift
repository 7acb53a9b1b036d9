internal import CLIPCompute
package import CLIPTensors

extension Tensor {
  /// Each row of `[rows, columns]` as whole numbers from -127 to 127, and what one step is worth in each.
  package var int8Rows: (grid: Tensor, scales: [Float]) {
    QuantizedLinear.rounded(self, equalizer: [])
  }

  /// Each row of `[rows, columns]` as 8 bits and a scale of its own hold it.
  var roundedRows: Tensor {
    let (grid, scales) = int8Rows, columns = shape[1]
    var values = grid.elements
    for row in 0..<shape[0] { for column in 0..<columns { values[row * columns + column] *= scales[row] } }
    return Tensor(values, shape)
  }
}
