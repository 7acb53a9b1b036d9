public import Assessment
public import Compute
internal import Files
public import Search

/// What a family's models cost in one account, each on every accelerator.
public struct FamilyPrices: Sendable {
  /// One model in the account.
  public struct Priced: Sendable {
    /// The model.
    public let model: FamilyModel
    /// It on all accelerators.
    public let space: SpaceAssessment
    /// Its accelerator of least carbon.
    public let greenest: AssessedDesign
    /// Its accelerator of least latency.
    public let fastest: AssessedDesign

    /// Its accelerator of least carbon among those no slower than a latency in seconds; nil where there is none.
    public func greenest(within latency: Double) -> AssessedDesign? {
      space.allowed.filter { $0.value(of: .latency) <= latency }.min {
        ($0.value(of: .carbon), $0.number) < ($1.value(of: .carbon), $1.number)
      }
    }
  }

  /// The account.
  public let account: CarbonAccount
  /// The models, in the record's order.
  public let models: [Priced]

  /// - Throws: `InputError` for a model that no accelerator of the account can run within its limits.
  public init(_ record: FamilyRecord, of search: SearchRecipe, in account: CarbonAccount, on pool: ThreadPool) throws {
    self.account = account
    models = try record.models.map { model in
      let shape = try search.space.shape(sizes: model.sizes)
      let space = try account.assessor.assess(shape, across: account.space, limits: account.limits, on: pool)
      guard let greenest = space.least(.carbon), let fastest = space.least(.latency) else {
        throw InputError(
          "\(model.name) has no accelerator in \(account.name): \(space.excuse ?? "")",
          advice: "loosen the account's limits")
      }
      return Priced(model: model, space: space, greenest: greenest, fastest: fastest)
    }
  }
}
