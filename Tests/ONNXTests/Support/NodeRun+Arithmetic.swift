import Foundation

func errorFunction(_ x: Double) -> Double { erf(x) }
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
func exponential(_ x: Double) -> Double { exp(x) }

// Operators that compute over rows and matrices.
extension NodeRun {
  func softmax() throws -> GraphNumbers {
    try rows { row in
      let most = row.max() ?? 0, exponentials = row.map { exponential($0 - most) }, sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    }
  }

  func layerNormalization() throws -> GraphNumbers {
    let weight = operands[1].numbers, bias = operands[2].numbers, epsilon = Double(node.floats["epsilon"] ?? .nan)
    return try rows { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.indices.map { (row[$0] - mean) / (variance + epsilon).squareRoot() * weight[$0] + bias[$0] }
    }
  }

  /// The last axis, row by row.
  private func rows(_ body: ([Double]) -> [Double]) throws -> GraphNumbers {
    guard place(try whole("axis"), of: x.shape.count) == x.shape.count - 1, let width = x.shape.last else {
      throw fault("\(node.kind) along another axis than the last")
    }
    let numbers = stride(from: 0, to: x.numbers.count, by: width).flatMap { body(Array(x.numbers[$0..<$0 + width])) }
    return try GraphNumbers(numbers, x.shape)
  }

  func matMul() throws -> GraphNumbers {
    let y = operands[1], rows = x.shape[x.shape.count - 2], terms = x.shape[x.shape.count - 1]
    let columns = y.shape[y.shape.count - 1]
    guard y.shape[y.shape.count - 2] == terms else { throw fault("\(node.outputs): \(x.shape) times \(y.shape)") }
    let batch = try broadcast(Array(x.shape.dropLast(2)), Array(y.shape.dropLast(2)))
    let left = x.spread(to: batch + [rows, terms]), right = y.spread(to: batch + [terms, columns])
    var numbers = [Double](repeating: 0, count: batch.reduce(1, *) * rows * columns)
    for matrix in 0..<batch.reduce(1, *) {
      for row in 0..<rows {
        for term in 0..<terms {
          let factor = left[(matrix * rows + row) * terms + term], start = (matrix * terms + term) * columns
          let target = (matrix * rows + row) * columns
          for column in 0..<columns { numbers[target + column] += factor * right[start + column] }
        }
      }
    }
    return try GraphNumbers(numbers, batch + [rows, columns])
  }

  func convolution() throws -> GraphNumbers {
    let weight = operands[1], side = node.lists["kernel_shape"]?.first ?? 0
    guard node.lists["strides"] == [side, side], weight.shape == [weight.shape[0], x.shape[1], side, side] else {
      throw fault("a convolution whose squares do not touch")
    }
    let outputs = weight.shape[0], channels = x.shape[1], size = x.shape[2], grid = size / side
    var numbers: [Double] = []
    for picture in 0..<x.shape[0] {
      for output in 0..<outputs {
        for place in 0..<grid * grid {
          var sum = 0.0
          for channel in 0..<channels {
            for pixel in 0..<side * side {
              let row = place / grid * side + pixel / side, column = place % grid * side + pixel % side
              sum +=
                x.numbers[((picture * channels + channel) * size + row) * size + column]
                * weight.numbers[(output * channels + channel) * side * side + pixel]
            }
          }
          numbers.append(sum)
        }
      }
    }
    return try GraphNumbers(numbers, [x.shape[0], outputs, grid, grid])
  }

  /// With one scale, to signed numbers.
  func quantize() throws -> GraphNumbers {
    let scale = operands[1].numbers[0]
    guard operands[1].numbers.count == 1, operands[2].numbers == [0] else { throw fault("\(node.outputs): scales") }
    return try GraphNumbers(x.numbers.map { min(max(($0 / scale).rounded(.toNearestOrEven), -128), 127) }, x.shape)
  }

  /// With one scale, or one for each place of an axis.
  func dequantize() throws -> GraphNumbers {
    let scales = operands[1]
    if scales.numbers.count == 1, scales.shape.isEmpty {
      return try GraphNumbers(x.numbers.map { $0 * scales.numbers[0] }, x.shape)
    }
    let axis = try whole("axis")
    guard scales.shape == [x.shape[axis]] else { throw fault("\(node.outputs): \(scales.shape) of \(x.shape)") }
    var shape = [Int](repeating: 1, count: x.shape.count)
    shape[axis] = x.shape[axis]
    let spread = try GraphNumbers(scales.numbers, shape).spread(to: x.shape)
    return try GraphNumbers(zip(x.numbers, spread).map { $0 * $1 }, x.shape)
  }
}
