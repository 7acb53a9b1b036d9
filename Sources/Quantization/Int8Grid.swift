internal import CCLIPVectorKernels
package import CLIPCompute

/// The whole numbers from -127 to 127, kept as floats so that an ordinary matrix product adds them up exactly.
///
/// Symmetric, without -128, so that a product needs no zero points and negation is exact. Source: Jacob et al.,
/// "Quantization and training of neural networks for efficient integer-arithmetic-only inference" (arXiv:1712.05877);
/// Nagel et al., "A white paper on neural network quantization" (arXiv:2106.08295), section 2.
package enum Int8Grid {
  /// The largest magnitude.
  package static let most: Float = 127
  /// Sums of so many products of grid numbers are whole numbers that a float holds exactly: 1040 * 127 * 127 < 2^24.
  package static let exactTerms = 1040

  /// Sums of so many products fit 32 bits, the kernel's offset among them.
  static let mostTerms = 65_536
  /// Whether the processor has instructions for products of 8 bits.
  package static let hasIntegers = vk_processor_has_int8() != 0

  /// `clamp(round(x / scale))`; what is not a number becomes the least.
  ///
  /// - Parameters:
  ///   - x: `[rows, columns]`
  ///   - scale: what one step of the grid is worth, more than 0
  ///   - grid: `[rows, columns]`, packed
  package static func quantize(_ x: some Matrix, scale: Float, into grid: MatrixView) {
    round(x, inverse: 1 / scale, into: grid)
  }

  /// `clamp(round(x * inverse))`, each column with an inverse of its own.
  static func quantize(_ x: some Matrix, inverses: UnsafePointer<Float>, into grid: MatrixView) {
    let x = x.reading
    vk_round_to_grid(x.start, x.stride, x.rows, x.columns, 1, inverses, most, grid.start, grid.stride)
  }

  /// `clamp(round(x * inverse))`.
  /// - Parameters:
  ///   - inverses: of each column, in place of `inverse`; empty for none
  ///   - most: the grid's largest magnitude
  static func round(
    _ x: some Matrix, inverse: Float, inverses: [Float] = [], most: Float = most, into grid: MatrixView
  ) {
    let x = x.reading
    inverses.withUnsafeBufferPointer {
      vk_round_to_grid(
        x.start, x.stride, x.rows, x.columns, inverse, inverses.isEmpty ? nil : $0.baseAddress, most, grid.start,
        grid.stride)
    }
  }

  /// `c = a b^T` of grid numbers, exact: the bits of a 32-bit integer accumulator, then turned into floats.
  ///
  /// A long sum is cut where a float would no longer hold it, and its parts are added as integers.
  /// - Parameters:
  ///   - a: `[m, k]`
  ///   - b: `[n, k]`, or `[k, n]` where it is not transposed
  ///   - c: `[m, n]`, packed
  package static func multiply(
    _ a: some Matrix, _ b: some Matrix, transposingB: Bool = true, into c: MatrixView, _ context: PassContext
  ) {
    let a = a.reading, b = b.reading, terms = a.columns
    if hasIntegers, !context.simulates, terms <= mostTerms {
      let hasMemory = vk_int8_multiply(
        a.rows, c.columns, terms, a.start, a.stride, b.start, b.stride, transposingB ? 1 : 0, c.start, c.stride, 0)
      if hasMemory == 1 { return }
    }
    guard terms > exactTerms else {
      CLIPCompute.multiply(a, b, transposingB: transposingB, into: c)
      return
    }
    let count = c.rows * c.columns
    let part = context.matrix(.part, rows: c.rows, columns: c.columns)
    let sums = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    defer { sums.deallocate() }
    sums.initialize(repeating: 0, count: count)
    var first = 0
    while first < terms {
      let range = first..<min(first + exactTerms, terms)
      CLIPCompute.multiply(
        a.columns(range), transposingB ? b.columns(range) : b.rows(range), transposingB: transposingB, into: part)
      for index in 0..<count { sums[index] &+= Int32(part.start[index]) }
      first = range.upperBound
    }
    for index in 0..<count { c.start[index] = Float(sums[index]) }
  }
}
