/// What a set of cost vectors dominates below a reference: the vectors that no other of them beats, in order.
///
/// One objective is a number and two a staircase, with volumes in one pass; more go through ``Hypervolume``.
package struct Staircase {
  /// Nondominated and below the reference, sorted by the first objective.
  private(set) var steps: [[Double]]
  let reference: [Double]
  let volume: Double
  /// The first and second objectives of the steps side by side, for the loops.
  private let xs: [Double], ys: [Double]

  package init(_ points: [[Double]], reference: [Double]) {
    self.reference = reference
    let inside = points.filter { zip($0, reference).allSatisfy { $0 < $1 } }
    let front =
      inside.count > 1 ? ParetoFront.indices(inside).map { inside[$0] }.sorted { $0[0] < $1[0] } : inside
    steps = front
    volume = Hypervolume.of(front, reference: reference)
    xs = front.map { $0[0] }
    ys = reference.count > 1 ? front.map { $0[1] } : []
  }

  /// Of one cost vector.
  init(point: [Double], reference: [Double]) {
    self.reference = reference
    let isInside = zip(point, reference).allSatisfy { $0 < $1 }
    steps = isInside ? [point] : []
    volume = isInside ? zip(point, reference).reduce(1) { $0 * ($1.1 - $1.0) } : 0
    xs = isInside ? [point[0]] : []
    ys = isInside && point.count > 1 ? [point[1]] : []
  }

  var isEmpty: Bool { steps.isEmpty }

  /// This and another together.
  func union(_ other: Staircase) -> Staircase {
    if other.isEmpty { return self }
    if isEmpty { return other }
    return Staircase(steps + other.steps, reference: reference)
  }

  /// Whether everything the other dominates is dominated here too.
  func covers(_ other: Staircase) -> Bool {
    other.steps.allSatisfy { point in steps.contains { zip($0, point).allSatisfy { $0 <= $1 } } }
  }

  /// The volume dominated here and not by the other.
  func volume(beyond other: Staircase) -> Double {
    if isEmpty { return 0 }
    if other.isEmpty { return volume }
    switch reference.count {
    case 1: return max(0, other.xs[0] - xs[0])
    case 2: return area(beyond: other)
    default: return max(0, Hypervolume.of(steps + other.steps, reference: reference) - other.volume)
    }
  }

  /// Between two neighbouring first objectives both heights are constant: the area between them where ours is lower.
  private func area(beyond other: Staircase) -> Double {
    var total = 0.0, own = 0, theirs = 0
    let endX = reference[0], endY = reference[1]
    var x = xs[0], height = endY, otherHeight = endY
    while x < endX {
      while own < xs.count, xs[own] <= x { height = ys[own]; own += 1 }
      while theirs < other.xs.count, other.xs[theirs] <= x { otherHeight = other.ys[theirs]; theirs += 1 }
      var next = endX
      if own < xs.count { next = min(next, xs[own]) }
      if theirs < other.xs.count { next = min(next, other.xs[theirs]) }
      if height < otherHeight { total += (next - x) * (otherHeight - height) }
      x = next
    }
    return total
  }
}
