import CLIPCompute

/// Whether a row of a product has the same bits wherever it stands, and what is the same otherwise.
///
/// Where it is not so a picture's features depend in their last bits on its place in the batch, and so does what is learned
/// from them.
enum AlikeRows {
  static let areEverywhere = MatrixKernels.treatsRowsAlike

  /// Features of unit length.
  static func same(_ one: some Collection<Float>, _ other: some Collection<Float>) -> Bool {
    areEverywhere
      ? one.elementsEqual(other) : one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  /// Losses by step.
  static func same(_ one: [Int: Double], _ other: [Int: Double]) -> Bool {
    guard !areEverywhere else { return one == other }
    return one.count == other.count
      && one.allSatisfy { step, loss in other[step].map { abs($0 - loss) < 1e-5 * loss } ?? false }
  }
}
