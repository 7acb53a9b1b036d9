internal import CLIPFiles

/// What a combination of the axes that decide neither arrays nor sizes of memories has to choose from: a process, a clock,
/// numbers, a place for weights.
final class OuterFloor: Sendable {
  /// What of a tree's memories is best, by node.
  struct Memory: Sendable {
    /// Nil for no memory.
    var best: PhysicalMemory?

    init(_ best: PhysicalMemory?) { self.best = best }
    init(_ one: Memory, _ other: Memory) { best = PhysicalMemory(best: [one.best, other.best].compactMap { $0 }) }
  }

  /// Memories that designs name, by DRAM's bandwidth.
  struct Edge: Sendable {
    let rates: MemoryRates
    /// mm² of macros and interfaces.
    let area: Double
    let signals: Int
  }

  let design: AcceleratorDesign
  /// Which of the kinds of numbers, and of the ways over the edge.
  let numbers: Int, way: Int
  /// By node of L2's tree, and of the buffer's.
  let l2s: [Memory], buffers: [Memory]
  /// None where DRAM is priced by the gigabyte.
  let edges: [Int: Edge]
  /// What is named of them; nil where DRAM is priced by the gigabyte.
  let bill: MemoryBill?
  /// At the combination's process and voltage.
  let figures: PhysicalFigures
  /// mm² before memories and what connects: of a lane, of a vector lane, of a cluster.
  let laneArea: Double, vectorArea: Double, clusterArea: Double
  /// pJ that neither the arrays' shape nor a memory decides.
  let arithmetic: Double
  /// pJ of a stage's run for each cycle in which all lanes wait, as a part of its product.
  let idle: [Double]
  /// pJ of a vector lane's step, and of each that costs as an 8-bit multiply-add.
  let stepEnergy: Double, pricedStepEnergy: Double
  /// J for each image of work that is done once.
  let preparation: Double

  /// - Parameters:
  ///   - chip: the combination's, with any arrays and memories
  ///   - systems: of the memories that designs name, by DRAM's bandwidth
  ///   - numbers, way: which of the kinds of numbers, of which `work` is, and of the ways over the edge
  init(
    _ chip: PhysicalChip, _ list: OperationList, _ work: WorkFloor, _ systems: [Int: MemorySystem], numbers: Int,
    way: Int,
    l2s: [Memory], buffers: [Memory]
  ) throws {
    design = chip.design
    (self.numbers, self.way, self.l2s, self.buffers) = (numbers, way, l2s, buffers)
    let figures = chip.figures
    self.figures = figures
    edges = systems.mapValues {
      Edge(rates: $0.rates, area: $0.macroArea + $0.interfaceArea, signals: $0.signals)
    }
    bill = systems.values.first?.bill(kept: 0)
    (laneArea, vectorArea, clusterArea) = chip.logicAreas
    func energy(_ operations: [Operation]) throws -> Double {
      try operations.reduce(0) { sum, operation in
        guard let lanes = try LaneEnergy(operation, on: chip) else { return sum }
        return sum + (lanes.arithmetic + lanes.registers) * (1 + figures.clockShare) * Double(operation.count)
      }
    }
    arithmetic = try energy(list.operations)
    idle = try work.stageOperations.map { operation in
      guard let operation, figures.idleClock > 0 || figures.idleRegisters > 0,
        let lanes = try LaneEnergy(operation, on: chip)
      else { return 0 }
      return (lanes.arithmetic + lanes.registers) * figures.clockShare * figures.idleClock
        + lanes.registers * figures.idleRegisters
    }
    let registers = PhysicalChip.vectorLaneBits * figures.registerEnergy
    stepEnergy = (registers + (chip.arithmetic == nil ? figures.vectorEnergy : 0)) * (1 + figures.clockShare)
    pricedStepEnergy = chip.arithmetic == nil ? 0 : figures.macEnergy * (1 + figures.clockShare)
    preparation =
      try list.preparation.map { try energy($0.operations) * figures.energyOverhead * 1e-12 * $0.share } ?? 0
  }
}

extension LaneEnergy {
  /// Of an operation; nil for vector work.
  init?(_ operation: Operation, on chip: PhysicalChip) throws {
    var product: Contraction
    switch operation.work {
    case .matrixProduct(let matrix): product = try Contraction(matrix)
    case .patchConvolution(let patches): product = try Contraction(patches)
    case .vector: return nil
    }
    if let arithmetic = chip.arithmetic {
      product.bytes = arithmetic.bytes(of: operation, hasWeights: product.hasWeights, reduced: product.reduced)
    }
    self.init(product, operation, on: chip)
  }
}
