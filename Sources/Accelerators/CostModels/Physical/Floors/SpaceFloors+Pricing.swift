internal import CLIPUnits

extension SpaceFloors {
  /// What one way to have the weights takes.
  private struct Way {
    /// Seconds of a run.
    var latency: Double
    /// J of a run that do not depend on how long it takes.
    var work: Double
    /// J for each image.
    var energy: Double
    /// W of memories while a run lasts.
    var standing: Double
  }

  /// A chip's bound, from what its arrays, its L2 and its buffer take at least.
  func price(
    _ chip: PhysicalChip, _ group: Group, _ parts: Parts, _ transfers: [TransferFloor]
  ) -> DesignFloor {
    guard parts.isPlain else { return plainPrice(chip, group, parts) }
    let array = arrays[group.shape], traffic = traffic(chip)
    let stages = stages(chip, array, traffic)
    let energy = onChipEnergy(chip, array, parts, traffic)
    var floor = DesignFloor(
      design: chip.design, area: chip.area.total.value, latency: .infinity, energy: .infinity, work: .infinity,
      standing: .infinity, images: list.images, outer: group.outer)
    for transfer in transfers {
      let way = way(chip, stages, energy, transfer, parts)
      floor.latency = min(floor.latency, way.latency)
      floor.energy = min(floor.energy, way.energy + parts.preparation)
      floor.work = min(floor.work, way.work / Double(list.images))
      floor.standing = min(floor.standing, chip.leakage + way.standing)
    }
    return floor
  }

  /// What is known of chips of other numbers or dataflows.
  private func plainPrice(_ chip: PhysicalChip, _ group: Group, _ parts: Parts) -> DesignFloor {
    let array = arrays[group.shape], images = Double(list.images)
    let cycles =
      chip.dataflow == .outputStationary
      ? zip(array.computeCycles, work.products).reduce(0) { $0 + $1.0 * $1.1.runs }
      : work.multiplyAdds / Double(chip.design.lanes)
    let seconds = cycles / chip.design.clock, joules = parts.arithmetic * 1e-12
    let whole = max(seconds, (model.settings.period?.value ?? 0) * images)
    return DesignFloor(
      design: chip.design, area: chip.area.total.value, latency: seconds,
      energy: (joules + chip.leakage * whole) / images + parts.preparation, work: joules / images,
      standing: chip.leakage, images: list.images, outer: group.outer)
  }

  /// Cycles of each stage's run on the chip.
  private func stages(_ chip: PhysicalChip, _ array: ArrayFloor, _ traffic: [TrafficFloor]) -> [Double] {
    let mapper = chip.mapper, clusters = Double(mapper.clusters), depth = Double(mapper.depth)
    return work.stages.map { stage in
      var beside = 0.0
      for index in stage.vectors {
        let vector = work.vectors[index], bytes = mapper.hasL2 ? vector.bytes : vector.direct
        let cycles = max(
          array.laneCycles[index], mapper.l2Cycles(reads: bytes.l2Reads, writes: bytes.l2Writes) / clusters,
          mapper.bufferCycles(reads: bytes.bufferReads, writes: bytes.bufferWrites))
        beside += cycles * (vector.runs / stage.runs)
      }
      guard let index = stage.product else { return beside }
      let product = work.products[index].contraction, bytes = bytes(of: index, array, traffic, mapper)
      let cycles = max(
        array.computeCycles[index], mapper.l2Cycles(reads: bytes.l2Reads, writes: bytes.l2Writes) / clusters,
        mapper.bufferCycles(reads: bytes.bufferReads, writes: bytes.bufferWrites))
      let pieces =
        product.batches > 1 ? Double(product.batches) : max(1, (Double(product.rows) / depth).rounded(.up))
      return max(cycles, beside) + min(cycles, beside) / pieces
    }
  }

  /// What a product moves at least in a run.
  private func bytes(
    of index: Int, _ array: ArrayFloor, _ traffic: [TrafficFloor], _ chip: MapperChip
  ) -> WorkFloor.Bytes {
    let product = work.products[index].contraction
    let bufferWrites = product.output + (product.hasWeights ? product.second : 0)
    guard chip.hasL2 else {
      // What enters the arrays comes from the buffer.
      return WorkFloor.Bytes(bufferReads: array.l2Reads[index] - product.output, bufferWrites: bufferWrites)
    }
    return WorkFloor.Bytes(
      l2Reads: array.l2Reads[index], l2Writes: traffic[index].l2Writes, bufferReads: traffic[index].bufferReads,
      bufferWrites: bufferWrites)
  }

  /// pJ of a run: arithmetic, registers, vector cores, L2 and the buffer.
  private func onChipEnergy(
    _ chip: PhysicalChip, _ array: ArrayFloor, _ parts: Parts, _ traffic: [TrafficFloor]
  ) -> Double {
    let mapper = chip.mapper, figures = chip.figures
    var all = mapper.hasL2 ? work.bytes : work.direct
    for index in work.products.indices {
      all.add(bytes(of: index, array, traffic, mapper), times: work.products[index].runs)
    }
    let lane = figures.vectorEnergy + PhysicalChip.vectorLaneBits * figures.registerEnergy
    let memories =
      all.l2Reads * mapper.l2Read + all.l2Writes * mapper.l2Write + all.bufferReads * mapper.bufferRead
      + all.bufferWrites * mapper.bufferWrite
    return parts.arithmetic + array.steps * lane * (1 + figures.clockShare) + memories
  }

  private func way(
    _ chip: PhysicalChip, _ stages: [Double], _ onChip: Double, _ transfer: TransferFloor, _ parts: Parts
  ) -> Way {
    guard chip.takes(transfer.moved) else {
      return Way(latency: .infinity, work: .infinity, energy: .infinity, standing: .infinity)
    }
    let ahead = chip.prefetchSpace / (chip.memories?.weightBandwidth ?? chip.memoryBandwidth)
    var cycles = 0.0
    for (index, stage) in work.stages.enumerated() {
      let (weights, rest) = chip.transfers(of: transfer.plans[index])
      cycles += max(stages[index], rest + max(0, weights - ahead)) * stage.runs
    }
    let latency = max(cycles, chip.transferCycles(of: transfer.moved)) / chip.design.clock
    let images = Double(list.images), period = (model.settings.period?.value ?? 0) * images
    let energy = onChip - transfer.spared * chip.mapper.bufferWrite + transferEnergy(chip, transfer.moved)
    // What memories draw may be less the longer a run lasts, until the next begins.
    let background = min(
      background(chip, transfer.moved, latency, period), background(chip, transfer.moved, max(latency, period), period))
    let start =
      chip.memories.map { $0.start(kept: transfer.kept, bufferWrite: chip.mapper.bufferWrite) } ?? 0
    let whole = energy * 1e-12 + chip.leakage * max(latency, period) + background
    let work = energy * 1e-12
    return Way(
      latency: latency, work: work,
      energy: whole / images + start * 1e-12 * model.settings.startsPerInference, standing: standing(chip))
  }

  /// pJ of all bytes over the chip's edge.
  private func transferEnergy(_ chip: PhysicalChip, _ plan: MemoryPlan) -> Double {
    guard let memories = chip.memories else { return plan.bytes * chip.figures.memoryEnergy }
    let energy = memories.energy(of: plan)
    return energy.dram + energy.weights + energy.host
  }

  /// J that memories draw beside their transfers, in a run of so many seconds and until the next.
  private func background(_ chip: PhysicalChip, _ plan: MemoryPlan, _ seconds: Double, _ period: Double) -> Double {
    let wait = max(0, period - seconds)
    guard let memories = chip.memories else {
      let capacity = model.settings.memoryGigabytes
      return (chip.figures.memoryActive * seconds + chip.figures.memoryIdle * wait) * capacity
    }
    return memories.background(of: plan, work: seconds, wait: wait, clock: chip.design.clock).all.total.value
  }

  /// W that memories draw all through a run.
  private func standing(_ chip: PhysicalChip) -> Double {
    chip.memories == nil ? chip.figures.memoryActive * model.settings.memoryGigabytes : 0
  }
}
