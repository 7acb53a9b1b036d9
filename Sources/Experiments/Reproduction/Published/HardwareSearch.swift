public import CLIPAccelerators
internal import CLIPFiles
public import CLIPModelShapes
public import CLIPUnits

/// A row of the paper's table 2: the accelerator of least carbon, or of least latency, that its search found for a model.
public struct HardwareSearch: Equatable, Sendable {
  /// What was made small.
  public enum Target: String, CaseIterable, Sendable {
    case carbon = "min_carbon"
    case latency = "min_latency"
  }

  /// The model's name in the paper.
  public let model: String
  /// Its shape, with the quick GELU that the reference traces.
  public let configuration: CLIPConfiguration
  /// What was made small.
  public let target: Target
  /// The accelerator. Its L2 bandwidth is not printed: see ``l2BytesPerCycle(of:among:)``.
  public let design: AcceleratorDesign
  /// Printed, to 0.01 kg.
  public let carbon: KilogramsCO2e
  /// Printed, to 0.1 ms.
  public let latency: Seconds

  static let columns = [
    "model", "shape", "params_m", "target", "carbon_kgco2e", "latency_ms", "cores", "pe_x", "pe_y", "l2_kb", "glb_mb",
  ]
  /// The fastest of the paper's space, which costs its estimator nothing.
  private static let fastestL2 = 128

  init(_ row: FigureTable.Row, family: [FamilyMember]) throws {
    model = try row.text("model")
    let shape = try row.text("shape"), member = family.first { $0.name == shape }
    if let member {
      configuration = member.configuration
    } else {
      do {
        var named = try NamedModels.model(shape).configuration
        named.usesQuickGELU = true
        configuration = named
      } catch {
        throw InputError(
          "unknown shape \(shape.quoted())", at: row.place("shape"),
          advice: Suggestion.advice(for: shape, among: family.map(\.name) + NamedModels.all.map(\.name)))
      }
    }
    let word = try row.text("target")
    guard let target = Target(rawValue: word) else {
      throw InputError(
        "unknown target \(word.quoted())", at: row.place("target"),
        advice: Suggestion.advice(for: word, among: Target.allCases.map(\.rawValue)))
    }
    self.target = target
    var design = try AcceleratorDesign(printed: row, l2BytesPerCycle: Self.fastestL2)
    // Table 3 prints the bandwidth of the accelerators that both tables have.
    if let member, target == .carbon {
      design.l2BytesPerCycle = member.design.l2BytesPerCycle
      if design != member.design { design.l2BytesPerCycle = Self.fastestL2 }
    }
    self.design = design
    carbon = KilogramsCO2e(try row.number("carbon_kgco2e", in: PublishedTables.carbons))
    latency = Seconds(try row.number("latency_ms", in: PublishedTables.milliseconds) / 1000)
  }
}
