/// Grows the tile that one lane works on.
struct RegisterTiles {
  /// Words that a lane's register file holds. All three tensors are held against it, though only weights rest there.
  let words: Int
  private var divisors = Divisors()

  init(words: Int) { self.words = words }

  /// The dimensions tried last: those that do not move through the favored tensor. A window gives two ways.
  private static func postponed(_ favored: Operand) -> [DimensionSet] {
    switch favored {
    case .input: [.k]
    case .weights: [[.n, .p], [.n, .q]]
    case .output: [[.c, .s], [.c, .r]]
    }
  }

  /// Tiles that cannot grow, met breadth first from a single multiply-add.
  ///
  /// A tile lives on for the ways that reached it first; one that its first neighbor did not choose is never
  /// looked at again.
  mutating func tiles(of bounds: Extents, favoring operand: Operand) -> [Extents] {
    var queue: [(tile: Extents, ways: [DimensionSet])] = [(.ones, Self.postponed(operand))]
    var seen: Set<Extents> = []
    var found: [Extents] = []
    var position = 0
    while position < queue.count {
      let (tile, ways) = queue[position]
      position += 1
      let children = Dimension.allCases.compactMap { dimension in
        divisors.step(tile, dimension, within: bounds).map { (dimension: dimension, tile: $0, fits: fits($0)) }
      }
      if !children.contains(where: \.fits) { found.append(tile) }
      // Whether a way has a step that it prefers.
      let prefers = ways.map { way in children.contains { $0.fits && !way.contains($0.dimension) } }
      for child in children where seen.insert(child.tile).inserted && child.fits {
        let chosen = zip(ways, prefers).filter { way, prefers in !prefers || !way.contains(child.dimension) }
        if !chosen.isEmpty { queue.append((child.tile, chosen.map(\.0))) }
      }
    }
    return found
  }

  private func fits(_ tile: Extents) -> Bool { Operand.words(of: tile) <= words }
}
