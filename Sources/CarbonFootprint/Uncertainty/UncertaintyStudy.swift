internal import CLIPFiles
internal import CLIPUnits

/// Propagates what is not known to the carbon of designs, by Monte Carlo with common random numbers.
///
/// Every draw takes one factor for each input (``UncertainInput``) and applies it to all designs; only the inputs that
/// end in "-own" are drawn for each; designs of one name and area are one chip, whose area errs once, whatever runs on it.
/// Latencies are taken as stated. The yield is that of the stated area, shifted.
/// Memory used grows with draws, not with designs.
public struct UncertaintyStudy: Sendable {
  /// The designs, as given.
  public let designs: [LifetimeCarbon]
  /// How many draws.
  public let draws: Int
  /// What the draws depend on besides the ranges.
  public let seed: UInt64

  /// Numbers of draws that are accepted.
  public static let drawRange = 20...1_000_000
  /// Designs times draws at most: more would take minutes.
  public static let mostTotals = 2_000_000_000

  private let random: CarbonDraws
  /// For each design the first of its chip.
  private let chips: [Int]

  /// A study of designs.
  /// - Parameters:
  ///   - designs: at least one; of one scenario, or of scenarios whose inputs err alike
  ///   - ranges: nil takes those of the first design's scenario
  /// - Throws: `InputError` for no designs and too many or too few draws.
  public init(
    _ designs: [LifetimeCarbon], ranges: UncertaintyRanges? = nil, draws: Int = 10_000, seed: UInt64 = 0
  ) throws {
    guard let first = designs.first else { throw InputError("uncertainty: expected one design or more, found none") }
    guard Self.drawRange.contains(draws) else {
      throw InputError("draws: expected 20 to 1000000, found \(draws)")
    }
    guard designs.count <= Self.mostTotals / draws else {
      throw InputError(
        "draws: \(draws) for each of \(designs.count) designs would take minutes",
        advice: "take at most \(Self.mostTotals / designs.count)")
    }
    self.designs = designs
    self.draws = draws
    self.seed = seed
    var firsts: [Chip: Int] = [:]
    chips = designs.indices.map { index in
      let chip = Chip(name: designs[index].design.name, area: designs[index].design.area.value)
      if let first = firsts[chip] { return first }
      firsts[chip] = index
      return index
    }
    var ranges = ranges ?? first.scenario.uncertainty
    // A bill of materials knows best how well it is known.
    var devicePower: Spread?
    if ranges[.device].width == 0, !ranges.isCertain, first.boundary == .device,
      let device = first.scenario.manufacture.device
    {
      try ranges.set(.device, Spread(.logNormal, device.spread))
      devicePower = try Spread(.logNormal, device.powerSpread)
    } else if ranges[.device].width > 0 {
      devicePower = ranges[.device]
    }
    random = CarbonDraws(ranges, devicePower: devicePower, count: draws, seed: seed)
  }

  /// A design's total in every draw, in kgCO2e.
  /// - Parameter design: its place among ``designs``
  public func totals(of design: Int) -> [Double] {
    var workspace = Workspace(random)
    fill(&workspace, design: design)
    return workspace.totals
  }

  /// The share of draws in which one design emits less than another; draws with equal totals count half.
  /// - Parameters:
  ///   - first: its place among ``designs``
  ///   - second: its place among ``designs``
  public func probability(that first: Int, isGreenerThan second: Int) -> Double {
    let wins = zip(totals(of: first), totals(of: second)).reduce(0.0) {
      $0 + ($1.0 < $1.1 ? 1 : $1.0 == $1.1 ? 0.5 : 0)
    }
    return wins / Double(draws)
  }

  /// What is known of each design, in the order of ``designs``.
  public func bands() -> [CarbonBand] {
    // From the fastest on, a design is on the front where it emits less than every faster one.
    let order = designs.indices.sorted {
      let a = designs[$0].design.latency.value, b = designs[$1].design.latency.value
      return a == b ? $0 < $1 : a < b
    }
    var front = [Int](repeating: 0, count: designs.count)
    var statistics = [Statistics?](repeating: nil, count: designs.count)
    var least = [Double](repeating: .infinity, count: draws), greenest = [Int](repeating: -1, count: draws)
    var workspace = Workspace(random), start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, designs[order[end]].design.latency == designs[order[start]].design.latency { end += 1 }
      // Designs of one latency compete with each other first, then with the faster ones.
      var leastOfGroup = [Double](repeating: .infinity, count: end - start > 1 ? draws : 0)
      if end - start > 1 {
        for place in start..<end {
          fill(&workspace, design: order[place])
          for draw in 0..<draws { leastOfGroup[draw] = min(leastOfGroup[draw], workspace.totals[draw]) }
        }
      }
      let bound = least
      for place in start..<end {
        let design = order[place]
        fill(&workspace, design: design)
        var count = 0
        for draw in 0..<draws {
          let total = workspace.totals[draw]
          if total < bound[draw], leastOfGroup.isEmpty || total == leastOfGroup[draw] { count += 1 }
          if total < least[draw] { least[draw] = total; greenest[draw] = design }
        }
        front[design] = count
        statistics[design] = Statistics(&workspace.totals)
      }
      start = end
    }
    var wins = [Int](repeating: 0, count: designs.count)
    for design in greenest where design >= 0 { wins[design] += 1 }
    return designs.indices.compactMap { index in
      statistics[index].map { found in
        CarbonBand(
          design: designs[index].design.name, stated: designs[index].total, low: KilogramsCO2e(found.low),
          median: KilogramsCO2e(found.median), high: KilogramsCO2e(found.high), mean: KilogramsCO2e(found.mean),
          shareOnFront: Double(front[index]) / Double(draws), shareGreenest: Double(wins[index]) / Double(draws))
      }
    }
  }

  private struct Chip: Hashable {
    let name: String
    let area: Double
  }

  /// Room for one design's draws.
  private struct Workspace {
    var totals: [Double]
    var energy: [Double]
    var area: [Double]

    init(_ random: CarbonDraws) {
      totals = [Double](repeating: 0, count: random.count)
      energy = [Double](repeating: 1, count: random.paddedCount)
      area = energy
    }
  }

  private func fill(_ workspace: inout Workspace, design index: Int) {
    let carbon = designs[index], embodied = carbon.embodied, share = carbon.embodiedShare
    random.own(design: index, chip: chips[index], energy: &workspace.energy, area: &workspace.area)
    let yield = embodied.dieYield
    let fabEnergy = embodied.fabEnergy.value * share, gases = embodied.gases.value * share
    let materials = embodied.materials.value * share, memory = embodied.memory.value * share
    let packaging = carbon.boundary == .die ? 0 : embodied.packaging.value * share
    let isDevice = carbon.boundary == .device, device = isDevice ? embodied.device.value * share : 0
    // Of the memories that a design names: what of making them was read, and what of the energy is theirs.
    let read = embodied.memories.map { $0.verifiedCarbon.value * share } ?? memory, unread = memory - read
    let ofMemories = carbon.design.memories.map { min(1, max(0, $0.energy / carbon.design.energy)) } ?? 0
    let memoryEnergy = random.memoryEnergy(isVerified: carbon.design.memories?.isEnergyVerified ?? true)
    let use = carbon.chipOperational.value, rest = isDevice ? carbon.deviceOperational?.value ?? 0 : 0
    let model = carbon.modelShare.value
    for draw in 0..<draws {
      let wafer =
        fabEnergy * random.fabEnergy[draw] + gases * random.gases[draw] + materials * random.materials[draw]
      let drawnYield = min(1, max(Manufacture.leastYield, yield + random.yieldShift[draw]))
      let chip = wafer * workspace.area[draw] * (yield / drawnYield)
      var beside = read * random.memory[draw] + packaging * random.packaging[draw]
      if unread > 0 { beside += unread * random.unverifiedMemory[draw] }
      if isDevice { beside += device * random.device[draw] + rest * random.deviceUse[draw] }
      beside += model
      let energy = ofMemories > 0 ? 1 - ofMemories + ofMemories * memoryEnergy[draw] : 1
      workspace.totals[draw] = chip + beside + use * random.use[draw] * workspace.energy[draw] * energy
    }
  }
}
