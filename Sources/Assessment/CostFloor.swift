internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPUnits

/// What a model costs on a design at least, as far as its operations are priced.
///
///     cycles >= multiply-adds / lanes                              an array is never more than full
///     reference: cycles >= words in, words out / DRAM bandwidth    every operation begins and ends in DRAM
///                energy >= multiply-adds * (MAC + register) + words * DRAM
///
/// The physical model keeps activations on the chip and lets operations overlap, so there only the first holds.
struct CostFloor {
  let number: Int
  let design: AcceleratorDesign
  private let assessor: Assessor
  private let bytes: Int
  private let area: SquareMillimeters
  private var cycles = 0.0
  private var energy = Joules.zero
  private let images: Int
  private var carbon: LifetimeCarbon?
  private let memories: DesignMemories?
  private let model: ModelFigures

  /// Sums in another order differ in their last digits.
  static let rounding = 1e-9

  init(
    _ number: Int, _ design: AcceleratorDesign, _ area: SquareMillimeters, _ work: OperationList, bytes: Int,
    memories: DesignMemories? = nil, model: ModelFigures, _ assessor: Assessor
  ) throws {
    self.model = model
    self.memories = memories
    self.number = number
    self.design = design
    self.area = area
    self.bytes = bytes
    self.assessor = assessor
    images = work.images
    for operation in work.operations { add(least(operation), operation.count, sign: 1) }
    carbon = try lifetime()
  }

  /// Puts what an operation truly costs in the place of what it costs at least.
  mutating func raise(_ operation: Operation, by cost: OperationCost) throws {
    guard cost.cycles.isFinite else {
      cycles = .infinity
      return
    }
    add(least(operation), operation.count, sign: -1)
    add(cost, operation.count, sign: 1)
    carbon = try lifetime()
  }

  private mutating func add(_ cost: OperationCost, _ count: Int, sign: Double) {
    cycles += sign * cost.cycles * Double(count)
    energy = energy + cost.energy * (sign * Double(count))
  }

  /// One run of an operation.
  private func least(_ operation: Operation) -> OperationCost {
    let multiplyAdds = Double(operation.multiplyAdds) / Double(max(1, operation.count))
    var cost = OperationCost(cycles: multiplyAdds / Double(design.lanes), energy: .zero)
    guard assessor.choice == .reference, let words = operation.work.words else { return cost }
    let technology = assessor.technology, bandwidth = Double(design.memoryBytesPerCycle)
    cost.cycles = max(cost.cycles, Double(words.read) / bandwidth, Double(words.written) / bandwidth)
    let arithmetic = technology.mapperMAC + technology.tensorRegister.read
    let memory = (technology.memoryRead + technology.memoryWrite) / 2
    cost.energy = Joules((multiplyAdds * arithmetic + Double(words.read + words.written) * memory) * 1e-12)
    return cost
  }

  private func lifetime() throws -> LifetimeCarbon {
    try assessor.scenario(for: design).carbon(
      of: DesignFigures(
        name: design.description, area: area,
        latency: max(Seconds(cycles / design.clock), Seconds(DesignFigures.latencies.lowerBound)),
        energy: max(energy, Joules(DesignFigures.energies.lowerBound)), modelBytes: bytes, images: images,
        memories: memories))
  }

  /// In the unit of ``Metric/column``; a mean power has no floor.
  func value(of metric: Metric) -> Double {
    switch metric {
    case .latency: cycles / design.clock + assessor.scenario.collecting.value
    case .energy: energy.value
    case .area: area.value
    case .tops: design.peakTOPS
    case .power: 0
    case .carbon: carbon?.total.value ?? 0
    case .operational: carbon?.operational.value ?? 0
    case .embodied: carbon.map { ($0.embodied.total * $0.embodiedShare).value } ?? 0
    case .parameters: model.parameters
    case .size: model.size
    case .activationMemory: model.activationMemory
    case .macs: model.macs
    }
  }
}

extension Operation.Work {
  /// Words of both factors, and of the result, each once; nil for vector work.
  fileprivate var words: (read: Int, written: Int)? {
    switch self {
    case .vector: return nil
    case .matrixProduct(let product):
      // The reference folds batches into the rows of one product.
      let rows = product.batches * product.rows
      return (rows * product.reduced + product.reduced * product.outputs, rows * product.outputs)
    case .patchConvolution(let patches):
      // The reference ignores the stride: neighboring patches overlap in all but a pixel.
      let pixels = patches.side + patches.patch - 1
      return (
        patches.channels * (pixels * pixels + patches.patch * patches.patch * patches.outputs),
        patches.outputs * patches.side * patches.side
      )
    }
  }
}
