public import CLIPAccelerators
public import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPImages
public import CLIPModelShapes
public import CLIPRecipes
internal import CLIPTraining

/// What a search is asked: a YAML file, checked as a whole before anything is trained.
///
/// Every key is described in `docs/search.md`.
public struct SearchRecipe: Sendable {
  /// The recipe as it was written, with what flags changed.
  public let node: RecipeNode
  /// A name for people.
  public let name: String
  /// What is searched for.
  public let mode: SearchMode
  /// What is made small beside the accuracy.
  public let metrics: [Metric]
  /// What every answer must keep to.
  public let limits: [Limit]
  /// An accuracy that an answer should have; the hypervolume counts from it.
  public let leastAccuracy: Double
  /// How much less accurate than the whole model the answer may be, 0 to 1.
  public let acceptedLoss: Double
  /// Which accuracy counts.
  public let precision: AccuracyPrecision

  /// The checkpoint that is cut, and the teacher of what comes of it.
  public let pretrained: String
  /// Its shape.
  public let dense: CLIPConfiguration
  /// The shapes to choose from.
  public let space: ModelSpace

  /// What the accelerators are called.
  public let hardwareName: String
  /// The accelerators to choose from.
  public let hardware: Hardware
  /// Prices a model on a design.
  public let assessor: Assessor

  /// What is trained on.
  public let trainData: String
  /// What accuracy is measured on during the search.
  public let validationData: String
  /// What the answers are measured on once, at the end; nil leaves that out.
  public let testData: String?
  /// How the three are read: splits, folder of images, columns.
  private(set) var trainOptions = DataSetOptions(), validationOptions = DataSetOptions(), testOptions = DataSetOptions()
  /// How pictures are decoded.
  private(set) var decoding = DecodingOptions()
  /// Pairs that pruning and quantization look at, from the training data.
  public let calibrationSamples: Int
  /// The ridge of pruning's refits, as a share of the Gram matrix's mean diagonal. Ten times what suits pruning alone: the
  /// smaller weights that it leaves lose less in 8 bits, and more is gained by fine-tuning them (docs/quantization.md).
  public let ridge: Double
  /// Importance strategy of pruning.
  public let strategy: String
  /// Settings of fine-tuning.
  public let finetune: RecipeNode

  /// The grid that the search itself runs on, by name or number, and its data center's overhead.
  public private(set) var ownGrid: String?, ownPUE = 1.0

  /// How many trials at most.
  public let trials: Int
  /// How long at most, in seconds; nil for as long as it takes.
  public let seconds: Double?
  /// Which optimizer proposes.
  public let optimizer: String
  /// How many first points are laid out before the optimizer learns; nil for its own number.
  public let initialTrials: Int?
  /// What every random choice depends on.
  public let seed: UInt64

  /// The accelerators of a search.
  public enum Hardware: Sendable {
    /// One of a space is chosen.
    case space(DesignSpace)
    /// One that stays.
    case design(AcceleratorDesign)
  }

  /// The optimizers by name; the first is the standard.
  public static let optimizers = ["grey-box", "black-box", "nsga-ii", "sobol", "random"]

  /// Reads and checks a recipe.
  /// - Throws: `InputError` naming the place and what is accepted.
  public init(file path: String) throws { try self.init(Recipe.read(path, as: .search), name: Self.plainName(path)) }

  /// Checks a recipe.
  /// - Throws: `InputError` naming the place and what is accepted.
  public init(_ node: RecipeNode, name standardName: String) throws {
    self.node = node
    var reader = try RecipeReader(node, as: .search)
    func required(_ key: String, _ example: String) throws -> String {
      guard let text = try reader.text(key) else { throw reader.error(key, "is missing", "such as \(key): \(example)") }
      return text
    }
    name = try reader.text("name") ?? standardName
    mode = try reader.choice("mode", SearchMode.self) ?? .carbon
    let objectives = try reader.texts("objectives")
    let limitTexts = try reader.texts("limits") ?? []
    let limitPlace = reader.node("limits")?.origin ?? node.origin
    acceptedLoss = (try reader.number("accepted-loss", in: 0...100) ?? 2) / 100
    precision = try AccuracyPrecision(reader.text("precision"), in: reader) ?? .int8
    let pretrained = try required("pretrained", "checkpoints/base")
    let spaceNode = reader.node("model-space")
    let hardware = try reader.text("hardware"), design = try reader.text("design")
    let hardwareNode = reader.node("hardware"), designNode = reader.node("design")
    let scenarioName = try reader.text("scenario"), scenarioNode = reader.node("scenario")
    let choice = try reader.choice("cost-model", Assessor.Choice.self) ?? .physical
    let figures = try reader.texts("figures") ?? []
    let trainData = try reader.text("train-data"), validationData = try reader.text("val-data")
    testData = try reader.text("test-data")
    let testSplit = try reader.text("test-split")
    calibrationSamples = try reader.integer("calibration-samples", in: 16...1_000_000) ?? 1024
    ridge = try reader.number("ridge", in: 1e-9...1e3) ?? 1e-3
    strategy = try reader.text("strategy") ?? ImportanceNames.standard
    let strategyPlace = reader.node("strategy")
    let finetune =
      try reader.section("finetune", "{lr: 5e-4, train-num-samples: 4096}") ?? RecipeNode(.map([]), origin: node.origin)
    trials = try reader.integer("trials", in: 1...100_000) ?? 60
    seconds = try reader.measure("time", SearchUnits.time, in: 1...3.2e7)
    optimizer = try reader.text("optimizer") ?? Self.optimizers[0]
    initialTrials = try reader.integer("initial-trials", in: 1...1000)
    seed = UInt64(try reader.integer("seed", in: 0...Int(Int32.max)) ?? 0)
    try reader.finish(elsewhere: { Self.place(of: $0, $1) })
    try Self.checkOwner(of: finetune)

    self.pretrained = pretrained
    dense = try ModelDescription.resolve(pretrained).configuration
    (metrics, _) = try Self.metrics(objectives, mode, place: reader.node("objectives")?.origin ?? node.origin)
    (limits, leastAccuracy) = try Self.limits(limitTexts, place: limitPlace)
    space = try ModelSpace(mode == .allHardware ? nil : spaceNode, of: dense)
    if mode == .allHardware, spaceNode != nil {
      throw reader.error("model-space", "has no meaning in mode all-hw: the model stays as it is")
    }
    if mode != .allHardware, space.count < 2 {
      throw node.error(
        "model-space is missing or holds one shape", advice: "name axes, such as vision-layers: [3, 4, 5, 6]")
    }
    if mode == .model || designNode != nil {
      guard let designNode, let design else {
        throw node.error("mode model needs design, the accelerator that stays", advice: "such as design: edge-base")
      }
      if let hardwareNode { throw hardwareNode.error("hardware and design exclude each other") }
      self.hardware = .design(try designNode.naming { try AcceleratorDesign.named(design) })
      hardwareName = design
    } else {
      let name = hardware ?? "edge"
      self.hardware = .space(try (hardwareNode ?? node).naming { try DesignSpace.named(name) })
      hardwareName = name
    }
    let scenario = try (scenarioNode ?? node).naming { try Scenario.named(scenarioName ?? "edge") }
    assessor = try Assessor(choice, in: scenario, figures: figures)
    guard Self.optimizers.contains(optimizer) else {
      throw reader.error(
        "optimizer", "unknown optimizer \(optimizer.quoted())",
        Suggestion.advice(for: optimizer, among: Self.optimizers))
    }
    guard ImportanceNames.all.contains(strategy) else {
      throw (strategyPlace ?? node).error(
        "unknown strategy \(strategy.quoted())", advice: Suggestion.advice(for: strategy, among: ImportanceNames.all))
    }
    guard let trainData else { throw reader.error("train-data", "is missing", "such as train-data: shards/") }
    guard let validationData else {
      throw reader.error("val-data", "is missing", "accuracy is measured on data that is not trained on")
    }
    self.trainData = trainData
    self.validationData = validationData
    self.finetune = finetune
    let own = try TrainingRequest(settings(pretrained: pretrained, samplesSeed: 0), preset: .finetune)
    (ownGrid, ownPUE) = (own.settings.grid, own.settings.pue)
    (trainOptions, validationOptions, decoding) = (own.trainOptions, own.validationOptions, own.settings.decoding)
    testOptions = own.validationOptions
    testOptions.split = testSplit ?? "test"
    // One file may hold several splits, but then the recipe says which is which.
    guard validationData != testData || (testSplit != nil && testSplit != validationOptions.split) else {
      throw reader.error("test-data", "is the validation data: a search must not see the test set")
    }
  }

  /// A fingerprint of the base model, wherever it lies.
  /// - Throws: `InputError` when it cannot be read.
  public func baseFingerprint() throws -> String {
    try CheckpointDigest.of(LoadedModel(LoadedModel.Request(pretrained: pretrained)))
  }

  /// The settings that fine-tune one candidate.
  /// - Parameter pretrained: the pruned checkpoint
  func settings(pretrained: String, samplesSeed: UInt64) -> RecipeNode {
    func word(_ key: String, _ text: String) -> (key: String, node: RecipeNode) {
      (key, RecipeNode(word: text, origin: node.origin))
    }
    let fixed = RecipeNode(
      .map([
        word("pretrained", pretrained), word("distill-pretrained", self.pretrained), word("train-data", trainData),
        word("seed", "\(samplesSeed)"), word("save-every-minutes", "0"), word("val-frequency", "0"),
      ]), origin: node.origin)
    var standard: [(key: String, node: RecipeNode)] = []
    for (key, value) in [
      ("equal-flops", "true"), ("epochs", "1"), ("train-num-samples", "4096"), ("augment", "false"),
    ]
    where finetune[key] == nil {
      standard.append(word(key, value))
    }
    return finetune.overridden(by: RecipeNode(.map(standard), origin: node.origin)).overridden(by: fixed)
  }

  private static func metrics(_ names: [String]?, _ mode: SearchMode, place: String) throws -> ([Metric], Bool) {
    guard let names else { return (mode.metrics, false) }
    var metrics: [Metric] = [], hasAccuracy = false
    for name in names {
      if name == "accuracy" { hasAccuracy = true; continue }
      do { metrics.append(try Metric.named(name)) } catch var error as InputError {
        error.location = place
        throw error
      }
    }
    guard !metrics.isEmpty, Set(metrics).count == metrics.count else {
      throw InputError("\(place): objectives must name one or more different metrics beside accuracy")
    }
    guard hasAccuracy || mode == .allHardware else {
      throw InputError("\(place): accuracy is missing from objectives", advice: "without it the smallest model wins")
    }
    guard metrics.count <= 3 else {
      throw InputError(
        "\(place): at most three metrics beside accuracy, found \(metrics.count)", advice: "make one a limit")
    }
    return (metrics, hasAccuracy)
  }

  private static func limits(_ texts: [String], place: String) throws -> ([Limit], Double) {
    var limits: [Limit] = [], least = 0.0
    for text in texts {
      guard text.hasPrefix("accuracy") else {
        limits.append(try Limit(text, origin: place))
        continue
      }
      let rest = text.dropFirst("accuracy".count).filter { $0 != " " }
      guard rest.hasPrefix(">"), let share = Percentage(rest.drop { $0 == ">" || $0 == "=" }),
        (0..<1).contains(share.value)
      else {
        throw InputError(
          "\(place): \(text.quoted()) is no limit of accuracy", advice: "write it as \"accuracy >= 40 %\"")
      }
      least = max(least, share.value)
    }
    guard Set(limits.map(\.metric)).count == limits.count else {
      throw InputError("\(place): a metric is limited twice")
    }
    return (limits, least)
  }

  /// A recipe's name from its file's.
  public static func plainName(_ path: String) -> String {
    let name = Folder.name(of: path)
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}

/// `40 %` or `0.4`.
private struct Percentage {
  let value: Double

  init?(_ text: Substring) {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? text.dropLast() : text), number.isFinite else { return nil }
    value = isPercent ? number / 100 : number
  }
}

enum SearchUnits {
  static let time = [
    RecipeUnit("s", "seconds", "second", size: 1), RecipeUnit("minutes", "minute", "min", size: 60),
    RecipeUnit("hours", "hour", "h", size: 3600), RecipeUnit("days", "day", size: 86_400),
  ]
}

extension RecipeNode {
  /// Puts the node's place in front of errors that have none.
  func naming<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch var error as InputError {
      if error.file == nil, error.location == nil { error.location = origin }
      throw error
    }
  }
}
