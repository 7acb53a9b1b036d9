public import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits

/// The physical cost model beside published chips: `data/technology/silicon.csv`.
///
/// A chip is a design of its lanes, memories, node, voltage, clock and bits, on a product of 784 x 896 by 1152, without DRAM. Two
/// factors are fitted, one for energy and one for area: what a system takes beyond its parts. Each is the geometric mean of
/// published over computed without the factor, every architecture (``Row/family``) counting once.
public struct SiliconComparison: Sendable {
  /// A published chip.
  public struct Row: Sendable {
    /// Its name, and the architecture's.
    public let name: String, family: String
    /// `array`, with its memories and controllers, or `system`, with processor cores beside it.
    public let boundary: String
    /// Whether it decides the factors.
    public let fits: Bool
    /// Published: pJ an operation, and mm²; nil where it was not.
    public let energy: Double?, area: Double?
    /// Where it was read.
    public let source: String
    /// The share of lanes with a product while its power was measured.
    let busy: Double
    let hasBuffer: Bool
    /// The chip in the second edition of the account, and with the first's bytes and one voltage.
    let design: AcceleratorDesign, first: AcceleratorDesign
  }

  /// A chip's figures.
  public struct Result: Sendable {
    /// The chip.
    public let row: Row
    /// Computed by edition 1, by edition 2 without the fitted factors, and with them: pJ an operation.
    public let energyBefore: Double?, energyRaw: Double?, energy: Double?
    /// The same for mm².
    public let areaBefore: Double?, areaRaw: Double?, area: Double?
    /// Published over computed, with factors fitted to all other architectures.
    public fileprivate(set) var energyLeftOut: Double?, areaLeftOut: Double?
  }

  /// Every chip.
  public let results: [Result]
  /// Published over computed: fitted to all rows that decide.
  public let energyFactor: Double, areaFactor: Double
  /// The standard deviation of the logarithms of the left-out errors, by architecture.
  public let energySpread: Double, areaSpread: Double
  /// The factors that the figures in use already hold.
  public let energyApplied: Double, areaApplied: Double

  /// - Parameter path: the user's own table; nil for the toolkit's
  /// - Throws: `InputError` naming file, line and column, or a chip that cannot be priced.
  public init(file path: String? = nil, technology: Technology? = nil) throws {
    let technology = try technology ?? Technology(), rows = try Self.rows(path, technology)
    let before = try PhysicalCostModel(technology: technology)
    let raw = try PhysicalCostModel(technology: technology.withoutOverhead())
    var results = try rows.map { row in
      let old = row.first.silicon.node >= 12
      let energies = row.energy != nil
      return Result(
        row: row,
        energyBefore: old && energies ? try before.operationEnergy(row.first, row) : nil,
        energyRaw: energies ? try raw.operationEnergy(row.design, row) : nil,
        energy: energies ? try before.operationEnergy(row.design, row) : nil,
        areaBefore: old && row.area != nil ? try before.chipArea(row.first, row) : nil,
        areaRaw: row.area == nil ? nil : try raw.chipArea(row.design, row),
        area: row.area == nil ? nil : try before.chipArea(row.design, row))
    }
    let energies = Self.errors(results, \.row.energy, \.energyRaw), areas = Self.errors(results, \.row.area, \.areaRaw)
    energyFactor = Power.exponential(Self.mean(energies))
    areaFactor = Power.exponential(Self.mean(areas))
    for index in results.indices {
      let family = results[index].row.family
      if let published = results[index].row.energy, let computed = results[index].energyRaw {
        results[index].energyLeftOut = published / computed / Power.exponential(Self.mean(energies, without: family))
      }
      if let published = results[index].row.area, let computed = results[index].areaRaw {
        results[index].areaLeftOut = published / computed / Power.exponential(Self.mean(areas, without: family))
      }
    }
    energyApplied = try technology.physical.value("overhead energy", in: "ratio")
    areaApplied = try technology.physical.value("overhead area", in: "ratio")
    energySpread = Self.spread(energies)
    areaSpread = Self.spread(areas)
    self.results = results
  }

  /// By architecture: the mean logarithm of published over computed, of the rows that decide.
  private static func errors(
    _ results: [Result], _ published: KeyPath<Result, Double?>, _ computed: KeyPath<Result, Double?>
  ) -> [(family: String, error: Double)] {
    var sums: [(family: String, sum: Double, count: Double)] = []
    for result in results where result.row.fits {
      guard let published = result[keyPath: published], let computed = result[keyPath: computed] else { continue }
      let error = Power.logarithm(published / computed)
      if let place = sums.firstIndex(where: { $0.family == result.row.family }) {
        sums[place].sum += error
        sums[place].count += 1
      } else {
        sums.append((result.row.family, error, 1))
      }
    }
    return sums.map { ($0.family, $0.sum / $0.count) }
  }

  private static func mean(_ errors: [(family: String, error: Double)], without family: String? = nil) -> Double {
    let rest = errors.filter { $0.family != family }
    return rest.isEmpty ? 0 : rest.reduce(0) { $0 + $1.error } / Double(rest.count)
  }

  /// Of the left-out errors: each family's against the mean of the others.
  private static func spread(_ errors: [(family: String, error: Double)]) -> Double {
    guard errors.count > 1 else { return 0 }
    let squares = errors.reduce(0.0) { sum, one in
      let error = one.error - mean(errors, without: one.family)
      return sum + error * error
    }
    return (squares / Double(errors.count)).squareRoot()
  }
}

extension SiliconComparison {
  fileprivate static func rows(_ path: String?, _ technology: Technology) throws -> [Row] {
    let path = try path ?? DataFolder.path("technology/silicon.csv")
    let table = try FigureTable(
      file: path,
      columns: [
        "name", "family", "node_nm", "voltage_v", "clock_mhz", "clusters", "width", "depth", "l2_kb", "buffer_kb",
        "scratchpad_b", "dataflow", "weight_bits", "activation_bits", "sum_bits", "busy", "pj_per_op", "area_mm2",
        "boundary", "fits", "source",
      ])
    let voltages = try VoltageFigures(technology.physical)
    return try namingFile(path) { try table.rows.map { try Self.row($0, voltages, technology.nodes) } }
  }

  private static func row(_ row: FigureTable.Row, _ voltages: VoltageFigures, _ nodes: NodeTable) throws -> Row {
    func optional(_ column: String, _ range: ClosedRange<Double>) throws -> Double? {
      row[column].isEmpty ? nil : try row.number(column, in: range)
    }
    let l2 = try row.integer("l2_kb", in: 1...65536), buffer = try row.integer("buffer_kb", in: 0...1_048_576)
    var design = AcceleratorDesign(
      clusters: try row.integer("clusters", in: 1...1024), width: try row.integer("width", in: 1...4096),
      depth: try row.integer("depth", in: 1...4096), l2Kilobytes: l2, l2BytesPerCycle: 16, bufferMegabytes: 1)
    design.bufferKilobytes = max(16, buffer)
    (design.l2Ports, design.bufferPorts) = (1, 1)
    // Enough for an operand a lane of the longer edge.
    let weights = try row.integer("weight_bits", in: 0...32),
      activations = try row.integer("activation_bits", in: 4...32)
    design.l2BytesPerCycle = max(16, max(design.width, design.depth) * max(8, activations) / 8)
    design.bufferBytesPerCycle = max(64, design.l2BytesPerCycle)
    var silicon = ChipSilicon()
    silicon.edition = 2
    silicon.node = try row.number("node_nm", in: 1...1000)
    silicon.scratchpadBytes = try row.integer("scratchpad_b", in: 0...65536)
    silicon.dataflow = try ChipSilicon.dataflowNamed(row.text("dataflow"))
    let sums = try row.integer("sum_bits", in: 8...64)
    // No weights' bits: floats of 16 bits.
    silicon.exact =
      weights == 0
      ? .bfloat16 : Arithmetic(weights: weights, activations: activations, scales: .tensor, accumulators: sums)
    switch try row.text("voltage_v") {
    case "nominal": silicon.voltage = ChipSilicon.nominalVoltage
    case "least": silicon.voltage = ChipSilicon.leastVoltage
    default: silicon.voltage = try row.number("voltage_v", in: 0.2...2)
    }
    // Where no clock is told, or one that the law does not give at the voltage, the clock that it gives.
    let node = try nodes.node(silicon.node)
    let stated = try optional("clock_mhz", 1...1e5).map { $0 * 1e6 }
    if silicon.voltage == ChipSilicon.leastVoltage {
      design.clock = stated ?? 100e6
    } else {
      let volts = silicon.voltage == ChipSilicon.nominalVoltage ? node.nominal : silicon.voltage
      let carried = Rails.clock(at: volts, node, voltages)
      design.clock = min(stated ?? carried, carried)
    }
    var first = design
    (first.l2Ports, first.bufferPorts) = (2, 2)
    first.silicon.node = silicon.node
    design.silicon = silicon
    return Row(
      name: try row.text("name"), family: try row.text("family"), boundary: try row.text("boundary"),
      fits: row["fits"] == "yes",
      energy: try optional("pj_per_op", 1e-6...1e6), area: try optional("area_mm2", 1e-6...1e6),
      source: try row.text("source"), busy: try row.number("busy", in: 0.01...1), hasBuffer: buffer > 0, design: design,
      first: first)
  }
}

extension PhysicalCostModel {
  /// pJ an operation of a large product on the chip alone, lanes being busy so often.
  fileprivate func operationEnergy(_ design: AcceleratorDesign, _ row: SiliconComparison.Row) throws -> Double {
    let chip = try self.chip(for: design)
    let operation = Operation(
      "product", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 784, outputs: 896, reduced: 1152)))
    guard let priced = try price(operation, on: chip), let product = priced.product else {
      throw InputError("no tile of the product fits", at: row.name)
    }
    var energy = priced.energy
    energy.memory = .zero
    if !row.hasBuffer { energy.buffer = .zero }
    var waiting = LaneEnergy(product, operation, on: chip), working = waiting
    working.addIdle(cycles: priced.cycles, product, on: chip)
    waiting.addIdle(cycles: priced.cycles / row.busy, product, on: chip)
    let idle = waiting.idleClock + waiting.registers - working.idleClock - working.registers
    let leakage = chip.leakage * priced.cycles / row.busy / design.clock * 1e12
    let overhead = chip.figures.energyOverhead
    return (energy.total.value * 1e12 + idle * overhead + leakage) / product.multiplyAdds / 2
  }

  /// mm².
  fileprivate func chipArea(_ design: AcceleratorDesign, _ row: SiliconComparison.Row) throws -> Double {
    let chip = try self.chip(for: design)
    let connected = (1 + chip.figures.interconnectShare) * chip.figures.areaOverhead
    return chip.area.total.value - (row.hasBuffer ? 0 : chip.buffer.area / 1e6 * connected)
  }
}

extension SiliconComparison {
  /// A table for people, and the factors.
  public var text: String {
    func ratio(_ published: Double?, _ computed: Double?) -> String {
      guard let published, let computed else { return "" }
      return "\(((published / computed) * 100).rounded() / 100)"
    }
    func number(_ value: Double?) -> String { value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "" }
    var table = Table([
      "chip", "fits", "is", "pJ/op", "edition 1", "edition 2", "published over it", "left out", "mm²", "edition 1",
      "edition 2",
      "published over it", "left out",
    ])
    for result in results {
      table.add([
        result.row.name, result.row.fits ? "yes" : "no", result.row.boundary, number(result.row.energy),
        number(result.energyBefore),
        number(result.energy), ratio(result.row.energy, result.energy), ratio(result.energyLeftOut, 1),
        number(result.row.area), number(result.areaBefore), number(result.area), ratio(result.row.area, result.area),
        ratio(result.areaLeftOut, 1),
      ])
    }
    return table.text + "\n\n"
      + "fitted: energy times \(number(energyFactor)), area times \(number(areaFactor)); left-out errors of architectures, "
      + "standard deviation of their logarithms: energy \(number(energySpread)), area \(number(areaSpread))"
  }

  /// For `--json`.
  public var json: JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    return [
      "energy_factor": .number(energyFactor), "area_factor": .number(areaFactor),
      "energy_spread": .number(energySpread), "area_spread": .number(areaSpread),
      "chips": .array(
        results.map { result in
          [
            "name": .string(result.row.name), "family": .string(result.row.family), "fits": .bool(result.row.fits),
            "boundary": .string(result.row.boundary),
            "source": .string(result.row.source), "published_pj_per_op": number(result.row.energy),
            "edition_1_pj_per_op": number(result.energyBefore), "edition_2_pj_per_op": number(result.energy),
            "energy_left_out": number(result.energyLeftOut), "published_mm2": number(result.row.area),
            "edition_1_mm2": number(result.areaBefore), "edition_2_mm2": number(result.area),
            "area_left_out": number(result.areaLeftOut),
          ]
        }),
    ]
  }
}
