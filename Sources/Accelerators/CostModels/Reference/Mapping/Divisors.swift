/// The divisors of the loops' lengths, ascending: the only tile lengths that the reference considers.
struct Divisors {
  private var known: [Int: [Int]] = [:]

  /// All divisors of `number`, which is positive.
  mutating func of(_ number: Int) -> [Int] {
    if let found = known[number] { return found }
    var low: [Int] = [], high: [Int] = []
    var candidate = 1
    while candidate * candidate <= number {
      if number % candidate == 0 {
        low.append(candidate)
        if candidate * candidate != number { high.append(number / candidate) }
      }
      candidate += 1
    }
    let all = low + high.reversed()
    known[number] = all
    return all
  }

  /// The tile grown to the next divisor along a dimension; nil where it fills it already.
  mutating func step(_ tile: Extents, _ dimension: Dimension, within bounds: Extents) -> Extents? {
    let length = tile[dimension]
    guard length < bounds[dimension], let next = of(bounds[dimension]).first(where: { $0 > length }) else {
      return nil
    }
    var grown = tile
    grown[dimension] = next
    return grown
  }

  /// Every tile over `dimensions` that fits and cannot grow by one step along any of them, in the order in which a
  /// breadth-first search from the unit tile meets them: ties between candidates go to the first.
  /// - Parameter fits: must stay true when a tile shrinks
  mutating func maximalTiles(
    of bounds: Extents, over dimensions: [Dimension], fits: (Extents) -> Bool
  ) -> [Extents] {
    guard fits(.ones) else { return [] }
    let axes = dimensions.filter { bounds[$0] > 1 }.map { ($0, of(bounds[$0])) }
    var found: [Met] = []
    var place = Met(tile: .ones)
    func isMaximal() -> Bool {
      for (axis, (dimension, divisors)) in axes.enumerated() {
        let next = Int(place.steps[axis]) + 1
        guard next < divisors.count else { continue }
        var grown = place.tile
        grown[dimension] = divisors[next]
        if fits(grown) { return false }
      }
      return true
    }
    func descend(_ axis: Int) {
      guard axis < axes.count else {
        if isMaximal() { found.append(place) }
        return
      }
      let (dimension, divisors) = axes[axis]
      var last = 0
      for (step, divisor) in divisors.enumerated() {
        place.tile[dimension] = divisor
        guard fits(place.tile) else { break }
        last = step
        // Along the last axis only the longest can be maximal.
        guard axis < axes.count - 1 else { continue }
        place.steps[axis] = Int32(step)
        descend(axis + 1)
      }
      if axis == axes.count - 1 {
        place.tile[dimension] = divisors[last]
        place.steps[axis] = Int32(last)
        descend(axis + 1)
      }
      place.tile[dimension] = 1
      place.steps[axis] = 0
    }
    descend(0)
    return found.sorted(by: Met.isEarlier).map(\.tile)
  }

  /// Every combination of divisors over `dimensions` whose product is exactly `target`, in the same order.
  mutating func factorizations(
    of target: Int, within bounds: Extents, over dimensions: [Dimension]
  ) -> [Extents] {
    let axes = dimensions.map { ($0, of(bounds[$0])) }
    var found: [Met] = []
    var place = Met(tile: .ones)
    func descend(_ axis: Int, _ rest: Int) {
      guard axis < axes.count else {
        if rest == 1 { found.append(place) }
        return
      }
      let (dimension, divisors) = axes[axis]
      for (step, divisor) in divisors.enumerated() {
        if divisor > rest { break }
        guard rest % divisor == 0 else { continue }
        place.tile[dimension] = divisor
        place.steps[axis] = Int32(step)
        descend(axis + 1, rest / divisor)
      }
      place.tile[dimension] = 1
      place.steps[axis] = 0
    }
    descend(0, target)
    return found.sorted(by: Met.isEarlier).map(\.tile)
  }

  /// A tile with the steps that lead to it.
  private struct Met {
    var tile: Extents
    var steps = SIMD8<Int32>(repeating: 0)

    /// Breadth first: fewer steps, then steps along earlier axes.
    static func isEarlier(_ a: Met, _ b: Met) -> Bool {
      let (first, second) = (a.steps.wrappedSum(), b.steps.wrappedSum())
      if first != second { return first < second }
      for axis in 0..<8 where a.steps[axis] != b.steps[axis] { return a.steps[axis] > b.steps[axis] }
      return false
    }
  }
}
