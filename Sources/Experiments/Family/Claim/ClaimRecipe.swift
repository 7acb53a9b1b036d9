internal import CLIPAccelerators
public import CLIPAssessment
public import CLIPCarbonFootprint
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPRecipes
internal import CLIPSearch

/// What a family's recipe says of its claim: `claim: {margin: 3 points, uses: [battery-camera, camera], ...}`.
public struct ClaimRecipe: Sendable {
  /// What rivals of kind 2 were found by.
  public struct Searched: Equatable, Sendable {
    /// The search's rule, such as `latency-aware`.
    public let rule: String
    /// Names of baselines.
    public let models: [String]
    /// What the search made small: by it a chip is chosen, beside the one of least carbon.
    public let chip: Metric
  }

  /// What is judged by.
  public let rule: ClaimRule
  /// Names of scenarios; what a member saves is what it saves in the one where that is less.
  public let uses: [String]
  /// What is counted; the first is the aim's.
  public let boundaries: [Boundary]
  /// Codes of grids; the first is the claim's. Empty for the scenarios' own.
  public let grids: [String]
  /// Models that other searches found.
  public let searched: [Searched]
  private let changes: [ScenarioChange]

  static let key = "claim"
  private static let example = "{margin: 3 points, uses: [battery-camera, camera]}"
  private static let points = [RecipeUnit("points", "point", "%", size: 1)]
  private static let percent = [RecipeUnit("%", size: 1)]

  /// Reads the section.
  /// - Throws: `InputError` naming the place and what is accepted.
  init(_ section: RecipeNode) throws {
    guard case .map = section.value else {
      throw section.error(
        "\(Self.key) must be keys with values, found \(section.short)", advice: "such as \(Self.example)")
    }
    var reader = try RecipeReader(section, as: .family)
    var rule = ClaimRule()
    if let margin = try reader.measure("margin", Self.points, in: 0...50) { rule.margin = margin / 100 }
    uses = try reader.texts("uses") ?? ["battery-camera", "camera"]
    let boundaryNames = try reader.texts("boundaries") ?? Boundary.allCases.map(\.rawValue)
    grids = try reader.texts("grids") ?? []
    if let aim = reader.node("aim") { (rule.most, rule.all) = try Self.aim(aim) }
    rule.draws = try reader.integer("draws", in: ClaimRule.drawRange) ?? rule.draws
    rule.seed = UInt64(try reader.integer("seed", in: 0...Int(Int32.max)) ?? 0)
    let searches = reader.node("searches")
    changes = ScenarioChange.read(&reader)
    try reader.finish()
    guard !uses.isEmpty, Set(uses).count == uses.count else {
      throw reader.error("uses", "must be different scenarios", "such as uses: [battery-camera, camera]")
    }
    boundaries = try boundaryNames.map { name in
      guard let boundary = Boundary(rawValue: name) else {
        throw reader.error(
          "boundaries", "has no \(name.quoted())",
          Suggestion.advice(for: name, among: Boundary.allCases.map(\.rawValue)))
      }
      return boundary
    }
    guard !boundaries.isEmpty, Set(boundaries).count == boundaries.count, Set(grids).count == grids.count else {
      throw section.error("boundaries and grids must be different ones")
    }
    for (key, list) in [("boundary", "boundaries"), ("grid", "grids")] {
      if let change = changes.first(where: { $0.key == key }) {
        throw change.value.error("a claim has several of \(list)", advice: "write \(list): [\(change.value.short)]")
      }
    }
    self.rule = rule
    searched = try Self.searched(searches)
  }

  private static func aim(_ node: RecipeNode) throws -> (most: Double, all: Double) {
    guard case .list(let items) = node.value, items.count == 2 else {
      throw node.error(
        "aim must be what more than half of the members save and what every one does, found \(node.short)",
        advice: "such as aim: [30 %, 17 %]")
    }
    let shares = try items.map { try $0.measure("aim", percent, in: 0...100) / 100 }
    return (shares[0], shares[1])
  }

  private static func searched(_ node: RecipeNode?) throws -> [Searched] {
    guard let node else { return [] }
    let example = "such as searches: {latency-aware: {models: [l-xs, l-s], chip: latency}}"
    guard case .map(let rules) = node.value else {
      throw node.error("searches must be rules with the models that they found, found \(node.short)", advice: example)
    }
    return try rules.map { rule, section in
      guard case .map = section.value else { throw section.error("\(rule) must name its models", advice: example) }
      var reader = try RecipeReader(section, as: .family)
      let models = try reader.texts("models") ?? []
      let chip = try reader.choice("chip", Metric.self) ?? .carbon
      try reader.finish()
      guard !models.isEmpty else { throw section.error("\(rule) must name its models", advice: example) }
      return Searched(rule: rule, models: models, chip: chip)
    }
  }

  /// Refuses a claim that could not be judged, before anything is trained.
  /// - Throws: as ``account(_:_:grid:of:)``; and for a search without sets of classes.
  func check(_ search: SearchRecipe) throws {
    guard let aim = search.aim, aim.command == nil, aim.parts.allSatisfy(\.figure.isOfClasses) else {
      throw search.node.error("a claim needs guesses for single pictures", advice: "such as task: classification")
    }
    for use in uses {
      for boundary in boundaries { _ = try account(use, boundary, grid: grids.first, of: search) }
    }
    for grid in grids { _ = try GridTable().grid(grid) }
  }

  /// A use in a boundary on a grid, on the accelerators of the search.
  /// - Parameter grid: a code; nil for the scenario's own
  /// - Throws: `InputError` for a scenario or a grid that is not known, and where the search has no space of accelerators.
  func account(_ use: String, _ boundary: Boundary, grid: String? = nil, of search: SearchRecipe) throws
    -> CarbonAccount
  {
    guard case .space(let space) = search.hardware else {
      throw search.node.error("a claim needs a space of accelerators, not one design")
    }
    let named = RecipeNode(word: use, origin: "claim: uses")
    var scenario = try Scenario.stated(
      named, changing: changes + [ScenarioChange("boundary", RecipeNode(word: boundary.rawValue, origin: "claim"))])
    if let grid { scenario.grid = try GridTable().grid(grid) }
    let name = [scenario.name, boundary.rawValue, scenario.grid.name].joined(separator: ", ")
    return CarbonAccount(name, search.assessor.moved(to: scenario), space, limits: search.limits)
  }
}

extension CarbonAccount {
  /// The same account with all accelerators in one arithmetic.
  /// - Throws: `InputError` where they cannot have it.
  func priced(in arithmetic: String) throws -> CarbonAccount {
    var assessor = assessor
    if let own = try? Arithmetic(parsing: arithmetic) { assessor.numberBits = own.weightBits }
    let change = DesignChange("arithmetic", words: arithmetic, origin: name)
    return CarbonAccount(name, assessor, try space.changed(by: [change]), limits: limits)
  }
}
