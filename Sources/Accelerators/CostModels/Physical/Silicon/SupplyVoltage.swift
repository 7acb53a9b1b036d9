internal import CLIPFiles

/// At which voltage a chip's core runs.
public enum SupplyVoltage: Hashable, Sendable {
  /// At its node's nominal voltage.
  case nominal
  /// At the least that carries the clock.
  case least
  /// In V.
  case volts(Double)
}

/// What the law of speed, the least voltages and leakage need, from `data/technology/physical.csv`.
package struct VoltageFigures: Sendable {
  package let law: AlphaPowerLaw
  /// V that logic, and SRAM, need to work at all.
  package let leastLogic: Double, leastSRAM: Double
  /// How far above the nominal voltage a chip may run.
  let most: Double
  /// The clock in Hz that the nominal voltage carries at 22 nm, and how it goes with the node.
  package let nominalClock: Double, clockExponent: Double
  /// In K.
  let temperature: Double
  let logicLeakage = Leakage(share: 1)
  let memoryLeakage: Leakage

  /// - Throws: `InputError` naming file and row.
  package init(_ technology: Technology) throws { try self.init(technology.physical) }

  /// - Throws: `InputError` naming file and row.
  init(_ table: ComponentTable) throws {
    law = AlphaPowerLaw(
      threshold: try table.value("voltage threshold", in: "V"),
      exponent: try table.value("voltage exponent", in: "ratio"))
    leastLogic = try table.value("voltage logic_least", in: "V")
    leastSRAM = try table.value("voltage sram_least", in: "V")
    most = try table.value("voltage most", in: "ratio")
    nominalClock = try table.value("clock nominal", in: "MHz") * 1e6
    clockExponent = try table.value("clock exponent", in: "ratio")
    temperature = try table.value("leakage temperature", in: "K")
    memoryLeakage = Leakage(share: try table.value("leakage sram_share", in: "ratio"))
    guard law.exponent >= 1, law.threshold > 0, law.threshold < leastLogic, leastLogic <= leastSRAM, most >= 1,
      (200...500).contains(temperature)
    else {
      throw InputError(
        "voltages: expected threshold < logic_least <= sram_least, an exponent and most of 1 or more, and 200 to 500 K")
    }
  }
}

/// The rails of a chip: what its logic and its memories run at.
///
/// Memories have a rail of their own where logic runs below what their cells need.
package struct Rails: Hashable, Sendable {
  /// In V.
  package let logic: Double, memory: Double
  /// The node's nominal voltage, in V.
  package let nominal: Double
  /// The clock beside that at the nominal voltage.
  package let memorySpeed: Double

  /// Of energies that are spent by charging: (V / V0)^2.
  package var logicEnergy: Double { (logic / nominal) * (logic / nominal) }
  package var memoryEnergy: Double { (memory / nominal) * (memory / nominal) }

  /// - Parameters:
  ///   - clock: in Hz
  ///   - node: with its nominal voltage
  /// - Throws: `InputError` with the range of voltages, or of clocks, where one does not carry the other.
  package init(_ supply: SupplyVoltage, clock: Double, node: NodeTable.Node, _ figures: VoltageFigures) throws {
    let law = figures.law, nominal = node.nominal, highest = nominal * figures.most
    let top = Self.clock(at: nominal, node, figures)
    func range() -> String {
      let low = Self.clock(at: figures.leastLogic, node, figures), high = Self.clock(at: highest, node, figures)
      return "at \(Self.plain(node.size)) nm \(Self.volts(figures.leastLogic)) carry \(Self.megahertz(low)), "
        + "\(Self.volts(highest)) carry \(Self.megahertz(high))"
    }
    let voltage: Double
    switch supply {
    case .nominal: voltage = nominal
    case .volts(let volts):
      guard volts >= figures.leastLogic, volts <= highest else {
        throw InputError(
          "voltage: expected \(Self.volts(figures.leastLogic)) to \(Self.volts(highest)) at \(Self.plain(node.size)) nm, "
            + "found \(Self.volts(volts))")
      }
      voltage = volts
    case .least:
      guard let least = law.voltage(forSpeed: clock / top, beside: nominal, from: figures.leastLogic, to: highest)
      else {
        throw InputError("clock: no voltage carries \(Self.megahertz(clock)); \(range())")
      }
      voltage = least
    }
    let carried = Self.clock(at: voltage, node, figures)
    // A voltage that was found for the clock carries it but for the last digits.
    guard carried * (1 + 1e-6) >= clock else {
      throw InputError(
        "clock: \(Self.volts(voltage)) carry \(Self.megahertz(carried)), not \(Self.megahertz(clock))", advice: range())
    }
    logic = voltage
    memory = max(voltage, figures.leastSRAM)
    self.nominal = nominal
    memorySpeed = law.speed(at: memory, beside: nominal)
  }

  /// Whether a chip of that node runs at the clock with the voltage, whatever else it is; a voltage that no chip of the node
  /// has is left to ``init(_:clock:node:_:)`` to refuse.
  static func carries(
    _ clock: Double, _ supply: SupplyVoltage, node: NodeTable.Node, _ figures: VoltageFigures
  ) -> Bool {
    let voltage =
      switch supply {
      case .nominal: node.nominal
      case .least: node.nominal * figures.most
      case .volts(let volts): volts
      }
    return Self.clock(at: voltage, node, figures) * (1 + 1e-6) >= clock
  }

  /// The clock in Hz that a voltage carries at a node.
  package static func clock(at voltage: Double, _ node: NodeTable.Node, _ figures: VoltageFigures) -> Double {
    figures.nominalClock * Power.of(22 / node.size, figures.clockExponent)
      * figures.law.speed(at: voltage, beside: node.nominal)
  }

  private static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
  }
  private static func volts(_ value: Double) -> String { "\((value * 1000).rounded() / 1000) V" }
  private static func megahertz(_ value: Double) -> String { "\(plain((value / 1e6).rounded())) MHz" }
}
