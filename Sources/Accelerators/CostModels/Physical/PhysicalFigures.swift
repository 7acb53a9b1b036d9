internal import CLIPFiles

/// Figures of logic, wires and DRAM that the physical model needs beside the SRAM table, scaled to a node.
///
///     energy(node) = energy(45 nm) * (node / 45)^0.59      area(node) = area(45 nm) * (node / 45)^2
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
  /// What SRAM's energy and area at 22 nm are multiplied by.
  let memoryEnergyScale: Double, memoryAreaScale: Double

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
    let energy = Power.of(node / base, energyExponent), area = Power.of(node / base, areaExponent)
    memoryEnergyScale = Power.of(node / Self.memoryNode, energyExponent)
    memoryAreaScale = Power.of(node / Self.memoryNode, areaExponent)
    macEnergy = try table.value("mac energy", in: "pJ") * energy
    macArea = try table.value("mac area", in: "um2") * area
    vectorEnergy = try table.value("vector_step energy", in: "pJ") * energy
    vectorArea = try table.value("vector_step area", in: "um2") * area
    registerEnergy = try table.value("register energy", in: "pJ/bit") * energy
    registerArea = try table.value("register area", in: "um2/bit") * area
    wireEnergy = try table.value("wire energy", in: "pJ/bit/mm") * 8
    clockShare = try table.value("clock share", in: "ratio")
    memoryEnergy = try table.value("dram transfer", in: "pJ/bit") * 8
    memoryActive = try table.value("dram active", in: "mW/GB") / 1000
    memoryIdle = try table.value("dram idle", in: "mW/GB") / 1000
    logicLeakage = try table.value("logic leakage", in: "mW/mm2") / 1000
    logicDensity = try table.value("logic density", in: "ratio")
    guard logicDensity > 0 else { throw InputError("logic density: expected more than 0") }
    interconnectShare = try table.value("interconnect share", in: "ratio")
    controllerArea = try table.value("controller area", in: "um2") * area
  }
}
