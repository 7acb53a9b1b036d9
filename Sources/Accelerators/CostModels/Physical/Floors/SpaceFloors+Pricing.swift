internal import CLIPUnits

extension SpaceFloors {
  /// What one way to have the weights takes.
  private struct Way {
    var cycles: Double
    /// pJ of a run, but for leakage and DRAM's background.
    var energy: Double
  }

  /// A chip's bound, from what its arrays, its L2 and its buffer take at least.
  func price(_ chip: PhysicalChip, _ array: ArrayFloor, _ parts: Parts, _ transfers: Transfers) -> DesignFloor {
    let traffic = traffic(chip)
    let onChip = stages(chip, array, traffic)
    let energy = onChipEnergy(chip, array, parts, traffic)
    var ways = [way(chip, onChip, energy, transfers.fetched)]
    if let kept = transfers.kept { ways.append(way(chip, onChip, energy, kept)) }
    let cycles = ways.reduce(Double.infinity) { min($0, $1.cycles) }
    let least = ways.reduce(Double.infinity) { min($0, $1.energy) }
    return finish(chip, seconds: cycles / chip.design.clock, work: least * 1e-12, parts)
  }

  /// Leakage and DRAM's background, while the chip works and while it waits.
  private func finish(_ chip: PhysicalChip, seconds: Double, work: Double, _ parts: Parts) -> DesignFloor {
    let images = Double(list.images)
    let whole = max(seconds, (model.settings.period?.value ?? 0) * images)
    let capacity = model.settings.memoryGigabytes
    let active = model.figures.memoryActive * capacity, idle = model.figures.memoryIdle * capacity
    let memory = active >= idle ? active * seconds + idle * (whole - seconds) : active * whole
    let energy = work + chip.leakage * whole + memory
    return DesignFloor(
      design: chip.design, area: chip.area.total.value, latency: seconds, energy: energy / images + parts.preparation,
      work: work / images, standing: chip.leakage + active, images: list.images)
  }

  /// Cycles of each stage's run on the chip.
  private func stages(_ chip: PhysicalChip, _ array: ArrayFloor, _ traffic: [TrafficFloor]) -> [Double] {
    let mapper = chip.mapper, clusters = Double(mapper.clusters), depth = Double(mapper.depth)
    return work.stages.map { stage in
      var beside = 0.0
      for index in stage.vectors {
        let vector = work.vectors[index]
        let cycles = max(
          array.laneCycles[index],
          mapper.l2Cycles(reads: vector.l2Reads, writes: vector.l2Writes) / clusters,
          mapper.bufferCycles(reads: vector.bufferReads, writes: vector.bufferWrites))
        beside += cycles * (vector.runs / stage.runs)
      }
      guard let index = stage.product else { return beside }
      let product = work.products[index].contraction
      let cycles = max(
        array.computeCycles[index],
        mapper.l2Cycles(reads: array.l2Reads[index], writes: traffic[index].l2Writes) / clusters,
        mapper.bufferCycles(reads: traffic[index].bufferReads, writes: product.bufferWrites))
      let pieces =
        product.batches > 1 ? Double(product.batches) : max(1, (Double(product.rows) / depth).rounded(.up))
      return max(cycles, beside) + min(cycles, beside) / pieces
    }
  }

  /// pJ of a run: arithmetic, registers, vector cores, L2 and the buffer.
  private func onChipEnergy(
    _ chip: PhysicalChip, _ array: ArrayFloor, _ parts: Parts, _ traffic: [TrafficFloor]
  ) -> Double {
    let mapper = chip.mapper, figures = model.figures
    var l2Reads = work.l2Reads, l2Writes = work.l2Writes
    var bufferReads = work.bufferReads, bufferWrites = work.bufferWrites
    for (index, product) in work.products.enumerated() {
      l2Reads += array.l2Reads[index] * product.runs
      l2Writes += traffic[index].l2Writes * product.runs
      bufferReads += traffic[index].bufferReads * product.runs
      bufferWrites += product.contraction.bufferWrites * product.runs
    }
    let lane = figures.vectorEnergy + PhysicalChip.vectorLaneBits * figures.registerEnergy
    let memories =
      l2Reads * mapper.l2Read + l2Writes * mapper.l2Write + bufferReads * mapper.bufferRead
      + bufferWrites * mapper.bufferWrite
    return parts.arithmetic + array.steps * lane * (1 + figures.clockShare) + memories
  }

  private func way(_ chip: PhysicalChip, _ stages: [Double], _ energy: Double, _ transfer: TransferFloor) -> Way {
    let bandwidth = chip.memoryBandwidth
    var cycles = 0.0
    for (index, stage) in work.stages.enumerated() {
      let late = transfer.activations[index] + max(0, transfer.weights[index] - transfer.ahead)
      cycles += max(stages[index], late / bandwidth) * stage.runs
    }
    return Way(
      cycles: max(cycles, transfer.bytes / bandwidth),
      energy: energy + transfer.bytes * model.figures.memoryEnergy - transfer.spared * chip.mapper.bufferWrite)
  }
}

extension Contraction {
  /// Bytes that the buffer is written at least: the result, and weights that come from DRAM.
  fileprivate var bufferWrites: Double { output + (hasWeights ? second : 0) }
}
