public import CLIPAssessment
public import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes

/// A family's claim: what its members save against models of equal accuracy, by guesses for single pictures.
///
/// Before the test sets are opened it is a claim on the validation pictures, which tells who will be whose rival; the labels
/// of test pictures are read only where the record says that they were opened.
public struct FamilyClaim: Sendable {
  /// What all models emit in one use.
  public struct Use: Sendable {
    /// The scenario's name.
    public let name: String
    /// Each model on its chip.
    public let designs: [AssessedDesign]
    /// Each model's carbon, in kg: from 5 to 95 % of the draws.
    public let ranges: [ClosedRange<Double>]

    /// Each model's carbon, in kg.
    public var carbon: ClaimCarbon { ClaimCarbon(use: name, stated: designs.map { $0.value(of: .carbon) }) }
  }

  /// A boundary on a grid, with the uses in it.
  public struct Frame: Sendable {
    /// What is counted.
    public let boundary: Boundary
    /// The grid of use.
    public let grid: GridIntensity
    /// One a scenario.
    public let uses: [Use]
    /// What is saved.
    public let result: ClaimResult
  }

  /// Which pictures it is on.
  public let part: PictureLabels.Part
  /// The sets of pictures, as the recipe names them.
  public let sets: [String]
  /// The models, with accuracies in draws.
  public let study: ClaimStudy
  /// By grid and boundary, those of the recipe's first grid first.
  public let frames: [Frame]
  /// The shape of each model, for people.
  let shapes: [String]
  /// Models that were given up when the test sets were opened.
  let givenUp: [String]
  /// What the candidates of the searches cost.
  let charges: [FamilyRecord.Charge]
  /// The names of each set's classes.
  let classNames: [[String]]

  /// How far the judgment of a claim is.
  public struct Stage: Sendable {
    /// Such as `pricing`.
    public let name: String
    /// What is counted, such as `prices`.
    public let unit: String
    /// How much is done, and of how much.
    public let done: Int, total: Int
  }

  /// Judges what a record holds.
  /// - Parameters:
  ///   - prices: what was priced before; nil begins anew
  ///   - shouldStop: asked between boundaries, beside what the prices ask
  /// - Throws: `InputError` where the recipe has no claim, a model was not measured as it must be, or no accelerator is within
  ///   the limits; `CancellationError` when stopped.
  public init(
    _ record: FamilyRecord, of recipe: FamilyRecipe, on pool: ThreadPool, prices: PriceList? = nil,
    observe: (Stage) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws {
    guard let claim = recipe.claim else { throw InputError("has no claim", file: recipe.name) }
    let part: PictureLabels.Part = record.opened == nil ? .validation : .test
    let labels = try PictureLabels(of: part, in: recipe), prices = try prices ?? PriceList(on: pool)
    let found = try Self.models(record, claim, labels, part)
    study = try ClaimStudy(found.models, claim.rule, on: pool)
    let shapes = try found.sizes.map { try recipe.search.space.shape(sizes: $0) }
    let grids: [String?] = claim.grids.isEmpty ? [nil] : claim.grids
    let places = grids.flatMap { grid in claim.boundaries.map { (grid: grid, boundary: $0) } }
    let all = places.count * claim.uses.count * shapes.count
    var done = 0
    let accounts = try places.map { place in
      try claim.uses.map { try claim.account($0, place.boundary, grid: place.grid, of: recipe.search) }
    }
    var designs = accounts.map { $0.map { _ in [AssessedDesign]() } }
    var known: [String: [[CarbonAccount]]] = [:]
    for (model, shape) in zip(found.models, shapes) {
      let own = try known[model.arithmetic] ?? accounts.map { try $0.map { try $0.priced(in: model.arithmetic) } }
      known[model.arithmetic] = own
      for use in claim.uses.indices {
        // Boundaries and grids come last: what is known of one serves the next (``PriceList``).
        for place in places.indices {
          guard let design = try prices.least(model.chip, of: shape, in: own[place][use]) else {
            throw InputError(
              "\(model.name) has no accelerator within the limits of \(accounts[place][use].name)",
              advice: "loosen the search's limits")
          }
          designs[place][use].append(design)
          done += 1
          observe(Stage(name: "pricing the models", unit: "prices", done: done, total: all))
        }
      }
    }
    var frames: [Frame] = []
    for place in places.indices {
      if shouldStop() { throw CancellationError() }
      guard let grid = accounts[place].first?.assessor.scenario.grid else { continue }
      var framed: [Use] = [], carbon: [ClaimCarbon] = []
      for (use, designs) in zip(claim.uses, designs[place]) {
        let drawn = try UncertaintyStudy(
          designs.compactMap(\.carbon), draws: claim.rule.draws, seed: claim.rule.seed)
        let totals = designs.indices.map { drawn.totals(of: $0) }
        framed.append(Use(name: use, designs: designs, ranges: totals.map { DrawnFigure.middle(of: $0) }))
        carbon.append(ClaimCarbon(use: use, stated: designs.map { $0.value(of: .carbon) }, draws: totals))
      }
      frames.append(
        Frame(
          boundary: places[place].boundary, grid: grid, uses: framed, result: try study.result(of: carbon)))
      observe(Stage(name: "drawing", unit: "boundaries", done: frames.count, total: places.count))
    }
    self.part = part
    self.frames = frames
    sets = found.sets
    classNames = labels.classNames
    self.shapes = shapes.map { FamilyModel.shape($0) }
    givenUp = record.opened?.givenUp ?? []
    charges = record.charges
  }

  /// The models of the claim with the sizes of each, and the sets' names.
  static func models(
    _ record: FamilyRecord, _ claim: ClaimRecipe, _ labels: PictureLabels, _ part: PictureLabels.Part
  ) throws -> (models: [ClaimModel], sizes: [JSONObject], sets: [String]) {
    var models: [ClaimModel] = [], sizes: [JSONObject] = [], sets: [String] = []
    let names = Set(record.models.map(\.name))
    if let missing = claim.searched.flatMap(\.models).first(where: { !names.contains($0) }) {
      throw InputError("claim: searches: the family has no model \(missing.quoted())")
    }
    for model in record.models {
      let runs = record.opened == nil ? model.runs : model.runs.filter(\.isOpened)
      guard let first = runs.first else { continue }
      let searched = claim.searched.first { $0.models.contains(model.name) }
      let kind: ClaimModel.Kind =
        switch model.kind {
        case .member: .member
        case .whole: .whole
        case .baseline: searched.map { .searched(rule: $0.rule) } ?? .simple
        case .searched: .searched(rule: model.foundBy?.rule ?? "")
        }
      let own = model.foundBy?.metric ?? searched?.chip ?? .carbon
      for arithmetic in model.arithmetic.map({ [$0] }) ?? first.readings.map(\.arithmetic) {
        let readings = try runs.map { run in
          guard let reading = run.readings.first(where: { $0.arithmetic == arithmetic }) else {
            throw InputError(
              "\(model.name), seed \(run.seed) was not read in \(arithmetic)", advice: "measure it again")
          }
          return reading
        }
        let guesses = readings.map { part == .test ? $0.testGuesses : $0.validationGuesses }
        if sets.isEmpty { sets = guesses.first?.map(\.data) ?? [] }
        guard guesses.allSatisfy({ $0.map(\.data) == sets }), !sets.isEmpty else {
          throw InputError(
            "\(model.name) has no guesses of \(sets.joined(separator: ", "))", advice: "measure it again")
        }
        let right = try sets.indices.map { set in
          try guesses.map { try $0[set].isRight(labels: labels.labels(of: $0[set])) }
        }
        let validation = readings.reduce(0) { $0 + $1.validation.mean } / Double(readings.count)
        // What a model has by itself is the same on every chip: the one of least carbon is as good as any.
        for chip in [.carbon] + (own == .carbon || own.isOfModel ? [] : [own]) {
          models.append(
            ClaimModel(
              model.name, kind, arithmetic: arithmetic, chip: chip, validation: validation, right: right))
          sizes.append(model.sizes)
        }
      }
    }
    return (models, sizes, sets)
  }

  /// Trainings that decide: some member's rival in at least 5 % of the draws, in some use, boundary and grid, with the largest
  /// share. These and the members get more seeds than the others.
  public var deciding: [(training: String, share: Double)] {
    var found: [String: Double] = [:]
    for frame in frames {
      for (place, share) in frame.result.deciding where share >= ClaimRule.deciding {
        found[study.models[place].training] = max(found[study.models[place].training] ?? 0, share)
      }
    }
    return found.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }
}
