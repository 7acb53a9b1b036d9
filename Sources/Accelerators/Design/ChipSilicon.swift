internal import CLIPFiles
public import CLIPModelShapes

/// What a chip is made of and runs at, beside its sizes: process, voltage, numbers, what stays in the lanes.
///
/// A design that says nothing of these is priced as it always was: by edition 1 of the account.
public struct ChipSilicon: Hashable, Sendable {
  /// What the physical cost model counts: 1, what it has counted since it was first recorded; 2, voltages, lanes that wait,
  /// registers for operands, logic and SRAM that shrink apart, and what a system takes beyond its parts.
  public var edition = 1
  /// Feature size in nm; ``scenarioNode``: the scenario's.
  public var node = scenarioNode
  /// In V; ``leastVoltage`` and ``nominalVoltage`` stand for what they say.
  public var voltage = leastVoltage
  /// What numbers are, as `Arithmetic` reads it; ``standardArithmetic``: bytes in edition 1, `int8` in edition 2.
  public var arithmetic = standardArithmetic
  /// What stays in the lanes: a name of ``Dataflow``.
  public var dataflow = Dataflow.outputStationary.rawValue
  /// Bytes of memory in each lane.
  public var scratchpadBytes = 0

  /// Numbers that no name says, such as weights of 16 bits, for comparison with published chips.
  var exact: Arithmetic?

  /// The node that the scenario names.
  public static let scenarioNode = 0.0
  /// The least voltage that carries the clock.
  public static let leastVoltage = 0.0
  /// The node's nominal voltage.
  public static let nominalVoltage = -1.0
  /// What the edition counts where nothing is said.
  public static let standardArithmetic = "standard"

  /// A chip as the first edition of the account knows it.
  public init() {}

  /// An arithmetic's one spelling.
  @Sendable static func spelling(_ name: String) throws -> String {
    name == standardArithmetic ? name : try Arithmetic(parsing: name).description
  }

  /// - Throws: `InputError` for a name that no dataflow has.
  @Sendable static func dataflowNamed(_ name: String) throws -> String {
    guard Dataflow(rawValue: name) != nil else {
      throw InputError(
        "dataflow: unknown \(name.quoted())",
        advice: Suggestion.advice(for: name, among: Dataflow.allCases.map(\.rawValue)))
    }
    return name
  }

  /// What is not as designs mostly have it, for people.
  func notes(clock: Double) -> [String] {
    var notes: [String] = []
    if node != Self.scenarioNode { notes.append("\(KnobValue.real(node)) nm") }
    if edition > 1 {
      let volts = supply == .least ? "the least voltage" : supply == .nominal ? "nominal voltage" : "\(voltage) V"
      notes.append("\(KnobValue.real(clock / 1e6)) MHz at \(volts)")
    }
    if arithmetic != Self.standardArithmetic { notes.append(arithmetic) }
    if dataflow != Dataflow.outputStationary.rawValue { notes.append(dataflow) }
    if scratchpadBytes > 0 { notes.append("\(scratchpadBytes) B a lane") }
    return notes
  }

  /// The voltage as one of the ways to say it.
  var supply: SupplyVoltage {
    switch voltage {
    case Self.leastVoltage: .least
    case Self.nominalVoltage: .nominal
    default: .volts(voltage)
    }
  }

  /// What the numbers are; nil for a byte each, as edition 1 counts.
  /// - Throws: `InputError` for a name that says nothing.
  public func numbers() throws -> Arithmetic? {
    if let exact { return exact }
    guard arithmetic == Self.standardArithmetic else { return try Arithmetic(parsing: arithmetic) }
    return edition == 1 ? nil : .int8
  }

  /// - Throws: `InputError` for what edition 1 knows nothing of.
  func checked() throws {
    guard edition == 1 else { return }
    func refuse(_ key: String) -> InputError {
      InputError("\(key) belongs to edition 2 of the account", advice: "add edition: 2 to the design")
    }
    if voltage != Self.leastVoltage { throw refuse("voltage") }
    if dataflow != Dataflow.outputStationary.rawValue { throw refuse("dataflow") }
    if scratchpadBytes > 0 { throw refuse("scratchpad") }
  }
}
