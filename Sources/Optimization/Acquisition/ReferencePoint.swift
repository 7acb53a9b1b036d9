internal import CLIPFiles

/// Up to where volume counts.
enum ReferencePoint {
  /// The given point, or, where there is none, the worst of the front in each objective and a tenth of its range beyond.
  ///
  /// Source: BoTorch's `infer_reference_point`.
  /// - Throws: `InputError` for a given point with another number of objectives, or not finite.
  static func resolve(_ given: [Double]?, points: [[Double]], objectives: Int) throws -> [Double] {
    if let given {
      guard given.count == objectives, given.allSatisfy(\.isFinite) else {
        throw InputError("the reference point must be \(objectives) finite numbers, found \(given)")
      }
      return given
    }
    let front = ParetoFront.indices(points).map { points[$0] }
    return (0..<objectives).map { axis in
      let values = front.map { $0[axis] }
      guard let least = values.min(), let most = values.max() else { return 1 }
      // A front of one point: what all points span, and else a tenth of the value itself.
      var range = most - least
      if range <= 0 { range = (points.map { $0[axis] }.max() ?? most) - least }
      if range <= 0 { range = max(abs(most), 1e-9) }
      return most + 0.1 * range
    }
  }
}
