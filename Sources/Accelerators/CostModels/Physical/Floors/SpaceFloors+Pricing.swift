internal import CLIPUnits

extension SpaceFloors {
  /// A chip of the best parts of a box.
  private struct Chip {
    let l2: PhysicalMemory?
    let buffer: PhysicalMemory
    /// pJ a byte, wires to the clusters included.
    let bufferRead: Double, bufferWrite: Double
    let l2SharesPort: Bool, bufferSharesPort: Bool
    /// Bytes in a cycle from DRAM, where it is priced by the gigabyte; cycles that filling the space for weights takes.
    let memoryBandwidth: Double, ahead: Double
    let rates: MemoryRates?
    /// W.
    let leakage: Double

    func l2Cycles(reads: Double, writes: Double) -> Double {
      guard let l2 else { return 0 }
      return (l2SharesPort ? reads + writes : max(reads, writes)) / l2.bandwidth
    }

    func bufferCycles(reads: Double, writes: Double) -> Double {
      (bufferSharesPort ? reads + writes : max(reads, writes)) / buffer.bandwidth
    }

    func takes(_ plan: MemoryPlan) -> Bool { plan.activations == 0 || (rates?.hasDRAM ?? true) }

    func transfers(of plan: MemoryPlan) -> (weights: Double, activations: Double) {
      rates?.cycles(of: plan) ?? (plan.weights / memoryBandwidth, (plan.activations + plan.image) / memoryBandwidth)
    }
  }

  /// The bound of a box's designs, or of its design.
  package func floor(of box: Box, _ scratch: Scratch) -> DesignFloor {
    let outer = outers[box.outer], array = arrays[outer.numbers][box.shape]
    let l2Node = axes.l2.nodes[box.l2], bufferNode = axes.buffer.nodes[box.buffer]
    var floor = DesignFloor(
      area: 0, latency: .infinity, energy: .infinity, work: .infinity, standing: .infinity, images: list.images,
      peakTOPS: Double(array.clusters * array.width * array.depth) * 2 * outer.design.clock / 1e12, outer: box.outer)
    guard let buffer = outer.buffers[box.buffer].best else { return floor }
    let l2 = outer.l2s[box.l2].best, clusters = Double(array.clusters)

    let logic =
      Double(array.clusters * array.width * array.depth) * outer.laneArea
      + Double(array.clusters * array.width) * outer.vectorArea + clusters * outer.clusterArea
    let blocks = logic + clusters * (l2?.area ?? 0) + buffer.area
    let plain = blocks * (1 + outer.figures.interconnectShare) * outer.figures.areaOverhead / 1e6
    let edge = outer.edges[bufferNode.memoryBytesPerCycle]
    floor.area =
      edge.map { model.technology.memoryFigures.pads.die(inside: plain + $0.area, signals: $0.signals).area } ?? plain
    let wire = outer.figures.wireEnergy * (plain.squareRoot() / 2)
    let bandwidth = Double(bufferNode.memoryBytesPerCycle)
    let chip = Chip(
      l2: l2, buffer: buffer, bufferRead: buffer.readEnergy + wire, bufferWrite: buffer.writeEnergy + wire,
      l2SharesPort: l2Node.ports == 1, bufferSharesPort: bufferNode.ports == 1, memoryBandwidth: bandwidth,
      ahead: Double(axes.buffer.sizes[bufferNode.size]) * 256 / (edge?.rates.weightBandwidth ?? bandwidth),
      rates: edge?.rates,
      leakage: logic / 1e6 * outer.figures.logicLeakage + clusters * (l2?.leakage ?? 0) + buffer.leakage)

    let traffic =
      l2 == nil
      ? nil
      : traffic(
        outer.numbers, clusters: array.clusters, l2: l2Node.size, buffer: bufferNode.size, scratch)
    let idle = fillStages(chip, array, outer, traffic, scratch)
    let onChip = onChipEnergy(chip, array, outer, traffic) + idle
    for transfer in transfers[outer.way][bufferNode.size] where chip.takes(transfer.moved) {
      add(transfer, chip, outer, onChip, scratch.stages, to: &floor)
    }
    return floor
  }

  /// Cycles of each stage's run on the chip.
  /// - Returns: pJ of lanes that wait meanwhile
  private func fillStages(
    _ chip: Chip, _ array: ArrayFloor, _ outer: OuterFloor, _ traffic: Traffic?, _ scratch: Scratch
  ) -> Double {
    let work = works[outer.numbers], clusters = Double(array.clusters), depth = Double(array.depth)
    let lanes = Double(array.clusters * array.width * array.depth)
    var idle = 0.0
    scratch.stages.removeAll(keepingCapacity: true)
    for index in work.stages.indices {
      let stage = work.stages[index]
      var beside = 0.0
      for place in stage.besides {
        let vector = work.besides[place].vector
        let bytes = chip.l2 == nil ? work.vectorDirect[vector] : work.vectorBytes[vector]
        let cycles = max(
          array.laneCycles[vector], chip.l2Cycles(reads: bytes.l2Reads, writes: bytes.l2Writes) / clusters,
          chip.bufferCycles(reads: bytes.bufferReads, writes: bytes.bufferWrites))
        beside += cycles * work.besides[place].runs
      }
      guard let place = stage.product else {
        scratch.stages.append(beside)
        continue
      }
      let product = work.products[place].contraction, writes = work.bufferWrites[place]
      var cycles = array.computeCycles[place]
      if let traffic {
        let moved = traffic.products[place]
        cycles = max(
          cycles, chip.l2Cycles(reads: array.l2Reads[place], writes: moved.l2Writes) / clusters,
          chip.bufferCycles(reads: moved.bufferReads, writes: writes))
      } else {
        // What enters the arrays comes from the buffer.
        cycles = max(cycles, chip.bufferCycles(reads: entering(place, array, work), writes: writes))
      }
      if outer.idle[index] > 0 {
        idle += outer.idle[index] * max(0, cycles * lanes / product.multiplyAdds - 1) * stage.runs
      }
      let pieces =
        product.batches > 1 ? Double(product.batches) : max(1, (Double(product.rows) / depth).rounded(.up))
      scratch.stages.append(max(cycles, beside) + min(cycles, beside) / pieces)
    }
    return idle
  }

  /// Bytes that enter the arrays for a product.
  private func entering(_ product: Int, _ array: ArrayFloor, _ work: WorkFloor) -> Double {
    let contraction = work.products[product].contraction
    return array.l2Reads[product] - contraction.results * contraction.bytes.result
  }

  /// pJ of a run: arithmetic, registers, vector cores, L2 and the buffer.
  private func onChipEnergy(_ chip: Chip, _ array: ArrayFloor, _ outer: OuterFloor, _ traffic: Traffic?) -> Double {
    let work = works[outer.numbers]
    var all = chip.l2 == nil ? work.direct : work.bytes
    all.bufferWrites += work.productWrites
    if let traffic {
      all.l2Reads += array.reads
      all.l2Writes += traffic.l2Writes
      all.bufferReads += traffic.bufferReads
    } else {
      for (place, runs) in work.productRuns.enumerated() { all.bufferReads += entering(place, array, work) * runs }
    }
    return outer.arithmetic + array.steps * outer.stepEnergy + array.pricedSteps * outer.pricedStepEnergy
      + all.l2Reads * (chip.l2?.readEnergy ?? 0) + all.l2Writes * (chip.l2?.writeEnergy ?? 0)
      + all.bufferReads * chip.bufferRead + all.bufferWrites * chip.bufferWrite
  }

  /// Lets a bound hold for one more way to have the weights.
  private func add(
    _ transfer: TransferFloor, _ chip: Chip, _ outer: OuterFloor, _ onChip: Double, _ stages: [Double],
    to floor: inout DesignFloor
  ) {
    let work = works[outer.numbers]
    var cycles = 0.0
    for index in stages.indices {
      let (weights, rest) = chip.transfers(of: transfer.plans[index])
      cycles += max(stages[index], rest + max(0, weights - chip.ahead)) * work.stages[index].runs
    }
    let moved = chip.transfers(of: transfer.moved)
    let latency = max(cycles, moved.weights + moved.activations) / outer.design.clock
    let images = Double(list.images), period = (model.settings.period?.value ?? 0) * images
    let energy =
      ((onChip - transfer.spared * chip.bufferWrite) * outer.figures.energyOverhead
        + transferEnergy(chip, outer, transfer.moved)) * 1e-12
    // What memories draw may be less the longer a run lasts, until the next begins.
    let background = min(
      background(chip, outer, transfer.moved, latency, period),
      background(chip, outer, transfer.moved, max(latency, period), period))
    let start = chip.rates?.start(kept: transfer.kept, bufferWrite: chip.bufferWrite) ?? 0
    let whole = energy + chip.leakage * max(latency, period) + background
    floor.latency = min(floor.latency, latency)
    floor.energy = min(
      floor.energy, whole / images + start * 1e-12 * model.settings.startsPerInference + outer.preparation)
    floor.work = min(floor.work, energy / images)
    // W that go on all through a run.
    let standing = chip.rates == nil ? outer.figures.memoryActive * model.settings.memoryGigabytes : 0
    floor.standing = min(floor.standing, chip.leakage + standing)
  }

  /// pJ of all bytes over the chip's edge.
  private func transferEnergy(_ chip: Chip, _ outer: OuterFloor, _ plan: MemoryPlan) -> Double {
    guard let rates = chip.rates else { return plan.bytes * outer.figures.memoryEnergy }
    let energy = rates.energy(of: plan)
    return energy.dram + energy.weights + energy.host
  }

  /// J that memories draw beside their transfers, in a run of so many seconds and until the next.
  private func background(
    _ chip: Chip, _ outer: OuterFloor, _ plan: MemoryPlan, _ seconds: Double, _ period: Double
  ) -> Double {
    let wait = max(0, period - seconds)
    guard let rates = chip.rates else {
      return (outer.figures.memoryActive * seconds + outer.figures.memoryIdle * wait) * model.settings.memoryGigabytes
    }
    return rates.background(of: plan, work: seconds, wait: wait).total
  }
}
