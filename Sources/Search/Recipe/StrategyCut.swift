public import CLIPFiles
public import CLIPModelShapes
internal import CLIPPruning
public import CLIPRecipes

/// A model that is cut by the global ranking of a pruning strategy to a budget, in the place of sizes: its layers may differ in
/// heads and hidden units. Learned masks are a strategy here, too: what comes of them is the rank of parts and weights.
public struct StrategyCut: Equatable, Sendable {
  /// The strategy's name, such as `magnitude`.
  public let strategy: String
  /// What is counted, as a key: `macs`, `image-macs`, `params`.
  public let count: String
  /// A share such as `25 %`, or a number such as `80M`.
  public let most: String
  /// Samples that masks are learned from; nil for as many as `finetune` takes, and for other strategies.
  public let maskSamples: Int?
  /// The learning rate of masks; nil for its standard, and for other strategies.
  public let maskRate: Double?

  /// Whether masks are learned.
  public var learnsMasks: Bool { strategy == MaskLearning.name }

  private static let counts: [(key: String, kind: Budget.Kind)] = [
    ("macs", .macs), ("image-macs", .imageMacs), ("params", .parameters),
  ]
  static let strategyKey = "strategy"
  private static let samplesKey = "mask-samples", rateKey = "mask-lr"
  private static var names: [String] { ImportanceCatalog.names + [MaskLearning.name] }

  /// Whether a section of a recipe means one.
  public static func isMeant(by node: RecipeNode) -> Bool { node[strategyKey] != nil }

  /// Reads `{strategy: magnitude, image-macs: 25 %}`.
  /// - Throws: `InputError` naming the place and what is accepted.
  public init(_ node: RecipeNode, as kind: RecipeKind) throws {
    var reader = try RecipeReader(node, as: kind)
    let name = try reader.text(Self.strategyKey) ?? ""
    let budgets = try Self.counts.compactMap { count in try reader.text(count.key).map { (count.key, $0) } }
    maskSamples = try reader.integer(Self.samplesKey, in: MaskSettings.sampleRange)
    maskRate = try reader.number(Self.rateKey, in: MaskSettings.rateRange)
    try reader.finish()
    guard Self.names.contains(name) else {
      throw reader.error(
        Self.strategyKey, "is none that prunes: \(name.quoted())", Suggestion.advice(for: name, among: Self.names))
    }
    guard name == MaskLearning.name || (maskSamples == nil && maskRate == nil) else {
      throw node.error(
        "\(Self.samplesKey) and \(Self.rateKey) belong to \(MaskLearning.name)", advice: "leave them out")
    }
    guard budgets.count == 1, let budget = budgets.first else {
      throw node.error(
        "a strategy cuts to one budget",
        advice: "one of \(Self.counts.map(\.key).joined(separator: ", ")): such as 25 %")
    }
    (strategy, count, most) = (name, budget.0, budget.1)
  }

  /// What ``json`` wrote; nil for anything else.
  public init?(_ json: JSONValue) {
    guard let strategy = json["strategy"]?.stringValue,
      let count = Self.counts.first(where: { json[$0.key] != nil })?.key, let most = json[count]?.stringValue
    else { return nil }
    (self.strategy, self.count, self.most) = (strategy, count, most)
    (maskSamples, maskRate) = (json[Self.samplesKey]?.intValue, json[Self.rateKey]?.doubleValue)
  }

  /// As plain data.
  public var json: JSONObject {
    var json: JSONObject = ["strategy": .string(strategy), count: .string(most)]
    if let maskSamples { json[Self.samplesKey] = .integer(maskSamples) }
    if let maskRate { json[Self.rateKey] = .number(maskRate) }
    return json
  }

  /// The budget for a model.
  /// - Throws: `InputError` for a budget that is none, or more than the model has.
  func budget(of dense: CLIPConfiguration) throws -> Budget {
    guard let kind = Self.counts.first(where: { $0.key == count })?.kind else {
      throw InputError("unknown budget \(count.quoted())")
    }
    do { return try Budget(kind, parsing: most, of: dense) } catch var error as InputError {
      error.problem = error.problem.replacing(/^--target-[a-z-]+/, with: count)
      throw error
    }
  }

  /// Refuses what cannot be before anything is computed.
  /// - Throws: `InputError` for a budget that the model cannot have, or a strategy that cuts to no budget.
  public func check(of dense: CLIPConfiguration) throws {
    let budget = try budget(of: dense)
    guard try learnsMasks || ImportanceCatalog.strategy(strategy).allocates else {
      throw InputError(
        "\(strategy) cuts to sizes that are given and cannot choose them", advice: "take another strategy")
    }
    do {
      try learnsMasks ? MaskLearning.check(budget, of: dense) : budget.checkReach(of: dense)
    } catch var error as InputError {
      // Whoever writes a recipe has no flags.
      error.problem = error.problem.replacing(/^--target-[a-z-]+/, with: count)
      error.advice = error.advice?.replacing(/^ask for fewer layers.*/, with: "ask for more")
      throw error
    }
  }
}

extension SearchRecipe {
  /// The same search over the one shape that a strategy chose, cut by that strategy.
  /// - Parameter sizes: what ``CandidateTrainer/sizes(for:)`` gave; empty before
  /// - Throws: `InputError` for an unknown strategy, or sizes that the base model cannot be cut to.
  package func cut(by cut: StrategyCut, to sizes: JSONObject) throws -> SearchRecipe {
    var recipe = self
    if cut.learnsMasks { recipe.masks = cut } else { recipe.importance = try ImportanceCatalog.strategy(cut.strategy) }
    recipe.space = try ModelSpace(just: sizes, of: dense)
    return recipe
  }
}

extension CandidateTrainer {
  /// The sizes that a strategy's ranking gives the base model within a budget; its recipe must be one that is cut by it.
  /// - Returns: by axis, as ``ModelSpace/shape(sizes:)`` takes them; heads and hidden units as lists
  /// - Throws: `InputError` where the budget cannot be reached; `CancellationError` when stopped.
  package func sizes(for cut: StrategyCut) throws -> JSONObject {
    let dense = recipe.dense
    let shape =
      cut.learnsMasks
      ? try learnedMasks(cut).shape() : try allocation(within: cut.budget(of: dense)).plan.configuration
    var sizes = JSONObject()
    func add(_ name: String, _ tower: some TowerConfiguration, _ dense: some TowerConfiguration) {
      if tower.width != dense.width { sizes["\(name)-width"] = .integer(tower.width) }
      if tower.headsPerLayer != dense.headsPerLayer {
        sizes["\(name)-heads"] = .array(tower.headsPerLayer.map { .integer($0) })
      }
      if tower.mlpWidth != dense.mlpWidth { sizes["\(name)-mlp"] = .array(tower.mlpWidth.map { .integer($0) }) }
    }
    add("vision", shape.vision, dense.vision)
    add("text", shape.text, dense.text)
    return sizes
  }
}

extension ShapeRequest {
  /// Sets the sizes of each layer; false for an axis that has but one.
  mutating func setLayers(_ axis: String, _ sizes: [Int]) -> Bool {
    switch axis {
    case "vision-heads": vision.heads = sizes
    case "vision-mlp": vision.mlp = sizes
    case "text-heads": text.heads = sizes
    case "text-mlp": text.mlp = sizes
    default: return false
    }
    return true
  }
}
