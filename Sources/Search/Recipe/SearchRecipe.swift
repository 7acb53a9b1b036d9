public import CLIPAccelerators
public import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
public import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPImages
public import CLIPModelShapes
public import CLIPOptimization
public import CLIPPruning
public import CLIPRecipes
internal import CLIPStudies
public import CLIPTraining

/// What a search is asked: values, or a YAML file that is checked as a whole before anything is trained.
///
/// Every key is described in `docs/search.md`.
public struct SearchRecipe: Sendable {
  /// The recipe as it was written, with what flags changed; empty for one of values.
  public private(set) var node: RecipeNode
  /// A name for people.
  public let name: String
  /// What is searched for.
  public let mode: SearchMode
  /// What is made small beside the accuracy.
  public var metrics: [Metric]
  /// What every answer must keep to.
  public var limits: [Limit] = []
  /// An accuracy that an answer should have; the hypervolume counts from it.
  public var leastAccuracy = 0.0
  /// How much less accurate than the whole model the answer may be, 0 to 1.
  public var acceptedLoss = 0.02
  /// Which accuracy counts.
  public var precision = AccuracyPrecision.int8
  /// The whole numbers that ``AccuracyPrecision/int8`` stands for; of several that are chosen from, those of most bits.
  public var arithmetic = Arithmetic.int8

  /// The checkpoint that is cut, and the teacher of what comes of it.
  public let pretrained: String
  /// Its shape.
  public let dense: CLIPConfiguration
  /// The shapes to choose from.
  public var space: ModelSpace

  /// What the accelerators are called.
  public let hardwareName: String
  /// The accelerators to choose from.
  public internal(set) var hardware: Hardware
  /// Prices a model on a design; one with a cost model of the user's may take the place of the recipe's.
  public var assessor: Assessor

  /// What is trained on.
  public var trainData = ""
  /// What accuracy is measured on during the search.
  public var validationData = ""
  /// What the answers are measured on once, at the end; nil leaves that out.
  public var testData: String?
  /// How the three are read: splits, folder of images, columns.
  private(set) var trainOptions = DataSetOptions(), validationOptions = DataSetOptions(), testOptions = DataSetOptions()
  /// How pictures are decoded.
  var decoding: DecodingOptions { training.decoding }
  /// Pairs that pruning and quantization look at, from the training data.
  public var calibrationSamples = 1024
  /// The ridge of pruning's refits, as a share of the Gram matrix's mean diagonal. Ten times what suits pruning alone: the
  /// smaller weights that it leaves lose less in 8 bits, and more is gained by fine-tuning them (docs/quantization.md).
  public var ridge = 1e-3
  /// What tells pruning which parts matter; a user's own may take the place of the recipe's.
  public var importance: any ImportanceStrategy = SurgeonImportance()
  /// The masks that cut in the place of ``importance``; nil for none. For one shape only.
  var masks: StrategyCut?
  /// How every candidate is fine-tuned. ``trainingPrecision`` is what it is trained in where this does not say so.
  public var training: TrainingSettings
  /// The edition of the accounts that it is read by.
  let edition: Int
  /// What fine-tuning minimizes.
  public var losses: [LossTerm]
  /// Where the teacher's features are kept; nil keeps them beside the candidates.
  private(set) var featureCache: String?

  /// The grid that the search itself runs on, by name or number.
  public var ownGrid: String? { training.grid }
  /// Its data center's overhead.
  public var ownPUE: Double { training.pue }

  /// How many trials at most.
  public var trials = 60
  /// How many shapes are trained at most; nil for as many as there are trials. Then only trained ones are tried in other
  /// arithmetics, and the search ends where nothing is left.
  public var trainings: Int?
  /// How long at most, in seconds; nil for as long as it takes.
  public var seconds: Double?
  /// Makes what proposes; a user's own may take the place of the recipe's.
  public var optimizer: any StrategyMaker = StandardStrategy.greyBox
  /// The accuracy that is made large in the place of mean recall@1; nil for that.
  public var accuracyMetric: (any AccuracyMetric)?
  /// What accuracy is, where that is not mean recall@1 on one set.
  public private(set) var aim: AccuracyAim?
  /// The same for the test data.
  package private(set) var testAim: AccuracyAim?
  /// Whether the test data is named for those who go on with the answers, a family, and not looked at by the search.
  public private(set) var isSealed = false
  /// Whether the recipe's own program may be run, where one measures. No recipe says so: its reader does.
  public var allowsCommands = false
  /// How many first points are laid out before the optimizer learns; nil for its own number.
  public var initialTrials: Int?
  /// Shapes are looked at before any of them is trained, so often; nil for never. With ``StandardStrategy/greyBox`` only.
  public var looks: LookingStrategy.Plan?
  /// With how many seeds the answer and its neighbors on the front are trained, the search's own among them.
  public var seeds = 1
  /// What every random choice depends on.
  public var seed: UInt64 = 0

  /// The accelerators of a search.
  public enum Hardware: Sendable {
    /// One of a space is chosen.
    case space(DesignSpace)
    /// One that stays.
    case design(AcceleratorDesign)
  }

  /// A search of values: accuracy in 8 bits and total carbon, asked as a recipe that says nothing more. Everything else is
  /// a property that can be changed.
  ///
  /// The data is handed over when it begins (``SearchRun/front(of:data:in:on:version:observe:shouldStop:)``).
  /// - Parameters:
  ///   - pretrained: the checkpoint that is cut, and the teacher of what comes of it
  ///   - axes: the shapes to choose from
  ///   - hardwareName: what the accelerators are called
  /// - Throws: `InputError` where the checkpoint cannot be read or cut to the shapes.
  public init(
    _ name: String, pretrained: String, space axes: [ModelSpace.Axis], hardware: Hardware,
    named hardwareName: String = "own", assessor: Assessor
  ) throws {
    self.name = name
    edition = AccountEdition.current
    node = RecipeNode(.map([]), origin: name)
    mode =
      switch hardware {
      case .space: .carbon
      case .design: .model
      }
    metrics = mode.metrics
    self.pretrained = pretrained
    dense = try ModelDescription.resolve(pretrained).configuration
    space = try ModelSpace(axes, of: dense)
    guard space.count > 1 else {
      throw InputError("\(name): one shape is nothing to search", advice: "name axes with several sizes")
    }
    (self.hardware, self.hardwareName, self.assessor) = (hardware, hardwareName, assessor)
    (training, losses) = (Self.standardTraining, LossTerm.distillation(teachers: 1))
  }

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
    if let loss = try reader.number("accepted-loss", in: 0...100) { acceptedLoss = loss / 100 }
    precision = try AccuracyPrecision(reader.text("precision"), in: reader) ?? precision
    let precisionNode = reader.node("precision"), arithmeticNode = reader.node("arithmetic")
    let pretrained = try required("pretrained", "checkpoints/base")
    let spaceNode = reader.node("model-space"), loadable = try reader.choice("loadable", OtherLibrary.self)
    let hardware = try reader.text("hardware"), design = try reader.text("design")
    let widens = try reader.bool("widen") ?? false, axes = try reader.section(Self.axesKey, "{clusters: [1, 2]}")
    let hardwareNode = reader.node("hardware"), designNode = reader.node("design")
    let scenarioNode = reader.node("scenario")
    let scenarioChanges = ScenarioChange.read(&reader), knobs = DesignChange.read(&reader)
    let choice = try reader.choice("cost-model", Assessor.Choice.self) ?? .physical
    let mapping = try reader.choice("mapping", MappingObjective.self), mappingNode = reader.node("mapping")
    let edition = try reader.integer(AccountEdition.key, in: AccountEdition.range) ?? AccountEdition.current
    self.edition = edition
    let figures = try reader.texts("figures") ?? []
    let costKeys = try CostKeys(&reader)
    let accuracy = try AccuracyKeys(&reader), testNode = reader.node("test-data")
    let validationNode = reader.node("val-data")
    let trainData = try reader.text("train-data"), validationData = try reader.text("val-data")
    testData = try reader.text("test-data")
    let testSplit = try reader.text("test-split")
    isSealed = try reader.bool("sealed") ?? isSealed
    calibrationSamples = try reader.integer("calibration-samples", in: 16...1_000_000) ?? calibrationSamples
    ridge = try reader.number("ridge", in: 1e-9...1e3) ?? ridge
    let strategy = try reader.text("strategy") ?? ImportanceCatalog.standard
    let strategyPlace = reader.node("strategy")
    let finetune =
      try reader.section("finetune", "{lr: 5e-4, train-num-samples: 4096}") ?? RecipeNode(.map([]), origin: node.origin)
    trials = try reader.integer("trials", in: 1...100_000) ?? trials
    trainings = try reader.integer("trainings", in: 1...100_000)
    seconds = try reader.measure("time", SearchUnits.time, in: 1...3.2e7)
    let optimizerName = try reader.text("optimizer") ?? StandardStrategy.greyBox.name
    initialTrials = try reader.integer("initial-trials", in: 1...1000)
    let looksNode = reader.node(Self.looksKey)
    seeds = try reader.integer("seeds", in: 1...20) ?? seeds
    seed = UInt64(try reader.integer("seed", in: 0...Int(Int32.max)) ?? 0)
    try reader.finish(elsewhere: { Self.place(of: $1) })
    try Self.checkOwner(of: finetune)

    self.pretrained = pretrained
    dense = try node.tellingPlaces { try ModelDescription.resolve(pretrained).configuration }
    (metrics, _) = try Self.metrics(objectives, mode, place: reader.node("objectives")?.origin ?? node.origin)
    (limits, leastAccuracy) = try Self.limits(limitTexts, place: limitPlace)
    space = try ModelSpace(
      mode == .allHardware ? nil : spaceNode, of: dense, loadable: mode == .allHardware ? nil : loadable)
    if mode == .allHardware, spaceNode != nil {
      throw reader.error("model-space", "has no meaning in mode all-hw: the model stays as it is")
    }
    if mode != .allHardware, space.count < 2 {
      throw node.error(
        "model-space is missing or holds one shape", advice: "name axes, such as vision-layers: [3, 4, 5, 6]")
    }
    let costs = try Self.measured(costKeys, hardware: hardwareNode, mode: mode, precision, like: dense)
    if costs != nil { try Self.checkMeasured(metrics, limits, costKeys.costs) }
    let memories = figures.isEmpty && knobs.isEmpty ? nil : try Technology(figures: figures).memories
    if let costs {
      let design = AcceleratorDesign.measured(costs.device)
      (self.hardware, hardwareName) = (.design(design), design.description)
    } else if mode == .model || designNode != nil {
      guard let designNode, let design else {
        throw node.error("mode model needs design, the accelerator that stays", advice: "such as design: edge-base")
      }
      if let hardwareNode { throw hardwareNode.error("hardware and design exclude each other") }
      self.hardware = .design(
        try designNode.naming {
          try AcceleratorDesign.named(design, memories: memories).changed(by: knobs, memories: memories)
        })
      hardwareName = design
    } else {
      let name = hardware ?? "edge"
      self.hardware = .space(
        try (hardwareNode ?? node).naming {
          if let axes { return try DesignSpace(axes, memories: memories) }
          return try DesignSpace.named(AccountEdition.space(name, edition), memories: memories)
            .changed(by: knobs, memories: memories)
        })
      hardwareName = name
    }
    let scenario = try (scenarioNode ?? node).naming {
      try Scenario.stated(scenarioNode, changing: AccountEdition.changes(edition) + scenarioChanges)
    }
    assessor = try (costKeys.costs ?? mappingNode ?? node).naming {
      if let costs { return try Assessor(measured: costs, in: scenario) }
      return try Assessor(choice, in: scenario, mapping: mapping, figures: figures)
    }
    guard let optimizer = StandardStrategy(rawValue: optimizerName) else {
      throw reader.error(
        "optimizer", "unknown optimizer \(optimizerName.quoted())",
        Suggestion.advice(for: optimizerName, among: StandardStrategy.allCases.map(\.name)))
    }
    self.optimizer = optimizer
    looks = try Self.looks(
      looksNode, isPossible: optimizer == .greyBox && mode != .allHardware, initial: initialTrials)
    guard let entry = ImportanceCatalog.strategies.first(where: { $0.name == strategy }) else {
      throw (strategyPlace ?? node).error(
        "unknown strategy \(strategy.quoted())",
        advice: Suggestion.advice(for: strategy, among: ImportanceCatalog.names))
    }
    importance = entry.make()
    guard let trainData else { throw reader.error("train-data", "is missing", "such as train-data: shards/") }
    guard validationData != nil || accuracy.namesData else {
      throw reader.error("val-data", "is missing", "accuracy is measured on data that is not trained on")
    }
    self.trainData = trainData
    let own = try TrainingRequest(part: finetune, over: Self.standardTraining, teachers: 1)
    (training, losses, featureCache) = (own.settings, own.losses, own.featureCache)
    trainOptions = accuracy.applied(to: own.trainOptions)
    validationOptions = accuracy.applied(to: own.validationOptions)
    testOptions = validationOptions
    testOptions.split = testSplit ?? "test"
    aim = try accuracy.aim(
      single: validationData.flatMap { path in validationNode.map { (path, $0) } }, validationOptions)
    testAim = try accuracy.tests(
      single: testData.flatMap { path in testNode.map { (path, $0) } }, testOptions, like: aim)
    self.validationData = validationData ?? aim?.dataText ?? ""
    testData = testData ?? testAim?.dataText
    if isSealed, testData == nil { throw reader.error("sealed", "is about test data, and the recipe names none") }
    if aim?.command != nil, precision != .float32 {
      throw reader.error(
        "metric", "is a program, which reads checkpoints in floats", "write precision: fp32")
    }
    // One file may hold several splits, but then the recipe says which is which.
    guard !accuracy.sharesData(aim, testAim),
      testData == nil || validationData != testData
        || (testSplit != nil && testSplit != validationOptions.split)
    else {
      throw reader.error("test-data", "is the validation data: a search must not see the test set")
    }
    if AccountEdition.pricesArithmetic(edition) {
      try priceArithmetic(stated: precisionNode, place: arithmeticNode ?? hardwareNode ?? designNode ?? node)
    }
    assessor.numberBits = precision == .float32 ? 32 : arithmetic.weightBits
    if widens, axes == nil, let wider = try widened() {
      self.hardware = .space(wider)
      self.node = Self.recording(wider, in: node)
    }
  }

  /// A fingerprint of the base model, wherever it lies, and of the data.
  /// - Throws: `InputError` when the model cannot be read.
  public func fingerprint(_ data: SearchData) throws -> String {
    let base = try LoadedModel(LoadedModel.Request(pretrained: pretrained)).digest()
    return StudyIdentity.fingerprintVersion + String(MurmurHash.hash("\(base) \(data.digest)"), radix: 16)
  }

  /// How candidates are fine-tuned where the recipe does not say: as cheaply as the whole model on a few samples.
  static var standardTraining: TrainingSettings {
    var settings = TrainingSettings(preset: .finetune, distilling: true)
    settings.equalizesFLOPs = true
    settings.epochs = 1
    settings.samplesPerEpoch = 4096
    settings.augments = false
    // A candidate is measured once, when it is trained, and keeps what it needs to go on.
    settings.saveEveryMinutes = 0
    settings.validationFrequency = 0
    return settings
  }

  /// The same search with another fine-tuning.
  /// - Throws: `InputError` naming the place and what is accepted.
  public func trained(as finetune: RecipeNode) throws -> SearchRecipe {
    try Self.checkOwner(of: finetune)
    let own = try TrainingRequest(part: finetune, over: Self.standardTraining, teachers: 1)
    var recipe = self
    (recipe.training, recipe.losses, recipe.featureCache) = (own.settings, own.losses, own.featureCache)
    recipe.trainOptions = own.trainOptions.naming(classesOf: trainOptions)
    recipe.validationOptions = own.validationOptions.naming(classesOf: validationOptions)
    let split = testOptions.split
    recipe.testOptions = recipe.validationOptions
    recipe.testOptions.split = split
    return recipe
  }

  /// How fine-tuning differs from the standard, for fingerprints: a setting that is added later changes none, and what was
  /// trained in float32 before anything else could be is found again.
  var trainingText: String {
    var plain = Self.standardTraining
    plain.precision = .float32
    let standard = plain.json, own = settledTraining.json
    var given = JSONObject()
    for key in Set(standard.keys).union(own.keys).sorted() where standard[key] != own[key] && key != "seed" {
      given[key] = own[key] ?? .null
    }
    let terms = LossTerm.json(losses)
    if terms != LossTerm.json(LossTerm.distillation(teachers: 1)) { given["losses"] = .object(terms) }
    return JSONValue.object(given).text()
  }

  /// A recipe's name from its file's.
  public static func plainName(_ path: String) -> String {
    let name = Folder.name(of: path)
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}

enum SearchUnits {
  static let time = [
    RecipeUnit("s", "seconds", "second", size: 1), RecipeUnit("minutes", "minute", "min", size: 60),
    RecipeUnit("hours", "hour", "h", size: 3600), RecipeUnit("days", "day", size: 86_400),
  ]
}

extension RecipeNode {
  /// Puts the node's place in front of errors that have none; those of another node of the recipe begin with theirs.
  func naming<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch var error as InputError {
      let recipe = origin.split(separator: ": line ").first.map(String.init) ?? origin
      if error.file == nil, error.location == nil, !error.problem.hasPrefix("\(recipe): ") { error.location = origin }
      throw error
    }
  }
}
