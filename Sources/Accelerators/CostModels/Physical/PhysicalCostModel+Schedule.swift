internal import CLIPUnits

/// How operations follow one another.
///
/// - An operation begins when the one before it has ended, but for element-wise work that follows a product, and the
///   softmax that follows the scores of several heads: they run on the vector cores piece by piece while the arrays compute
///   the next piece. Two stages that work through `p` pieces take `max(a, b) + min(a, b) / p`.
/// - DRAM is one queue. An operation's weights may come while the operation before it runs and DRAM is free, as far as a
///   quarter of the buffer holds them; the rest comes while it runs itself.
///
/// Each time is a maximum of sums of times, so no part that becomes faster makes the whole slower.
extension PhysicalCostModel {
  /// Prices a list of operations in their order; times are those that an operation adds to the whole. Weights stay in the
  /// buffer where that is allowed, possible and better.
  /// - Throws: `InputError` for a design or an operation that it cannot price.
  public func estimate(_ list: OperationList, on design: AcceleratorDesign) throws -> Estimate {
    guard settings.modelBytes != nil || design.isPricedByGigabyte else {
      // Whoever does not say how large the model is means what its operations read.
      return try serving(bytes: list.parameterBytes(in: nil), startsPerInference: settings.startsPerInference)
        .estimate(list, on: design)
    }
    let chip = try self.chip(for: design)
    var found: Estimate?
    for residency in residencies(of: list, in: chip) {
      let one = try estimate(list, on: chip, residency)
      if found.map({ settings.objective.prefers(one, to: $0) }) ?? true { found = one }
    }
    guard var best = found else { return impossible(list, on: chip) }
    if let preparation = list.preparation {
      // Before the first image: its weights are fetched, and nobody waits. Without DRAM they come from the host, whose pads
      // take as much as DRAM by the gigabyte.
      let plain = try plainChip(for: design)
      let once = try estimate(OperationList(preparation.operations), on: plain, .none)
      let energy = (once.energy - once.waitingEnergy) * preparation.share
      best.preparationEnergy = best.preparationEnergy + energy
      best.energyByComponent?.preparation = energy
    }
    return best
  }

  /// The ways in which weights may be where the work needs them: fetched for each run, or in the buffer where that is allowed
  /// and possible. None where they must be in a buffer that does not hold them.
  func residencies(of list: OperationList, in chip: PhysicalChip) -> [WeightResidency] {
    if let memories = chip.memories, case .sram = memories.store {
      guard settings.keepsWeights else { return [] }
      return WeightResidency(of: max(memories.modelBytes, list.parameterBytes(in: chip.arithmetic)), in: chip).map {
        [$0]
      } ?? []
    }
    guard settings.keepsWeights else { return [.none] }
    // Positions of an image are the same each time; of a text's tokens it is not known which rows they need.
    let holdsAll = chip.memories != nil && !list.operations.contains { $0.tower == .text }
    let kept =
      holdsAll
      ? WeightResidency(of: list.parameterBytes(in: chip.arithmetic), in: chip) : WeightResidency(of: list, in: chip)
    return [.none] + (kept.map { [$0] } ?? [])
  }

  /// A design that the model does not fit.
  private func impossible(_ list: OperationList, on chip: PhysicalChip) -> Estimate {
    Estimate(
      costModel: name, design: chip.design,
      lines: list.operations.map { Estimate.Line(operation: $0, cost: .impossible) }, area: chip.area,
      images: list.images)
  }

  private func estimate(
    _ list: OperationList, on chip: PhysicalChip, _ residency: WeightResidency
  ) throws -> Estimate {
    let design = chip.design
    var costs: [OperationCost] = []
    var total = EnergyBreakdown()
    var cycles = 0.0
    func add(_ operation: Operation, _ time: Double, _ energy: EnergyBreakdown) {
      let runs = Double(operation.count)
      let all = energy + background(seconds: time / design.clock, chip)
      costs.append(OperationCost(cycles: time, energy: all.total))
      total = total + all * runs
      cycles += time * runs
    }

    var channel = MemoryChannel(chip), moved = MemoryPlan.nothing
    var index = 0
    let operations = list.operations
    while index < operations.count {
      let operation = operations[index]
      let repeats = self.repeats(operations, index)
      guard let priced = try price(operation, on: chip, residency) else {
        costs.append(.impossible)
        cycles = .infinity
        index += 1
        continue
      }
      // The work that runs beside a product.
      var followers: [(operation: Operation, priced: Priced, runs: Double)] = []
      if let product = priced.product, repeats == 1 {
        while let next = operations[safe: index + 1 + followers.count], case .vector(let work) = next.work,
          work.follows(product), next.tower == operation.tower, operation.count > 0,
          next.count.isMultiple(of: operation.count), next.count > 0,
          let price = try price(next, on: chip, isFused: true, residency)
        {
          followers.append((next, price, Double(next.count / operation.count)))
        }
      }
      var plan = priced.plan
      var beside = 0.0
      for follower in followers {
        plan.activations += follower.priced.plan.activations * follower.runs
        plan.weights += follower.priced.plan.weights * follower.runs
        beside += follower.priced.cycles * follower.runs
      }
      moved.add(plan, times: Double(operation.count))
      let pieces = priced.product.map { Self.pieces($0, chip.design) } ?? 1
      let together = max(priced.cycles, beside) + min(priced.cycles, beside) / pieces
      let before = channel
      let alone = channel.run(priced.cycles, priced.plan, repeats: repeats)
      if followers.isEmpty {
        add(operation, alone, priced.energy)
      } else {
        channel = before
        let time = channel.run(together, plan, repeats: 1)
        add(operation, min(alone, time), priced.energy)
        let rest = max(0, time - alone)
        for follower in followers {
          let share = beside > 0 ? follower.priced.cycles / beside : 0
          add(follower.operation, rest * share, follower.priced.energy)
        }
      }
      index += 1 + followers.count
    }
    return finish(list, costs, total, cycles: cycles, moved, chip, residency)
  }

  /// Pieces of a product's result that are complete one after another: heads, or strips of rows.
  private static func pieces(_ product: Contraction, _ design: AcceleratorDesign) -> Double {
    product.batches > 1
      ? Double(product.batches) : max(1, (Double(product.rows) / Double(design.depth)).rounded(.up))
  }

  /// How often an operation runs in a row: three times for query, key and value between two other operations.
  private func repeats(_ operations: [Operation], _ index: Int) -> Int {
    guard let before = operations[safe: index - 1], before.tower == operations[index].tower, before.count > 0,
      operations[index].count.isMultiple(of: before.count)
    else { return 1 }
    return max(1, operations[index].count / before.count)
  }

  /// Spreads what the chip and its memories use beside the work, and while they wait, over the operations, by their time.
  /// - Parameter moved: all bytes of a run over the chip's edge
  private func finish(
    _ list: OperationList, _ costs: [OperationCost], _ energy: EnergyBreakdown, cycles: Double, _ moved: MemoryPlan,
    _ chip: PhysicalChip, _ residency: WeightResidency
  ) -> Estimate {
    var costs = costs, energy = energy, waiting = 0.0, spread = 0.0
    let latency = cycles / chip.design.clock, images = Double(list.images)
    let isPossible = cycles > 0 && cycles.isFinite
    let wait = settings.period.map { max(0, $0.value * images - latency) } ?? 0
    if isPossible, wait > 0 {
      let leakage = chip.leakage * wait
      let refresh = chip.memories == nil ? figures.memoryIdle * settings.memoryGigabytes * wait : 0
      waiting = leakage + refresh
      energy.leakage = energy.leakage + Joules(leakage)
      energy.memoryBackground = energy.memoryBackground + Joules(refresh)
    }
    spread = waiting
    if isPossible, let memories = chip.memories {
      let background = memories.rates.background(of: moved, work: latency, wait: wait)
      energy = energy + background.all
      waiting += background.waiting
      spread += background.all.total.value
    }
    if spread > 0 {
      for index in costs.indices {
        costs[index].energy = costs[index].energy + Joules(spread * costs[index].cycles / cycles)
      }
    }
    var estimate = Estimate(
      costModel: name, design: chip.design,
      lines: zip(list.operations, costs).map { Estimate.Line(operation: $0, cost: $1) }, area: chip.area,
      images: list.images, energyByComponent: cycles.isFinite ? energy * (1 / images) : nil,
      waitingEnergy: Joules(waiting / images), keptWeights: residency.bytes)
    if let memories = chip.memories { add(memories, to: &estimate, chip) }
    return estimate
  }

  /// The bill of a design's memories, and the share of a start.
  private func add(_ memories: MemorySystem, to estimate: inout Estimate, _ chip: PhysicalChip) {
    let start = memories.rates.start(kept: estimate.keptWeights, bufferWrite: chip.mapper.bufferWrite)
    let share = Joules(start * 1e-12 * settings.startsPerInference)
    estimate.preparationEnergy = share
    estimate.energyByComponent?.start = share
    var bill = memories.bill(kept: estimate.keptWeights)
    if let energy = estimate.energyByComponent {
      bill.energy = energy.memory + energy.memoryBackground + energy.weightMemory + energy.host + energy.start
    }
    (bill.pads, bill.isPadLimited) = (chip.pads, chip.isPadLimited)
    estimate.memories = bill
  }
}

/// The queue of what goes over the chip's edge, one after another whichever memory it is of: how long it has been free when an
/// operation begins.
private struct MemoryChannel {
  private let chip: PhysicalChip
  /// Cycles that filling the space for weights takes.
  let space: Double
  /// Cycles for which it was free while the operation before ran.
  var free = 0.0

  init(_ chip: PhysicalChip) {
    self.chip = chip
    space = chip.prefetchSpace / (chip.memories?.rates.weightBandwidth ?? chip.memoryBandwidth)
  }

  /// Cycles from the end of the operation before to the end of this one, the mean of `repeats` in a row.
  mutating func run(_ cycles: Double, _ plan: MemoryPlan, repeats: Int) -> Double {
    let (weights, activations) = chip.transfers(of: plan)
    func one() -> (time: Double, free: Double) {
      let ahead = min(weights, min(space, free))
      let rest = weights - ahead + activations
      let time = max(cycles, rest)
      return (time, time - rest)
    }
    let first = one()
    guard repeats > 1 else {
      free = first.free
      return first.time
    }
    // From the second run on, the time that DRAM is free settles within a few runs.
    var sum = first.time
    free = first.free
    for _ in 1..<min(repeats, 8) {
      let next = one()
      sum += next.time
      free = next.free
    }
    return sum / Double(min(repeats, 8))
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
