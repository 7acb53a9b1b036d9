internal import CLIPFiles

/// A matrix product as the physical mapper sees it: `[batches, rows, reduced] x [batches, reduced, outputs]`.
///
/// Products with weights have one batch, since all their rows meet the same second factor; heads of attention have a
/// second factor each.
package struct Contraction: Hashable, Sendable {
  package let batches: Int, rows: Int, outputs: Int, reduced: Int
  package let hasWeights: Bool
  /// Bytes of one number of each factor, of the result and of a sum that is put by.
  package var bytes = OperandBytes.bytes

  /// Beyond this no product of sizes is safe in a double's 53 bits.
  static let largest = 1 << 30

  /// - Throws: `InputError` for sizes below 1 or beyond 2^30.
  package init(batches: Int = 1, rows: Int, outputs: Int, reduced: Int, hasWeights: Bool = true) throws {
    var batches = batches, rows = rows
    for (name, value) in [("batches", batches), ("rows", rows), ("outputs", outputs), ("reduced", reduced)] {
      guard (1...Self.largest).contains(value) else {
        throw InputError("a product's \(name): expected 1 to \(Self.largest), found \(value)")
      }
    }
    if hasWeights {
      let (all, overflow) = batches.multipliedReportingOverflow(by: rows)
      guard !overflow, all <= Self.largest else {
        throw InputError("a product's rows: expected 1 to \(Self.largest) in all batches")
      }
      (batches, rows) = (1, all)
    }
    self.batches = batches
    self.rows = rows
    self.outputs = outputs
    self.reduced = reduced
    self.hasWeights = hasWeights
  }

  init(_ product: MatrixProduct) throws {
    try self.init(
      batches: product.batches, rows: product.rows, outputs: product.outputs, reduced: product.reduced,
      hasWeights: product.hasWeights)
  }

  /// Patches do not overlap, since the stride is their side: each pixel belongs to one row.
  init(_ convolution: PatchConvolution) throws {
    let (rows, tooMany) = convolution.side.multipliedReportingOverflow(by: convolution.side)
    let (square, tooLarge) = convolution.patch.multipliedReportingOverflow(by: convolution.patch)
    let (reduced, tooDeep) = square.multipliedReportingOverflow(by: convolution.channels)
    let (all, tooOften) = rows.multipliedReportingOverflow(by: convolution.images)
    guard !tooMany, !tooLarge, !tooDeep, !tooOften else {
      throw InputError("a convolution is too large to be priced")
    }
    try self.init(rows: all, outputs: convolution.outputs, reduced: reduced)
  }

  package var multiplyAdds: Double { Double(batches) * Double(rows) * Double(outputs) * Double(reduced) }
  /// Bytes of the first factor, the second and the result.
  var input: Double { Double(batches) * Double(rows) * Double(reduced) * bytes.first }
  var second: Double { Double(batches) * Double(outputs) * Double(reduced) * bytes.second }
  var output: Double { results * bytes.resultStored }
  /// Numbers of the result.
  var results: Double { Double(batches) * Double(rows) * Double(outputs) }
}
