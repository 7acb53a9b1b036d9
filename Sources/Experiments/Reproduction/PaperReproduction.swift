internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes

/// The carbon and latency that the CATransformers paper prints (arXiv 2505.01386), computed again: by its own estimator
/// and by a corrected one, on its accelerators and on the best of its space.
///
/// The same figures on every machine and any number of threads.
public struct PaperReproduction: Sendable {
  /// What the paper prints.
  public let tables: PublishedTables
  /// Under which assumptions it is computed again.
  public let setups: Setups
  /// Tables 3 and 9: every member of the family on its printed accelerator.
  public let family: [FamilyFigures]
  /// Table 2: every model on its printed accelerators.
  public let searches: [SearchFigures]
  /// Every model on the best accelerators of the space: reference and physical in the published scenario, physical in the
  /// standard scenario.
  public let optima: [Optimum]
  /// Which use explains the printed carbon.
  public let fits: [SetupFit]
  /// Which clock explains the printed latencies.
  public let clocks: [ClockFit]
  /// The claims under each assumption.
  public let variants: [ClaimVariant]
  /// The claims when inputs are known only roughly.
  public let draws: [ClaimDraws]
  /// Whether the printed order of the family is ours.
  public let ranks: [FamilyRanks]
  /// Least carbon against least latency at the same model.
  public let tradeOffs: [ModelTradeOffs]
  /// What a dirtier grid does to the best accelerator of the family's first model.
  public let shifts: [GridShift]

  /// Computes everything.
  /// - Parameters:
  ///   - progress: told what is done, out of how many steps
  /// - Throws: `InputError` where the toolkit's own tables cannot be read.
  public init(
    _ tables: PublishedTables, on pool: ThreadPool, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    self.tables = tables
    let setups = try Setups(), space = try DesignSpace.paper()
    self.setups = setups
    var models = tables.family.map { (name: $0.name, shape: $0.configuration) }
    for search in tables.searches where !models.contains(where: { $0.shape == search.configuration }) {
      models.append((search.model, search.configuration))
    }
    let swept = [setups.referencePublished, setups.physicalPublished, setups.physicalEdge]
    var done = 0
    let total = swept.count * models.count + 2
    func step() {
      done += 1
      progress(done, total)
    }
    family = try tables.family.map { try FamilyFigures($0, setups) }
    searches = try tables.searches.map { try SearchFigures($0, setups) }
    step()
    optima = try swept.flatMap { setup in
      try models.map { model in
        defer { step() }
        return try Optimum(of: model.shape, named: model.name, setup, across: space, on: pool)
      }
    }
    fits = try SetupFit.all(family, setups)
    clocks = try ClockFit.all(tables.family, setups.referencePublished)
    variants = try ClaimVariants(tables, setups, optima, space, pool).all()
    draws = try ClaimDraws.all(tables.claims, family, optima, setups)
    let own = optima
    ranks = FamilyRanks.all(
      family, setups,
      own: tables.family.map { own.of($0.configuration, in: setups.physicalEdge)?.leastCarbon?.total ?? .nan })
    tradeOffs = ModelTradeOffs.all(tables.searches, optima, setups)
    shifts = try [setups.referenceStated, setups.physicalEdge].flatMap { setup in
      try tables.family.first.map { try GridShift.all(for: $0, setup, across: space, on: pool) } ?? []
    }
    step()
  }
}
