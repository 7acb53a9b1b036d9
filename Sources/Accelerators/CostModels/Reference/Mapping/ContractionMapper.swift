internal import CLIPFiles

/// Finds the mapping that the reference would find: a staged search over exact divisors for the least energy-delay
/// product.
///
/// Source: CATransformers' copy of Sunstone (Olyaiy et al., ISPASS 2023), `tls_sptl_tmprl_alpha_beta` and
/// `tls_tmprl_alpha_beta_mlt_thrd`. The stages' shortcuts, by which large L2 memories can lose to small ones, are kept.
package struct ContractionMapper {
  /// The chip as the mapper sees it.
  struct Chip: Hashable {
    var levels: MappingCost.Levels
    var width: Int, depth: Int
    var meshColumns: Int, meshRows: Int
    var registerWords: Int
    var l2Words: Int
    var bufferWords: Int
    var clusters: Int { meshColumns * meshRows }
  }

  package struct Result {
    package var mapping: Mapping
    package var cycles: Double
    /// In pJ.
    package var energy: Double
  }

  /// A mapping up to the clusters.
  private struct Partial {
    var register: Extents, lanes: Extents, l2: Extents, clusters: Extents
    var product: Double
  }

  /// The reference deals its candidates to so many workers, each of which stops by itself.
  private static let workers = 8
  /// Beyond so many candidates, about 160 MB, a search is given up; models and designs of the trade have thousands.
  private static let mostPartials = 1_000_000

  let chip: Chip
  let bounds: Extents
  private let cost: MappingCost
  private var divisors = Divisors()

  init(_ bounds: Extents, on chip: Chip) {
    self.bounds = bounds
    self.chip = chip
    cost = MappingCost(bounds, on: chip.levels)
  }

  /// The best mapping; nil where none fits.
  /// - Throws: `InputError` where there are more candidates than anybody would wait for.
  mutating func best() throws -> Result? { bestInBuffer(try partials(lanes())) }

  /// Stage A: the lanes and their registers.
  private mutating func lanes() -> [(sum: MappingCost.Sum, register: Extents, lanes: Extents)] {
    var unrolling = Unrolling(columns: chip.width, rows: chip.depth)
    var growth = RegisterTiles(words: chip.registerWords)
    var found: [(sum: MappingCost.Sum, register: Extents, lanes: Extents)] = []
    for (favored, lanes) in unrolling.candidates(for: bounds) {
      for register in growth.tiles(of: bounds / lanes, favoring: favored) {
        found.append((cost.lanes(register: register, lanes: lanes), register, lanes))
      }
    }
    // Among equals the first goes first.
    let order = found.indices.sorted { a, b in
      if MappingCost.Sum.isBetter(found[a].sum, found[b].sum) { return true }
      return !MappingCost.Sum.isBetter(found[b].sum, found[a].sum) && a < b
    }
    return order.map { found[$0] }
  }

  /// Stage B: L2 and the clusters.
  private mutating func partials(
    _ lanes: [(sum: MappingCost.Sum, register: Extents, lanes: Extents)]
  ) throws -> [Partial] {
    var mesh = Unrolling(columns: chip.meshColumns, rows: chip.meshRows)
    var found: [Partial] = []
    var best = Double.infinity
    for (sum, register, lanes) in lanes {
      if sum.product / Double(chip.clusters) > best { break }
      let below = register * lanes
      let rest = bounds / below
      for (_, clusters) in mesh.candidates(for: rest) {
        let tiles = divisors.maximalTiles(of: rest / clusters, over: Dimension.allCases) { tile in
          Operand.allCases.allSatisfy { $0.words(of: below * tile) <= chip.l2Words }
        }
        // The unit tile is dealt twice where it is maximal as well.
        guard found.count + tiles.count < Self.mostPartials else {
          throw InputError(
            "a product on \(chip.clusters) x \(chip.width)x\(chip.depth) lanes can be mapped in too many ways",
            advice: "take sizes with fewer divisors, or smaller designs")
        }
        for tile in tiles.isEmpty ? [] : [.ones] + tiles {
          let product = cost.clusters(register: register, lanes: lanes, l2: tile, clusters: clusters).product
          best = min(best, product)
          found.append(Partial(register: register, lanes: lanes, l2: tile, clusters: clusters, product: product))
        }
      }
    }
    return found
  }

  /// Stage C: the global buffer.
  private mutating func bestInBuffer(_ partials: [Partial]) -> Result? {
    let order = partials.indices.sorted {
      (partials[$0].product, $0) < (partials[$1].product, $1)
    }
    let words = Double(Operand.words(of: bounds))
    let perCycle = (chip.levels.buffer + chip.levels.memory) * words * Double(bounds.product())
    var best: Result?
    for worker in 0..<Self.workers {
      var own: Result?
      for place in stride(from: worker, to: order.count, by: Self.workers) {
        let partial = partials[order[place]]
        let least = partial.product + perCycle / Double(partial.lanes.product() * partial.clusters.product())
        if let own, least > own.cycles * own.energy { break }
        let below = partial.register * partial.lanes * partial.l2 * partial.clusters
        let tiles = divisors.maximalTiles(of: bounds / below, over: Dimension.allCases) { tile in
          Operand.words(of: below * tile) <= chip.bufferWords
        }
        for tile in tiles.isEmpty ? [] : [.ones] + tiles {
          let mapping = Mapping(
            register: partial.register, lanes: partial.lanes, l2: partial.l2, clusters: partial.clusters,
            buffer: tile, memory: bounds / (below * tile))
          let sum = cost.whole(mapping)
          if let own, sum.product >= own.cycles * own.energy { continue }
          own = Result(mapping: mapping, cycles: sum.latency, energy: sum.energy)
        }
      }
      if let own, best.map({ own.cycles * own.energy < $0.cycles * $0.energy }) ?? true { best = own }
    }
    return best
  }
}
