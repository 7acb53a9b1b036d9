internal import CLIPFiles

/// Figures of logic, wires and DRAM that the physical model needs beside the SRAM table, at a node and a voltage.
///
/// Edition 1, for all that the chip is made of:
///
///     energy(node) = energy(45 nm) * (node / 45)^0.59      area(node) = area(45 nm) * (node / 45)^2
///
/// Edition 2, logic and SRAM apart, `cell` being the area of a cell of SRAM (``NodeTable``), 0.0707 um2 in CACTI at 22 nm:
///
///     logic: energy(node) = energy(45 nm) * (node / 45)^0.59 * (V / V0)^2       area: Stillmaker and Baas' factors
///     SRAM:  energy(node) = energy(22 nm) * (cell / 0.0707)^0.5 * (V / V0)^2   area(node) = area(22 nm) * cell / 0.0707
///
/// SRAM's energy is that of its wires, whose length goes with a cell's side. From 45 to 7 nm that is a factor of 3.0; Jouppi et
/// al. (ISCA 2021, table 2) have 1.3, 2.4 and 7.1 for 8 KB, 32 KB and 1 MB, 2.8 in the mean.
///
/// Sources and exponents: `data/technology/physical.csv`.
struct PhysicalFigures: Sendable {
  /// The node of the SRAM table, in nm.
  static let memoryNode = 22.0
  static let nodes: ClosedRange<Double> = 12...90

  /// Energy in pJ of an 8-bit multiply into a 32-bit sum, and area in square micrometers.
  let macEnergy: Double, macArea: Double
  /// One step of a vector lane: a 16-bit multiply into a 32-bit sum.
  let vectorEnergy: Double, vectorArea: Double
  /// A flip-flop: energy in pJ of a bit written, area in square micrometers.
  let registerEnergy: Double, registerArea: Double
  /// pJ a byte and millimeter.
  let wireEnergy: Double
  /// What the clock and control add to the datapath's energy.
  let clockShare: Double
  /// pJ a byte to or from DRAM.
  let memoryEnergy: Double
  /// DRAM's background in W for one GB, while the chip works and while it waits.
  let memoryActive: Double, memoryIdle: Double
  /// W a square millimeter of logic.
  let logicLeakage: Double
  let logicDensity: Double
  let interconnectShare: Double
  /// Square micrometers of a cluster's controller.
  let controllerArea: Double
  /// What SRAM's energy, area, leakage and cycle at 22 nm are multiplied by.
  let memoryEnergyScale: Double, memoryAreaScale: Double, memoryLeakageScale: Double, memoryCycleScale: Double
  /// Which edition of the account.
  let edition: Int
  /// pJ of a bit that is read from, or written to, half a KB in a lane; square micrometers of a bit.
  let scratchpadEnergy: Double, scratchpadArea: Double
  /// The parts of its clock's and of its registers' energy that a lane takes in a cycle without a product.
  let idleClock: Double, idleRegisters: Double
  /// Operands that a lane keeps beside one of each kind, so that a block of sums shares what enters.
  let keptOperands: Double
  /// What a system takes beyond its parts: of the energy on the chip, of its area.
  let energyOverhead: Double, areaOverhead: Double
  /// The voltages that the chip runs at; nil in edition 1, which knows none.
  let rails: Rails?

  /// Edition 1.
  /// - Throws: `InputError` naming file and row, or for a node outside 12 to 90 nm.
  init(_ table: ComponentTable, node: Double) throws {
    guard Self.nodes.contains(node) else {
      throw InputError(
        "node: expected 12 to 90 nm, found \(node)",
        advice: "the physical cost model scales its energies within that range")
    }
    let base = try table.value("logic node", in: "nm")
    guard base > 0 else { throw InputError("logic node: expected more than 0 nm") }
    let energyExponent = try table.value("logic energy_exponent", in: "ratio")
    let areaExponent = try table.value("logic area_exponent", in: "ratio")
    let memoryArea = Power.of(node / Self.memoryNode, areaExponent)
    try self.init(
      table,
      Scales(
        logicEnergy: Power.of(node / base, energyExponent), logicArea: Power.of(node / base, areaExponent),
        wireEnergy: 1, logicLeakage: 1, memoryEnergy: Power.of(node / Self.memoryNode, energyExponent),
        memoryArea: memoryArea, memoryLeakage: memoryArea, memoryCycle: 1),
      edition: 1, rails: nil)
  }

  /// Edition 2.
  /// - Throws: `InputError` naming file and row, for a node that is not covered, or where clock and voltage do not go together.
  init(_ table: ComponentTable, _ nodes: NodeTable, node size: Double, _ supply: SupplyVoltage, clock: Double) throws {
    let node = try nodes.node(size), voltages = try VoltageFigures(table)
    let rails = try Rails(supply, clock: clock, node: node, voltages)
    let base = try table.value("logic node", in: "nm"), cacti = try table.value("sram cell", in: "um2")
    guard base > 0, cacti > 0 else { throw InputError("logic node, sram cell: expected more than 0") }
    let cell = node.cellArea / cacti
    let temperature = voltages.temperature
    try self.init(
      table,
      Scales(
        logicEnergy: Power.of(size / base, try table.value("logic energy_exponent", in: "ratio")) * rails.logicEnergy,
        logicArea: node.logicArea / (try nodes.node(base)).logicArea, wireEnergy: rails.logicEnergy,
        logicLeakage: voltages.logicLeakage.power(
          at: rails.logic, beside: rails.nominal, temperature: temperature)
          / voltages.logicLeakage.power(
            at: rails.nominal, beside: rails.nominal, temperature: try table.value("leakage logic_reference", in: "K")),
        memoryEnergy: cell.squareRoot() * rails.memoryEnergy, memoryArea: cell,
        memoryLeakage: cell.squareRoot()
          * voltages.memoryLeakage.power(at: rails.memory, beside: rails.nominal, temperature: temperature),
        memoryCycle: Power.of(size / Self.memoryNode, voltages.clockExponent) / rails.memorySpeed),
      edition: 2, rails: rails)
  }

  /// What figures are multiplied by.
  private struct Scales {
    let logicEnergy: Double, logicArea: Double, wireEnergy: Double, logicLeakage: Double
    let memoryEnergy: Double, memoryArea: Double, memoryLeakage: Double, memoryCycle: Double
  }

  private init(_ table: ComponentTable, _ scales: Scales, edition: Int, rails: Rails?) throws {
    let energy = scales.logicEnergy, area = scales.logicArea
    (self.edition, self.rails) = (edition, rails)
    memoryEnergyScale = scales.memoryEnergy
    memoryAreaScale = scales.memoryArea
    memoryLeakageScale = scales.memoryLeakage
    memoryCycleScale = scales.memoryCycle
    macEnergy = try table.value("mac energy", in: "pJ") * energy
    macArea = try table.value("mac area", in: "um2") * area
    vectorEnergy = try table.value("vector_step energy", in: "pJ") * energy
    vectorArea = try table.value("vector_step area", in: "um2") * area
    registerEnergy = try table.value("register energy", in: "pJ/bit") * energy
    registerArea = try table.value("register area", in: "um2/bit") * area
    wireEnergy = try table.value("wire energy", in: "pJ/bit/mm") * 8 * scales.wireEnergy
    clockShare = try table.value("clock share", in: "ratio")
    memoryEnergy = try table.value("dram transfer", in: "pJ/bit") * 8
    memoryActive = try table.value("dram active", in: "mW/GB") / 1000
    memoryIdle = try table.value("dram idle", in: "mW/GB") / 1000
    logicLeakage = try table.value("logic leakage", in: "mW/mm2") / 1000 * scales.logicLeakage
    logicDensity = try table.value("logic density", in: "ratio")
    guard logicDensity > 0 else { throw InputError("logic density: expected more than 0") }
    interconnectShare = try table.value("interconnect share", in: "ratio")
    controllerArea = try table.value("controller area", in: "um2") * area
    scratchpadEnergy = try table.value("scratchpad energy", in: "pJ/bit") * energy
    scratchpadArea = try table.value("scratchpad area", in: "um2/bit") * area
    // What the first edition left out.
    func second(_ name: String, _ first: Double) throws -> Double {
      edition == 1 ? first : try table.value(name, in: "ratio")
    }
    idleClock = try second("idle clock", 0)
    idleRegisters = try second("idle registers", 0)
    keptOperands = try second("lane kept_operands", 0)
    energyOverhead = try second("overhead energy", 1)
    areaOverhead = try second("overhead area", 1)
    guard energyOverhead >= 1, areaOverhead >= 1 else { throw InputError("overhead: expected 1 or more") }
  }
}
