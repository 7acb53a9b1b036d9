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

  /// The smallest divisor of `number` above `divisor`, or nil at the end.
  mutating func next(after divisor: Int, of number: Int) -> Int? {
    divisor == number ? nil : of(number).first { $0 > divisor }
  }

  /// The tile grown by one step along a dimension.
  mutating func step(_ tile: Extents, _ dimension: Dimension, within bounds: Extents) -> Extents? {
    guard let next = next(after: tile[dimension], of: bounds[dimension]) else { return nil }
    var grown = tile
    grown[dimension] = next
    return grown
  }

  /// Every tile over `dimensions` that fits and cannot grow by one step along any of them. A tile that fits must
  /// still fit when it shrinks.
  mutating func maximalTiles(
    of bounds: Extents, over dimensions: [Dimension], fits: (Extents) -> Bool
  ) -> [Extents] {
    let choices = dimensions.filter { bounds[$0] > 1 }.map { ($0, of(bounds[$0])) }
    guard fits(.ones) else { return [] }
    var found: [Extents] = []
    var tile = Extents.ones
    func descend(_ depth: Int) {
      guard depth < choices.count else {
        for (dimension, divisors) in choices {
          guard let next = divisors.first(where: { $0 > tile[dimension] }) else { continue }
          var grown = tile
          grown[dimension] = next
          if fits(grown) { return }
        }
        found.append(tile)
        return
      }
      let (dimension, divisors) = choices[depth]
      if depth == choices.count - 1 {
        // Along the last dimension only the longest can be maximal.
        for divisor in divisors.reversed() {
          tile[dimension] = divisor
          if fits(tile) {
            descend(depth + 1)
            break
          }
        }
      } else {
        for divisor in divisors {
          tile[dimension] = divisor
          guard fits(tile) else { break }
          descend(depth + 1)
        }
      }
      tile[dimension] = 1
    }
    descend(0)
    return found
  }

  /// Every combination of divisors over `dimensions` whose product is exactly `target`.
  mutating func factorizations(
    of target: Int, within bounds: Extents, over dimensions: [Dimension]
  ) -> [Extents] {
    let choices = dimensions.map { ($0, of(bounds[$0])) }
    var found: [Extents] = []
    var tile = Extents.ones
    func descend(_ depth: Int, _ rest: Int) {
      guard depth < choices.count else {
        if rest == 1 { found.append(tile) }
        return
      }
      let (dimension, divisors) = choices[depth]
      for divisor in divisors where rest % divisor == 0 {
        tile[dimension] = divisor
        descend(depth + 1, rest / divisor)
      }
      tile[dimension] = 1
    }
    descend(0, target)
    return found
  }
}
