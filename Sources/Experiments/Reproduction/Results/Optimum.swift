internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCompute
public import CLIPModelShapes

/// The best accelerators that the paper's space of 3240 has for a model, in a set-up.
public struct Optimum: Equatable, Sendable {
  /// The model's name in the paper.
  public let model: String
  /// Its shape.
  public let configuration: CLIPConfiguration
  /// The set-up's key.
  public let setup: String
  /// Whether an accelerator keeps the limit of 50 ms; where none does, that limit was left out.
  public let keepsLatencyLimit: Bool
  /// The accelerator of least carbon within the limits; nil where there is none.
  public let leastCarbon: PricedModel?
  /// The accelerator of least latency within the limits.
  public let leastLatency: PricedModel?

  /// The limits of the paper's search: 50 ms, 32 mm2, 20.48 TOPS.
  static let limits = Limit.edge

  /// - Throws: `InputError` of a design that cannot be priced.
  init(
    of model: CLIPConfiguration, named name: String, _ setup: Setup, across space: DesignSpace, on pool: ThreadPool
  ) throws {
    self.model = name
    configuration = model
    self.setup = setup.key
    func least(_ metric: Metric, _ limits: [Limit]) throws -> PricedModel? {
      PricedModel(try setup.assessor.least(metric, of: model, across: space, limits: limits, on: pool))
    }
    let fast = try least(.latency, Self.limits)
    keepsLatencyLimit = fast != nil
    let limits = keepsLatencyLimit ? Self.limits : Self.limits.filter { $0.metric != .latency }
    leastLatency = try fast ?? least(.latency, limits)
    leastCarbon = try least(.carbon, limits)
  }
}

extension [Optimum] {
  /// What was found for a model in a set-up; a model may bear two names.
  func of(_ model: CLIPConfiguration, in setup: Setup) -> Optimum? {
    first { $0.configuration == model && $0.setup == setup.key }
  }
}
