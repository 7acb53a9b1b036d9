import CLIPTensors

/// Which part of a dense parameter a pruned one is: some of its rows, some of its columns.
struct Slice {
  /// The dense parameter's name.
  var name: String
  /// Numbers along the first axis, and along the second; nil takes all.
  var rows: [Int]?
  var columns: [Int]?

  init(_ name: String, rows: [Int]? = nil, columns: [Int]? = nil) {
    self.name = name
    self.rows = rows
    self.columns = columns
  }

  /// The part of a dense parameter, under a shape of as many elements.
  func callAsFunction(_ dense: Tensor, _ shape: Shape) -> Tensor {
    if rows == nil, columns == nil { return dense.reshaped(to: shape) }
    let extents = dense.shape.extents
    let count = extents.first ?? 1, width = extents.dropFirst().reduce(1, *)
    // Axes after the second lie inside one of its elements.
    let inner = extents.dropFirst(2).reduce(1, *)
    let rows = rows ?? Array(0..<count)
    var result = Tensor(uninitialized: shape)
    result.withUnsafeMutableElements { target in
      dense.withUnsafeElements { source in
        var place = 0
        for row in rows {
          if let columns {
            for column in columns {
              for index in 0..<inner { target[place + index] = source[row * width + column * inner + index] }
              place += inner
            }
          } else {
            for index in 0..<width { target[place + index] = source[row * width + index] }
            place += width
          }
        }
      }
    }
    return result
  }
}
