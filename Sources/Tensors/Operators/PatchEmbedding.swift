package import CLIPCompute

/// Cuts pictures into square patches: the rows whose product with `[width, 3 * side * side]` is the patch convolution.
///
/// Source: arXiv:2010.11929, section 3.1; the order of a row's elements is PyTorch's `conv1.weight`.
package enum PatchOperator {
  /// - Parameters:
  ///   - image: `[3, size, size]`, in one row
  ///   - size: rows and columns of the picture
  ///   - side: rows and columns of a patch
  ///   - patches: `[grid * grid, 3 * side * side]` where `grid = size / side`; pixels beyond the grid are left out
  package static func forward(_ image: some Matrix, size: Int, side: Int, into patches: MatrixView) {
    let grid = size / side, image = image.reading.start
    precondition(
      patches.rows == grid * grid && patches.columns == 3 * side * side && patches.stride == patches.columns,
      "patches must be [\(grid * grid), \(3 * side * side)]")
    for patch in 0..<grid * grid {
      let top = patch / grid * side, left = patch % grid * side
      var target = patches.start + patch * patches.columns
      for channel in 0..<3 {
        for row in 0..<side {
          target.update(from: image + (channel * size + top + row) * size + left, count: side)
          target += side
        }
      }
    }
  }
}
