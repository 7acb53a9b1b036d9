/// Lays the loops of a product over a grid of lanes, or of clusters.
struct Unrolling {
  /// The grid, columns and rows.
  let columns: Int, rows: Int
  private var divisors = Divisors()

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  /// The loops that may be unrolled while one tensor is favored.
  static func allowed(_ operand: Operand) -> [Dimension] {
    switch operand {
    case .input: [.n, .c, .r, .s, .p, .q]
    case .weights: [.c, .k, .r, .s]
    case .output: [.n, .k, .p, .q]
    }
  }

  /// Every way that the search looks at, with the tensor that it favors.
  mutating func candidates(for bounds: Extents) -> [(favored: Operand, lanes: Extents)] {
    let exact = candidates(for: bounds, exactColumns: true)
    return exact.isEmpty ? candidates(for: bounds, exactColumns: false) : exact
  }

  private mutating func candidates(
    for bounds: Extents, exactColumns: Bool
  ) -> [(favored: Operand, lanes: Extents)] {
    var found: [(favored: Operand, lanes: Extents)] = []
    for operand in Operand.allCases {
      let allowed = Self.allowed(operand)
      var seen: Set<Extents> = []
      let along =
        exactColumns
        ? divisors.factorizations(of: columns, within: bounds, over: allowed)
        : nearest(to: columns, within: bounds, allowed)
      for first in along {
        let rest = bounds / first
        var across = divisors.factorizations(of: rows, within: rest, over: allowed)
        if across.isEmpty { across = nearest(to: rows, within: rest, allowed) }
        for second in across where seen.insert(first * second).inserted { found.append((operand, first * second)) }
      }
    }
    return found
  }

  /// What is tried where the allowed loops cannot fill an axis exactly.
  private mutating func nearest(to axis: Int, within bounds: Extents, _ allowed: [Dimension]) -> [Extents] {
    let short = divisors.maximalTiles(of: bounds, over: allowed) { $0.product() <= axis }
    let filled = walk(to: axis, within: bounds, allowed)
    if !filled.isEmpty { return short + filled }
    let least = short.map { $0.product() }.min() ?? 1
    return short
      + divisors.maximalTiles(of: bounds, over: Dimension.allCases) { $0.product() <= axis }.filter {
        $0.product() > least
      }
  }

  /// Combinations of all loops that fill the axis, met on a walk that stays with the allowed ones as far as it can.
  private mutating func walk(to axis: Int, within bounds: Extents, _ allowed: [Dimension]) -> [Extents] {
    let preferred = DimensionSet(allowed.map { DimensionSet($0) })
    var seen: Set<Extents> = []
    var queue: [Extents] = [.ones]
    var found: [Extents] = []
    var position = 0
    while position < queue.count {
      let tile = queue[position]
      position += 1
      if tile.product() == axis { found.append(tile) }
      for dimension in Dimension.allCases {
        guard let grown = divisors.step(tile, dimension, within: bounds), grown.product() <= axis,
          seen.insert(grown).inserted
        else { continue }
        let isExhausted = allowed.allSatisfy { grown[$0] == bounds[$0] }
        if isExhausted || grown.product(preferred) >= grown.product(preferred.others) { queue.append(grown) }
      }
    }
    return found
  }
}
