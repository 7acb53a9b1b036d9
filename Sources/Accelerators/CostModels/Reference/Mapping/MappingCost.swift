/// What the reference charges for moving data between the levels of one mapping.
///
/// Source: CATransformers' copy of the Sunstone mapper, `get_cost_edp_bypass`. Energies are those of a 32-bit access
/// although a word has 8 bits, writes cost what reads cost, and a multiply-add costs 2.2 pJ whatever the technology:
/// kept as they are, for comparison with published results.
struct MappingCost {
  /// The chip as the mapper sees it: energies in pJ a word, bandwidths in words a cycle.
  struct Levels: Hashable {
    var multiplyAdd: Double
    var register: Double
    var l2: Double
    var buffer: Double
    var memory: Double
    var l2Bandwidth: Double
    var bufferBandwidth: Double
    var memoryBandwidth: Double
  }

  /// Energy in pJ and latency in cycles, so far.
  struct Sum {
    var energy: Double
    var latency: Double
    /// The energy-delay product, which the search minimizes.
    var product: Double { energy * latency }

    /// By energy-delay product, then latency, then energy.
    static func isBetter(_ a: Sum, _ b: Sum) -> Bool {
      if a.product != b.product { return a.product < b.product }
      if a.latency != b.latency { return a.latency < b.latency }
      return a.energy < b.energy
    }
  }

  /// The tensor that the order of the loops above a boundary keeps still, and the dimension along which the input's
  /// window slides.
  struct Kept: Hashable {
    var operand: Operand
    var sliding: Dimension?
  }

  /// The traffic between a level and the one above it.
  private struct Boundary {
    /// What the lower level holds.
    var tile: Extents
    /// The copies of the lower level side by side.
    var spatial: Extents
    /// The loops of the upper level.
    var next: Extents
    var lowerEnergy: SIMD4<Double>
    var upperEnergy: SIMD4<Double>
    /// Nil where the search does not look.
    var bandwidth: Double?
  }

  let levels: Levels
  let bounds: Extents
  private let multiplyAdds: Double
  private let outputWords: Double
  private let orders: [Kept]

  init(_ bounds: Extents, on levels: Levels) {
    self.levels = levels
    self.bounds = bounds
    multiplyAdds = Double(bounds.product())
    outputWords = Double(Operand.output.words(of: bounds))
    // Without a window no direction differs from another.
    let slides = !bounds.isUnit([.r, .s, .p, .q])
    orders =
      slides
      ? [Dimension.r, .s, .p, .q].map { Kept(operand: .input, sliding: $0) }
        + [Dimension.p, .q].map { Kept(operand: .weights, sliding: $0) }
        + [Dimension.r, .s].map { Kept(operand: .output, sliding: $0) }
      : Operand.allCases.map { Kept(operand: $0, sliding: nil) }
  }

  /// Multiply-adds, and what enters and leaves the array of lanes. Terms are added in the reference's order, so that
  /// its ties are ours.
  private func start(lanes: Extents, clusters: Extents) -> Sum {
    var access = multiplyAdds * levels.l2 / Double(lanes.product(Operand.input.free))
    access += multiplyAdds * levels.register
    access += (multiplyAdds + (multiplyAdds - outputWords)) * levels.l2 / Double(lanes.product(Operand.output.free))
    return Sum(
      energy: multiplyAdds * levels.multiplyAdd + access,
      latency: multiplyAdds / Double(lanes.product() * clusters.product()))
  }

  /// The cost up to L2, all loops above the lanes running there.
  func lanes(register: Extents, lanes: Extents) -> Sum {
    var sum = start(lanes: lanes, clusters: .ones)
    crossL2(&sum, register, lanes, next: bounds / (register * lanes), bandwidth: levels.l2Bandwidth)
    return sum
  }

  /// The cost up to the global buffer, all loops above the clusters running there; no bandwidth is regarded.
  func clusters(register: Extents, lanes: Extents, l2: Extents, clusters: Extents) -> Sum {
    var sum = start(lanes: lanes, clusters: clusters)
    crossL2(&sum, register, lanes, next: l2, bandwidth: nil)
    let tile = register * lanes * l2
    crossBuffer(&sum, tile, clusters, next: bounds / (tile * clusters), bandwidth: nil)
    return sum
  }

  /// The cost of a whole mapping.
  func whole(_ mapping: Mapping) -> Sum {
    var sum = start(lanes: mapping.lanes, clusters: mapping.clusters)
    crossL2(&sum, mapping.register, mapping.lanes, next: mapping.l2, bandwidth: levels.l2Bandwidth)
    var tile = mapping.register * mapping.lanes * mapping.l2
    crossBuffer(
      &sum, tile, mapping.clusters, next: mapping.buffer, bandwidth: levels.bufferBandwidth)
    tile = tile * mapping.clusters * mapping.buffer
    cross(
      &sum,
      Boundary(
        tile: tile, spatial: .ones, next: bounds / tile, lowerEnergy: SIMD4(repeating: levels.buffer),
        upperEnergy: SIMD4(repeating: levels.memory), bandwidth: levels.memoryBandwidth))
    return sum
  }

  /// Only weights rest in the lanes' registers; inputs and outputs pass by, yet count against the bandwidth.
  private func crossL2(
    _ sum: inout Sum, _ register: Extents, _ lanes: Extents, next: Extents, bandwidth: Double?
  ) {
    cross(
      &sum,
      Boundary(
        tile: register, spatial: lanes, next: next, lowerEnergy: SIMD4(0, levels.register, 0, 0),
        upperEnergy: SIMD4(0, levels.l2, 0, 0), bandwidth: bandwidth))
  }

  private func crossBuffer(
    _ sum: inout Sum, _ tile: Extents, _ clusters: Extents, next: Extents, bandwidth: Double?
  ) {
    cross(
      &sum,
      Boundary(
        tile: tile, spatial: clusters, next: next, lowerEnergy: SIMD4(repeating: levels.l2),
        upperEnergy: SIMD4(repeating: levels.buffer), bandwidth: bandwidth))
  }

  /// Adds the boundary's traffic, in the order of loops that makes the product so far least.
  private func cross(_ sum: inout Sum, _ boundary: Boundary) {
    let outer = Double((bounds / boundary.tile).product())
    let full =
      SIMD4<Double>(
        Double(Operand.input.words(of: boundary.tile)), Double(Operand.weights.words(of: boundary.tile)),
        Double(Operand.output.words(of: boundary.tile)), 0) * outer
    let copies = SIMD4<Double>(
      Double(boundary.spatial.product(Operand.input.free)), Double(boundary.spatial.product(Operand.weights.free)),
      Double(boundary.spatial.product(Operand.output.free)), 1)
    var best: Sum?
    for kept in orders {
      let lower = traffic(boundary, kept, full: full, outer: outer)
      let upper = (lower / copies).rounded(.towardZero)
      let below = boundary.lowerEnergy, above = boundary.upperEnergy
      var energy = below.x * lower.x
      energy += above.x * upper.x
      energy += below.y * lower.y
      energy += above.y * upper.y
      // The first write of an output needs no read before it.
      energy += below.z * (lower.z - outputWords)
      energy += above.z * (upper.z - outputWords)
      energy += above.z * upper.z
      var candidate = Sum(energy: sum.energy + energy, latency: sum.latency)
      if let bandwidth = boundary.bandwidth {
        let reads = upper.x + upper.y + upper.z - outputWords
        candidate.latency = max(candidate.latency, reads / bandwidth, upper.z / bandwidth)
      }
      if let best, candidate.product >= best.product { continue }
      best = candidate
    }
    if let best { sum = best }
  }

  /// Words of each tensor that enter all copies of the lower level.
  private func traffic(
    _ boundary: Boundary, _ kept: Kept, full: SIMD4<Double>, outer: Double
  ) -> SIMD4<Double> {
    let next = boundary.next
    var reuse = SIMD4<Double>(repeating: 1)
    for operand in Operand.allCases {
      let isStill = kept.operand == operand || (operand != .input && next.isUnit(operand.free.others))
      if isStill { reuse[operand.rawValue] = Double(next.product(operand.free)) }
    }
    var lower = (full / reuse).rounded(.towardZero)
    guard let sliding = kept.sliding else { return lower }
    // A window that slides brings only its new rows or columns, unless neighbors hold them.
    let partner: Dimension =
      switch sliding {
      case .p: .r
      case .r: .p
      case .q: .s
      default: .q
      }
    guard boundary.spatial[sliding] == 1, boundary.spatial[partner] == 1 else {
      lower.x = full.x
      return lower
    }
    var enlarged = boundary.tile
    enlarged[sliding] *= next[sliding]
    let steps = next[sliding] * (kept.operand == .input ? next[.k] : 1)
    lower.x = (Double(Operand.input.words(of: enlarged)) * outer / Double(steps)).rounded(.towardZero)
    return lower
  }
}

/// How a product is cut: the loops of each level; their product is the whole problem.
package struct Mapping: Hashable, Sendable {
  /// Inside one lane.
  package var register = Extents.ones
  /// Over the lanes of a cluster.
  package var lanes = Extents.ones
  /// Over the tiles in L2.
  package var l2 = Extents.ones
  /// Over the clusters.
  package var clusters = Extents.ones
  /// Over the tiles in the global buffer.
  package var buffer = Extents.ones
  /// Over what comes from DRAM.
  package var memory = Extents.ones
}
