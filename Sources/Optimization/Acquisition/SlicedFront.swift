internal import CLIPSystem

/// A front sliced along its first objective, the one that is uncertain: how much a new set of points would add to the
/// dominated volume, as an expectation over a normal first objective.
///
/// All points of a set share the first objective `a` (a model's accuracy) and differ in the others (its costs on several
/// accelerators). Where the first objective is between two neighbouring values of the front, the front dominates a fixed
/// set of costs, and the new ones add a fixed volume beyond it. So the gain is a piecewise linear function of `a`:
///
///     gain(a) = Σ volume_k · |[from_k, to_k] ∩ [a, ∞)|,   E[gain] = Σ volume_k (ψ(to_k) - ψ(from_k)),   ψ(t) = E[(t - a)⁺]
///
/// Source of the expected improvement in hypervolume by boxes: Daulton, Balandat, Bakshy, "Differentiable expected
/// hypervolume improvement", arXiv:2006.05078, section 3; over draws of a noisy front: the same authors, "Parallel Bayesian
/// optimization of multiple noisy objectives with expected hypervolume improvement", arXiv:2105.08195. The first objective is
/// integrated here and not drawn, so the gain has no flat places.
package struct SlicedFront {
  /// From a value of the first objective on, what is dominated in the others.
  private struct Slice {
    var from: Double
    var dominated: Staircase
  }

  private var slices: [Slice]
  private let last: Double

  /// - Parameters:
  ///   - points: first objectives, each with what it dominates in the others
  ///   - reference: of all objectives
  package init(_ points: [(first: Double, rest: Staircase)], reference: [Double]) {
    last = reference[0]
    slices = [Slice(from: -.infinity, dominated: Staircase([], reference: Array(reference.dropFirst())))]
    for point in points.sorted(by: { $0.first < $1.first }) where !point.rest.isEmpty && point.first < last {
      let before = slices[slices.count - 1].dominated
      if before.covers(point.rest) { continue }
      slices.append(Slice(from: point.first, dominated: before.union(point.rest)))
    }
  }

  /// The same with one more set of points.
  package mutating func insert(first: Double, rest: Staircase) {
    guard !rest.isEmpty, first < last else { return }
    let place = slices.lastIndex { $0.from <= first } ?? 0
    if slices[place].dominated.covers(rest) { return }
    var kept = Array(slices[...place])
    kept.append(Slice(from: first, dominated: slices[place].dominated.union(rest)))
    for slice in slices[(place + 1)...] {
      let merged = slice.dominated.union(rest)
      if let previous = kept.last, previous.dominated.covers(merged) { continue }
      kept.append(Slice(from: slice.from, dominated: merged))
    }
    slices = kept
  }

  /// What is expected to be added by points whose first objective is normal with this mean and spread.
  package func expectedGain(_ rest: Staircase, mean: Double, spread: Double) -> Double {
    var total = 0.0, below = 0.0
    for (index, slice) in slices.enumerated() {
      let volume = rest.volume(beyond: slice.dominated)
      // Later slices dominate more.
      if volume <= 0 { break }
      let end = index + 1 < slices.count ? slices[index + 1].from : last
      let above = Self.expectedExcess(end - mean, spread)
      total += volume * max(0, above - below)
      below = above
    }
    return total
  }

  /// The logarithm of the largest slice's share, for gains too small to be told from 0.
  func logExpectedGain(_ rest: Staircase, mean: Double, spread: Double) -> Double {
    var best = -Double.infinity
    for (index, slice) in slices.enumerated() {
      let volume = rest.volume(beyond: slice.dominated)
      if volume <= 0 { break }
      let end = index + 1 < slices.count ? slices[index + 1].from : last
      let width = max(spread, 1e-12 * max(abs(mean), abs(end), 1e-300))
      best = max(best, log(volume) + log(width) + NormalDistribution.logExpectedExcess((end - mean) / width))
    }
    return best
  }

  private static func expectedExcess(_ distance: Double, _ spread: Double) -> Double {
    if distance > 8 * spread { return distance }
    if distance < -38 * spread || spread <= 0 { return max(0, distance) }
    return spread * NormalDistribution.expectedExcess(distance / spread)
  }
}

/// The logarithm of a mean over draws of how much would be gained, whether or not it can be told from 0.
enum GainScore {
  static func of(
    _ fronts: [SlicedFront], _ rest: (_ draw: Int) -> Staircase, means: [Double], spread: Double
  ) -> Double {
    var sum = 0.0
    for draw in fronts.indices {
      sum += fronts[draw].expectedGain(rest(draw), mean: means[draw], spread: spread)
    }
    if sum > 1e-250, sum.isFinite { return log(sum / Double(fronts.count)) }
    let logs = fronts.indices.map { fronts[$0].logExpectedGain(rest($0), mean: means[$0], spread: spread) }
    guard let most = logs.max(), most.isFinite else { return -.infinity }
    return most + log(logs.reduce(0) { $0 + exp($1 - most) } / Double(fronts.count))
  }
}
