/// What a mapping is chosen for.
public enum MappingObjective: String, CaseIterable, Sendable {
  /// Fewest cycles, and among those the least energy. A larger memory or more bandwidth then never makes a design slower.
  case latency
  /// Least energy, and among that the fewest cycles.
  case energy
  /// Least product of on-chip energy and cycles.
  case energyDelay = "edp"

  /// Whether a way to do all of a model is better than another.
  func prefers(_ one: Estimate, to other: Estimate) -> Bool {
    let (time, energy) = (one.latency.value, one.energy.value)
    let (otherTime, otherEnergy) = (other.latency.value, other.energy.value)
    return switch self {
    case .latency: (time, energy) < (otherTime, otherEnergy)
    case .energy: (energy, time) < (otherEnergy, otherTime)
    case .energyDelay: time * energy < otherTime * otherEnergy
    }
  }
}

/// Finds the best nest of a product on a chip, by looking at all that can be best.
///
/// Nothing else need be looked at:
/// - tiles are whole strips (the last of all may be less), since a part of a strip takes the time of a whole one; for an L2
///   that hardly holds the array's own sums there are parts of a strip, halved again and again;
/// - of tiles that make the same number of turns the smallest, since only the number counts;
/// - the longest part of the sum that fits, since no traffic grows with it;
/// - three of six orders, since which loop is innermost decides the traffic, and of the two that remain one keeps fewer
///   weights in the buffer.
package struct PhysicalMapper {
  /// Sizes of a tile that are tried along one side; more are thinned out evenly, independent of the memories.
  static let mostSizes = 96

  let pricing: NestPricing
  let objective: MappingObjective
  /// pJ that every mapping costs, for the product of energy and cycles.
  let fixedEnergy: Double

  package init(_ product: Contraction, on chip: MapperChip, objective: MappingObjective, fixedEnergy: Double = 0) {
    pricing = NestPricing(product, on: chip)
    self.objective = objective
    self.fixedEnergy = fixedEnergy
  }

  /// The best nest and its cost; nil where not even the smallest tile fits.
  package func best() -> (nest: TileNest, cost: NestCost)? {
    var best: (nest: TileNest, cost: NestCost)?
    for candidate in spreads() {
      if objective == .latency, let found = best, candidate.least > found.cost.cycles { break }
      search(candidate.nest, &best)
    }
    return best
  }

  /// Whether one cost is better than another.
  package func isBetter(_ a: NestCost, than b: NestCost) -> Bool {
    switch objective {
    case .latency: (a.cycles, a.energy) < (b.cycles, b.energy)
    case .energy: (a.energy, a.cycles) < (b.energy, b.cycles)
    case .energyDelay: (a.energy + fixedEnergy) * a.cycles < (b.energy + fixedEnergy) * b.cycles
    }
  }

  /// The ways to spread work over clusters and lanes, those of least computing first.
  private func spreads() -> [(least: Double, nest: TileNest)] {
    let product = pricing.product, chip = pricing.chip
    var list: [(least: Double, nest: TileNest)] = []
    for batchParts in divisors(chip.clusters) {
      for rowParts in divisors(chip.clusters / batchParts) {
        let outputParts = chip.clusters / batchParts / rowParts
        for rowsAlongDepth in [true, false] {
          let rowLanes = rowsAlongDepth ? chip.depth : chip.width
          let outputLanes = rowsAlongDepth ? chip.width : chip.depth
          let rowStrips = parts(parts(product.rows, rowParts), rowLanes)
          let outputStrips = parts(parts(product.outputs, outputParts), outputLanes)
          let least =
            Double(parts(product.batches, batchParts)) * Double(rowStrips) * Double(outputStrips)
            * Double(product.reduced + chip.depth) + Double(chip.width + chip.depth - 2)
          list.append(
            (
              least,
              TileNest(
                batchParts: batchParts, rowParts: rowParts, outputParts: outputParts, rowsAlongDepth: rowsAlongDepth,
                tileRows: 1, tileOutputs: 1, tileReduced: 1, order: [], blockRows: 1, blockOutputs: 1)
            ))
        }
      }
    }
    // A stable order keeps results the same whatever the sort does.
    return list.enumerated().sorted { ($0.element.least, $0.offset) < ($1.element.least, $1.offset) }.map(\.element)
  }

  private func search(_ spread: TileNest, _ best: inout (nest: TileNest, cost: NestCost)?) {
    let product = pricing.product, chip = pricing.chip
    let rows = parts(product.rows, spread.rowParts), outputs = parts(product.outputs, spread.outputParts)
    let rowLanes = spread.rowsAlongDepth ? chip.depth : chip.width
    let outputLanes = spread.rowsAlongDepth ? chip.width : chip.depth
    let rowSizes = chip.hasL2 ? tileSizes(rows, lanes: rowLanes) : [rows]
    var outputSizes = chip.hasL2 ? tileSizes(outputs, lanes: outputLanes) : [outputs]
    // Where the weights of a strip of outputs do not fit the buffer, as many outputs as do.
    let weights = Double(product.reduced) * Double(spread.outputParts)
    if product.hasWeights, weights * Double(min(outputs, outputLanes)) > chip.weightSpace, weights <= chip.weightSpace {
      outputSizes.append(parts(outputs, parts(outputs, Int(chip.weightSpace / weights))))
    }
    let batches = Double(parts(product.batches, spread.batchParts))
    var nest = spread
    for tileRows in rowSizes {
      nest.tileRows = tileRows
      for tileOutputs in outputSizes {
        nest.tileOutputs = tileOutputs
        // Computing alone may take too long already, with strips padded in every tile.
        let least =
          batches * strips(rows, tileRows, rowLanes) * strips(outputs, tileOutputs, outputLanes)
          * Double(product.reduced + chip.depth) + Double(chip.width + chip.depth - 2)
        if objective == .latency, let found = best, least > found.cost.cycles { continue }
        let rowStrips = parts(tileRows, rowLanes), outputStrips = parts(tileOutputs, outputLanes)
        for block in Self.blocks {
          // A block longer than the tile is no better than one half as long and twice as wide.
          if block.0 >= 2 * rowStrips || (block.1 >= 2 * outputStrips && block.0 < rowStrips) { continue }
          (nest.blockRows, nest.blockOutputs) = block
          for order in 0..<3 { tryLongestSum(&nest, order, &best) }
        }
      }
    }
  }

  /// Prices the nest with the whole sum in one tile, or else with the longest parts that fit.
  private func tryLongestSum(
    _ nest: inout TileNest, _ order: Int,
    _ best: inout (nest: TileNest, cost: NestCost)?
  ) {
    let chip = pricing.chip, reduced = pricing.product.reduced
    let ranks = Self.ranks(order)
    nest.tileReduced = reduced
    var cost = pricing.cost(of: nest, order: ranks)
    if cost == nil {
      // With the sum outside, the weights that are read again are a part of the sum by all outputs.
      var limits = [Double(reduced)]
      if pricing.product.hasWeights, ranks.0 == 2 {
        let columns = Double(parts(pricing.product.outputs, nest.outputParts)) * Double(nest.outputParts)
        limits.append(max(1, (chip.weightSpace / columns).rounded(.down)))
      }
      let sides = Double(nest.tileRows) + Double(nest.tileOutputs)
      let sums = Double(nest.tileRows) * Double(nest.tileOutputs)
      // Sums of 32 bits in L2, or finished ones only where the registers hold them; both are tried.
      for limit in limits {
        for bytes in [1.0, 4.0] where cost == nil {
          let space = ((chip.l2 - sums * bytes) / (2 * sides)).rounded(.down)
          guard space >= 1 else { continue }
          let turns = parts(reduced, Int(min(space, min(limit, Double(reduced)))))
          guard turns > 1 else { continue }
          nest.tileReduced = parts(reduced, turns)
          cost = pricing.cost(of: nest, order: ranks)
        }
      }
    }
    guard let cost else { return }
    if let found = best, !isBetter(cost, than: found.cost) { return }
    var chosen = nest
    chosen.order = Self.loops[order]
    best = (chosen, cost)
  }

  /// For each number of turns the smallest whole number of strips, in rows or outputs, and the smallest size of all, which
  /// may pad more strips.
  private func tileSizes(_ size: Int, lanes: Int) -> [Int] {
    let strips = parts(size, lanes)
    var sizes: [Int] = []
    var length = strips
    while true {
      // No more than the whole: strips times lanes may pass it by less than a strip.
      let whole = min(size, length * lanes)
      let turns = parts(strips, length)
      let even = parts(size, turns)
      let evenStrips = (turns - 1) * parts(even, lanes) + parts(size - (turns - 1) * even, lanes)
      if even == whole || evenStrips > strips || size <= (turns - 1) * even { sizes.append(whole) }
      if even < whole && (turns - 1) * even < size { sizes.append(even) }
      guard length > 1 else { break }
      // The longest tile that makes one turn more, shortened to what those turns need.
      let next = min(length - 1, parts(strips, turns + 1))
      length = parts(strips, parts(strips, next))
    }
    sizes += halves(min(size, lanes))
    guard sizes.count > Self.mostSizes else { return sizes }
    let step = Double(sizes.count - 1) / Double(Self.mostSizes - 1)
    return (0..<Self.mostSizes).map { sizes[Int((Double($0) * step).rounded())] }
  }

  private func strips(_ size: Int, _ tile: Int, _ lanes: Int) -> Double {
    let turns = parts(size, tile)
    return Double(turns - 1) * Double(parts(tile, lanes)) + Double(parts(size - (turns - 1) * tile, lanes))
  }

  private func halves(_ size: Int) -> [Int] {
    var sizes: [Int] = []
    var part = size
    while part > 1 {
      part = (part + 1) / 2
      sizes.append(part)
    }
    return sizes
  }

  private static let blocks = [(1, 8), (2, 4), (4, 2), (8, 1)]

  /// The loops of an order, outermost first, as ``TileNest/Loop`` ranks them; no shared array, which threads would fight over.
  private static func ranks(_ order: Int) -> (Int, Int, Int) {
    order == 0 ? (1, 0, 2) : order == 1 ? (2, 0, 1) : (1, 2, 0)
  }

  private static let loops: [[TileNest.Loop]] = [
    [.outputs, .rows, .reduced], [.reduced, .rows, .outputs], [.outputs, .reduced, .rows],
  ]

  private func parts(_ size: Int, _ part: Int) -> Int { (size + part - 1) / part }
  private func divisors(_ number: Int) -> [Int] { (1...max(1, number)).filter { number % $0 == 0 } }
}
