/// Grows the tile that one lane works on.
struct RegisterTiles {
  /// Words that a lane's register file holds. All three tensors are held against it, though only weights rest there.
  let words: Int
  var divisors = Divisors()

  init(words: Int) { self.words = words }

  /// The dimensions tried last: those that do not move through the favored tensor. With a window two of them take
  /// turns.
  private static func postponed(_ favored: Operand) -> [DimensionSet] {
    switch favored {
    case .input: [.k]
    case .weights: [[.n, .p], [.n, .q]]
    case .output: [[.c, .s], [.c, .r]]
    }
  }

  /// Tiles that cannot grow, met breadth first from a single multiply-add.
  mutating func tiles(of bounds: Extents, favoring operand: Operand) -> [Extents] {
    let variants = Self.postponed(operand)
    var seen: Set<Extents> = [.ones]
    var queue: [(tile: Extents, alive: [DimensionSet])] = [(.ones, variants)]
    var found: [Extents] = []
    var position = 0
    while position < queue.count {
      let (tile, alive) = queue[position]
      position += 1
      _ = alive
      var children: [(dimension: Dimension, tile: Extents)] = []
      for dimension in Dimension.allCases {
        if let grown = divisors.step(tile, dimension, within: bounds) { children.append((dimension, grown)) }
      }
      var canGrow = false
      var reached: [Extents] = []
      for variant in variants {
        var steps = children.filter { !variant.contains($0.dimension) && fits($0.tile) }
        if steps.isEmpty { steps = children.filter { variant.contains($0.dimension) && fits($0.tile) } }
        if !steps.isEmpty { canGrow = true }
        reached += steps.map(\.tile)
      }
      if !canGrow { found.append(tile) }
      for child in reached where seen.insert(child).inserted { queue.append((child, variants)) }
    }
    return found
  }

  private func fits(_ tile: Extents) -> Bool { Operand.words(of: tile) <= words }
}
