/// What a set of cost vectors dominates below a reference: the vectors that no other of them beats, in order.
///
/// One objective is a number and two a staircase, with volumes in one pass; more go through ``Hypervolume``.
package struct Staircase {
  /// Nondominated and below the reference, sorted by the first objective.
  private(set) var steps: [[Double]]
  let reference: [Double]
  let volume: Double

  package init(_ points: [[Double]], reference: [Double]) {
    self.reference = reference
    let inside = points.filter { zip($0, reference).allSatisfy { $0 < $1 } }
    let front =
      inside.count > 1 ? ParetoFront.indices(inside).map { inside[$0] }.sorted { $0[0] < $1[0] } : inside
    steps = front
    volume = Hypervolume.of(front, reference: reference)
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
    case 1: return max(0, other.steps[0][0] - steps[0][0])
    case 2: return area(beyond: other)
    default: return max(0, Hypervolume.of(steps + other.steps, reference: reference) - other.volume)
    }
  }

  /// Between two neighbouring first objectives both heights are constant: the area between them where ours is lower.
  private func area(beyond other: Staircase) -> Double {
    var total = 0.0, own = 0, theirs = 0
    var x = steps[0][0], height = reference[1], otherHeight = reference[1]
    while x < reference[0] {
      while own < steps.count, steps[own][0] <= x { height = steps[own][1]; own += 1 }
      while theirs < other.steps.count, other.steps[theirs][0] <= x {
        otherHeight = other.steps[theirs][1]
        theirs += 1
      }
      var next = reference[0]
      if own < steps.count { next = min(next, steps[own][0]) }
      if theirs < other.steps.count { next = min(next, other.steps[theirs][0]) }
      if height < otherHeight { total += (next - x) * (otherHeight - height) }
      x = next
    }
    return total
  }
}
