public import CLIPAssessment
public import CLIPCompute
internal import CLIPFiles
public import CLIPModelShapes
public import CLIPSearch

/// What a family's models cost in one account, each on its best accelerators.
public struct FamilyPrices: Sendable {
  /// One model in the account.
  public struct Priced: Sendable {
    /// The model.
    public let model: FamilyModel
    /// Its shape.
    public let shape: CLIPConfiguration
    /// Its accelerator of least carbon.
    public let greenest: AssessedDesign
    /// Its accelerator of least latency.
    public let fastest: AssessedDesign
  }

  /// The account.
  public let account: CarbonAccount
  /// The models, in the record's order.
  public let models: [Priced]
  private let pool: ThreadPool

  /// - Throws: `InputError` for a model that no accelerator of the account can run within its limits.
  public init(_ record: FamilyRecord, of search: SearchRecipe, in account: CarbonAccount, on pool: ThreadPool) throws {
    self.account = account
    self.pool = pool
    models = try record.models.map { model in
      let shape = try search.space.shape(sizes: model.sizes)
      func least(_ metric: Metric) throws -> AssessedDesign? {
        try account.assessor.least(metric, of: shape, across: account.space, limits: account.limits, on: pool)
      }
      guard let greenest = try least(.carbon), let fastest = try least(.latency) else {
        throw InputError(
          "\(model.name) has no accelerator within the limits of \(account.name)", advice: "loosen the account's limits"
        )
      }
      return Priced(model: model, shape: shape, greenest: greenest, fastest: fastest)
    }
  }

  /// A model's accelerator of least carbon among those no slower than a latency in seconds; nil where there is none.
  /// - Throws: `InputError` of a design that cannot be priced.
  public func greenest(_ model: Priced, within latency: Double) throws -> AssessedDesign? {
    if model.greenest.value(of: .latency) <= latency { return model.greenest }
    guard model.fastest.value(of: .latency) <= latency else { return nil }
    let limits = account.limits.filter { $0.metric != .latency || $0.most < latency }
    return try account.assessor.least(
      .carbon, of: model.shape, across: account.space,
      limits: limits.contains { $0.metric == .latency } ? limits : limits + [Limit(.latency, atMost: latency)], on: pool
    )
  }
}
