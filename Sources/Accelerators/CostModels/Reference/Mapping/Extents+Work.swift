internal import CLIPFiles

extension Extents {
  /// A matrix product as the reference sees it: batches are rows, one second factor serves them all.
  init(_ product: MatrixProduct) {
    let (rows, overflow) = product.batches.multipliedReportingOverflow(by: product.rows)
    self.init(n: overflow ? .max : rows, c: product.reduced, k: product.outputs)
  }

  /// A convolution of patches; one image.
  init(_ convolution: PatchConvolution) {
    self.init(
      n: 1, c: convolution.channels, k: convolution.outputs, r: convolution.patch, s: convolution.patch,
      p: convolution.side, q: convolution.side)
  }

  /// The most multiply-adds that are mapped: beyond any model, and far below what counts exactly.
  private static let most = 1 << 48

  /// - Throws: `InputError` where a loop is empty or the product beyond all bounds.
  func check() throws {
    var product = 1
    for dimension in Dimension.allCases {
      let length = self[dimension]
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard (1..<Int(Int32.max)).contains(length), !overflow, next <= Self.most else {
        let lengths = Dimension.allCases.map { "\(self[$0])" }.joined(separator: " x ")
        throw InputError("a product of \(lengths) cannot be mapped", advice: "expected 1 to 2^48 multiply-adds")
      }
      product = next
    }
  }
}
