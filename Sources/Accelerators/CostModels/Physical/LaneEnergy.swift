internal import CLIPModelShapes

/// What a product takes in the lanes of a chip, in pJ.
struct LaneEnergy: Equatable, Sendable {
  private(set) var arithmetic = 0.0
  /// Registers and scratchpads.
  private(set) var registers = 0.0
  /// The clock's of lanes without a product; that of the others is a share of what they take.
  private(set) var idleClock = 0.0

  /// All multiply-adds of a product, however long they take.
  ///
  ///     registers = sum's bits, written with every multiply-add, and an operand of each kind that moves on by a lane;
  ///                 weights that stay do not move
  ///
  /// A scratchpad's accesses: ``Scratchpad``.
  init(_ product: Contraction, _ operation: Operation?, on chip: PhysicalChip) {
    let figures = chip.figures, macs = product.multiplyAdds
    let sum = Double(chip.arithmetic?.accumulatorBits ?? 32), first = Double(chip.arithmetic?.activationBits ?? 8)
    let second = Double(Self.secondBits(product, chip.arithmetic))
    let price =
      chip.arithmetic.map {
        UnitPrices.lane($0, hasWeights: product.hasWeights, result: operation?.result ?? .operand).multiplyAdd
      } ?? 1
    arithmetic = macs * figures.macEnergy * price
    let hasScratchpad = chip.scratchpad.bytes > 0
    switch chip.dataflow {
    case .outputStationary:
      registers = macs * (sum + first + second) * figures.registerEnergy
      if hasScratchpad { registers += macs * (2 * sum + second) * chip.scratchpad.bitEnergy }
    case .weightStationary:
      registers = macs * (sum + first) * figures.registerEnergy
      if hasScratchpad { registers += macs * second * chip.scratchpad.bitEnergy }
    }
  }

  /// What lanes take that have no product in a cycle: padded ones, and all while the array fills, or waits for a memory on the
  /// chip. A chip that waits for DRAM stops its clock.
  /// - Parameter cycles: of the whole product on the chip
  mutating func addIdle(cycles: Double, _ product: Contraction, on chip: PhysicalChip) {
    let figures = chip.figures
    guard figures.idleClock > 0 || figures.idleRegisters > 0, product.multiplyAdds > 0 else { return }
    let slots = cycles * Double(chip.design.lanes)
    let idle = max(0, slots / product.multiplyAdds - 1)
    idleClock = (arithmetic + registers) * figures.clockShare * idle * figures.idleClock
    registers += registers * idle * figures.idleRegisters
  }

  private static func secondBits(_ product: Contraction, _ arithmetic: Arithmetic?) -> Int {
    guard let arithmetic else { return 8 }
    if arithmetic.isFloat { return arithmetic.weightBits }
    return product.hasWeights ? arithmetic.weightBits : arithmetic.rightBits
  }
}
