import Tensors

extension Tensor {
  /// A matrix with rows and columns exchanged.
  ///
  /// Walked in square tiles: a whole row of the one is a column of the other, which misses the cache at every
  /// step.
  func transposedMatrix() -> Tensor {
    let rows = shape[0]
    let columns = shape[1]
    let tile = 32
    var result = Tensor(uninitialized: [columns, rows])
    withUnsafeElements { source in
      result.withUnsafeMutableElements { target in
        for top in stride(from: 0, to: rows, by: tile) {
          for left in stride(from: 0, to: columns, by: tile) {
            for row in top..<min(top + tile, rows) {
              for column in left..<min(left + tile, columns) {
                target[column * rows + row] = source[row * columns + column]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Tensors of one shape, one after another along the first axis.
  static func stacked(_ parts: [Tensor]) -> Tensor {
    let shape = parts[0].shape
    var result = Tensor(uninitialized: Shape([shape[0] * parts.count] + shape.extents.dropFirst()))
    result.withUnsafeMutableElements { target in
      for (index, part) in parts.enumerated() {
        part.withUnsafeElements { source in
          _ = UnsafeMutableBufferPointer(rebasing: target[index * source.count..<(index + 1) * source.count])
            .update(fromContentsOf: source)
        }
      }
    }
    return result
  }
}
