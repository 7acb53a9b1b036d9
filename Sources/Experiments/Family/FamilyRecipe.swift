internal import CLIPCarbonFootprint
internal import CLIPCompute
internal import CLIPEvaluation
public import CLIPFiles
public import CLIPModelShapes
public import CLIPRecipes
public import CLIPSearch

extension RecipeKind {
  /// What a family of models is asked.
  public static let family = RecipeKind(
    example: "search: recipes/micro-full.yaml", keys: "docs/carbonclip.md",
    paths: RecipeKind.scenarioPaths.union(
      ["search", "study", "record", "train-data", "classes-data", "image-root", "studies"]),
    names: RecipeKind.scenarioNames.union(["hardware", "scenario", "uses"]))
}

/// What a family of models is asked: the members come from a search, the baselines are shaped by hand, and all are trained
/// alike, longer than in the search.
///
/// Every key is described in `docs/carbonclip.md`.
public struct FamilyRecipe: Sendable {
  /// A name for people.
  public let name: String
  /// The search that the members come from: its base model, data, accelerators and scenario.
  public let search: SearchRecipe
  /// The folder of its study; needed only until the members are chosen.
  public let study: String
  /// What was measured so far; also where a fresh copy of the project finds it.
  public let record: String
  /// What models were found to cost, beside the record: looking for it again takes long.
  public var prices: String { (record.hasSuffix(".json") ? String(record.dropLast(5)) : record) + "-prices.jsonl" }
  /// What the members are called, from the least carbon to the most.
  public let members: [String]
  /// No member is less accurate in the search than this, 0 to 1.
  public let leastAccuracy: Double
  /// A library that loads every member as it was released; nil leaves their shapes free.
  public let loadable: OtherLibrary?
  /// Shapes made by hand, by name.
  public let baselines: [(name: String, sizes: JSONObject)]
  /// Models that a pruning strategy cuts to a budget, by name.
  public let cuts: [(name: String, cut: StrategyCut)]
  /// What is trained on; nil for the search's training data.
  let trainData: String?
  /// Every model is trained once with each.
  public let seeds: [Int]
  /// Further seeds, and the models that are trained with them, too.
  let moreSeeds: [Int], moreSeeded: Set<String>
  /// Pictures of single things with class names, for zero-shot classification; nil leaves that out.
  public let classesData: String?
  /// Whether the test data is guessed and not scored, until the record is opened.
  public let isSealed: Bool
  /// The ways in which carbon is counted; the first is the one that the claim is about.
  public let accounts: [CarbonAccount]
  /// Folder and beginning of the names of the members' checkpoints.
  public let checkpoints: String
  /// What is claimed from guesses for single pictures; nil for a family that is compared by its means.
  public let claim: ClaimRecipe?
  /// How members are chosen by carbon alone; nil for accuracy and carbon together, ``MemberSelection``.
  public let choice: ChoiceRecipe?
  /// Other searches whose models stand beside the family's.
  public let searches: [SearchedRecipe]
  /// What members' cards say of the data that they learned from, by name.
  public let notices: [(name: String, text: String)]

  /// Settings of fine-tuning, over the search's.
  private let node: RecipeNode

  /// Reads and checks a recipe.
  /// - Throws: `InputError` naming the place and what is accepted.
  public init(file path: String) throws {
    let node = try Recipe.read(path, as: .family)
    var reader = try RecipeReader(node, as: .family)
    func required(_ key: String, _ example: String) throws -> String {
      guard let text = try reader.text(key) else { throw reader.error(key, "is missing", "such as \(key): \(example)") }
      return text
    }
    name = try reader.text("name") ?? SearchRecipe.plainName(path)
    let searchPath = try required("search", "recipes/micro-full.yaml")
    study = try required("study", "logs/micro-full")
    record = try required("record", "docs/results/family.json")
    checkpoints = Self.located(try required("checkpoints", "checkpoints/carbonclip-"), node)
    members = try reader.texts("members") ?? ["xs", "s", "m", "l", "xl"]
    leastAccuracy = try reader.number("least-accuracy", in: 0...1) ?? 0.6
    loadable = try reader.choice("loadable", OtherLibrary.self)
    let shapes = reader.node("baselines"), accountList = reader.node("accounts")
    let finetune =
      try reader.section("finetune", "{lr: 7e-4, train-num-samples: 16000}")
      ?? RecipeNode(.map([]), origin: node.origin)
    seeds = try reader.integers("seeds", in: 0...1_000_000_000) ?? [0, 1, 2]
    classesData = try reader.text("classes-data")
    trainData = try reader.text("train-data")
    isSealed = try reader.bool("sealed") ?? false
    (moreSeeds, moreSeeded) = try Self.moreSeeds(&reader, beside: seeds)
    let claim = try reader.node(ClaimRecipe.key).map { try ClaimRecipe($0) }
    (self.claim, choice) = (claim, try reader.node(ChoiceRecipe.key).map { try ChoiceRecipe($0, uses: claim?.uses) })
    searches = try SearchedRecipe.list(reader.node(SearchedRecipe.key), node.places)
    notices = try ClaimCard.notices(reader.node(ClaimCard.noticesKey))
    try reader.finish()
    if !searches.isEmpty, claim == nil || choice == nil {
      throw reader.error(SearchedRecipe.key, "are compared by a claim", "name claim and choose, too")
    }
    guard !members.isEmpty, Set(members).count == members.count else {
      throw reader.error("members", "must be different names, from the least carbon to the most")
    }
    search = try node.tellingPlaces { try SearchRecipe(file: searchPath) }
    guard search.mode == .carbon || search.metrics.contains(.carbon) else {
      throw reader.error("search", "must be a search for carbon", "mode: carbon")
    }
    if isSealed {
      try Self.checkSeal(search, classesData, reader)
    } else if search.isSealed {
      throw reader.error("search", "has its test data sealed, and a family would measure it", "sealed: true")
    }
    (baselines, cuts) = try Self.baselines(shapes)
    let names = members + baselines.map(\.name) + cuts.map(\.name) + SearchedRecipe.names(of: searches, members)
    if let unknown = moreSeeded.sorted().first(where: { !names.contains($0) }) {
      throw reader.error(
        "more-seeds", "names no model of the family: \(unknown.quoted())",
        Suggestion.advice(for: unknown, among: names))
    }
    let found = search
    try namingFile(path) { try claim?.check(found) }
    accounts = try CarbonAccount.list(accountList, of: search)
    self.node = finetune
  }

  /// The seeds that a model is trained with: the base model once.
  public func seeds(of model: FamilyModel) -> [Int] {
    guard model.kind != .whole else { return Array(seeds.prefix(1)) }
    return seeds + (moreSeeded.contains(model.name) ? moreSeeds : [])
  }

  private static func moreSeeds(_ reader: inout RecipeReader, beside seeds: [Int]) throws -> ([Int], Set<String>) {
    let example = "{seeds: [3, 4], models: [xs, half]}"
    guard let section = try reader.section("more-seeds", example) else { return ([], []) }
    var own = try RecipeReader(section, as: .family)
    let more = try own.integers("seeds", in: 0...1_000_000_000), models = try own.texts("models")
    try own.finish()
    guard let more, let models, !models.isEmpty, Set(more).isDisjoint(with: seeds) else {
      throw section.error(
        "more-seeds must be other seeds than those of all models, and models", advice: "such as \(example)")
    }
    return (more, Set(models))
  }

  /// Refuses a seal that would not hold.
  private static func checkSeal(_ search: SearchRecipe, _ classesData: String?, _ reader: RecipeReader) throws {
    guard search.isSealed else {
      throw reader.error(
        "sealed", "does not hold: the search measures its answers on test-data", "write sealed: true in the search, too"
      )
    }
    if classesData != nil { throw reader.error("classes-data", "is scored as models are made, which sealed excludes") }
    guard let validation = search.aim, validation.command == nil, validation.parts.allSatisfy(\.figure.isOfClasses),
      let test = search.testAim, test.parts.allSatisfy({ $0.figure == .accuracy(1) })
    else {
      throw reader.error(
        "sealed", "needs sets of classes in the search, those of test by acc1", "such as task: classification")
    }
  }

  /// In which every training is read beside its own measurement: all that the search chooses from, the one of fewest bits
  /// first, or its only one where test is sealed; empty for a family that is measured as it ever was.
  var arithmetics: [Arithmetic] {
    if !search.space.arithmetics.isEmpty { return search.space.arithmetics }
    guard isSealed else { return [] }
    return [search.precision == .float32 ? .float32 : search.arithmetic]
  }

  /// What trainings are read in, as tasks name it: another process must mean the same.
  var readsText: String { (arithmetics.map(\.description) + (isSealed ? ["sealed"] : [])).joined(separator: " ") }

  /// Whether models are read in arithmetics of their own, with their guesses: then a model alone has no place in a table, but
  /// a model in an arithmetic.
  public var hasReadings: Bool { !arithmetics.isEmpty }

  /// Folder and beginning of names, in the folder of that name that is there.
  private static func located(_ prefix: String, _ node: RecipeNode) -> String {
    guard let places = node.places, prefix.contains("/") else { return prefix }
    return places.find(Folder.parent(of: prefix)) + "/" + Folder.name(of: prefix)
  }

  private static func baselines(_ node: RecipeNode?) throws -> (
    [(name: String, sizes: JSONObject)], [(name: String, cut: StrategyCut)]
  ) {
    guard let node else { return ([], []) }
    guard case .map(let shapes) = node.value else {
      throw node.error("baselines must be names with shapes", advice: "such as half: {vision-width: 96}")
    }
    var baselines: [(name: String, sizes: JSONObject)] = [], cuts: [(name: String, cut: StrategyCut)] = []
    for (name, shape) in shapes {
      guard case .map(let sizes) = shape.value else {
        throw shape.error("\(name) must be a shape", advice: "such as {vision-width: 96, vision-heads: 3}")
      }
      if StrategyCut.isMeant(by: shape) {
        cuts.append((name, try StrategyCut(shape, as: .family)))
        continue
      }
      let object = try sizes.reduce(into: JSONObject()) { object, size in
        guard case .integer(let number) = size.node.value else {
          throw size.node.error("\(name): \(size.key) must be a whole number, found \(size.node.short)")
        }
        object[size.key] = .integer(number)
      }
      baselines.append((name, object))
    }
    return (baselines, cuts)
  }

  /// Opens everything that is otherwise opened later, and cuts every baseline in thought.
  /// - Throws: `InputError` naming what is missing or cannot be.
  public func checkData() throws {
    guard search.testData != nil else {
      throw InputError("the search names no test-data", file: search.name, advice: "members are measured on it")
    }
    for baseline in baselines {
      do { _ = try search.space.shape(sizes: baseline.sizes) } catch var error as InputError {
        error.problem = "baselines: \(baseline.name): \(error.problem)"
        throw error
      }
    }
    for (name, cut) in cuts {
      do { try cut.check(of: search.dense) } catch var error as InputError {
        error.problem = "baselines: \(name): \(error.problem)"
        throw error
      }
    }
    // Settings of the fine-tuning, too, are judged before the first model is trained.
    let trained = try trainedSearch()
    _ = try SearchData(opening: trained)
    if let classesData { _ = try trained.openClasses(classesData) }
  }

  /// What a person is told of the precision that models are trained in where nobody says it; nil where somebody does, the record
  /// among them.
  package func precisionNote(after known: FamilyRecord) throws -> String? {
    known.precision == nil ? try trainedSearch().precisionNote : nil
  }

  /// The search's recipe, with this one's fine-tuning over the search's.
  private func trainedSearch() throws -> SearchRecipe {
    var recipe = try search.trained(as: search.node["finetune"].map { $0.overridden(by: node) } ?? node)
    if let trainData { recipe.trainData = trainData }
    return recipe
  }

  /// The search's recipe for one model: over its one shape where a strategy cuts it, and by that strategy.
  /// - Throws: as ``training(_:seed:precision:)``.
  func training(
    _ sizes: JSONObject, cut: StrategyCut?, seed: Int, precision: ProductArithmetic?
  ) throws -> SearchRecipe {
    guard let cut else { return try training([sizes], seed: seed, precision: precision) }
    return try training([], seed: seed, precision: precision).cut(by: cut, to: sizes)
  }

  /// The search's recipe with this one's training, one seed, and a model space that holds just some shapes.
  /// - Parameter precision: what models are trained in where the recipe does not say it; nil leaves it to the processor
  /// - Throws: `InputError` for shapes that the base model cannot be cut to.
  func training(_ shapes: [JSONObject], seed: Int, precision: ProductArithmetic?) throws -> SearchRecipe {
    var recipe = try trainedSearch()
    if recipe.training.precision == nil { recipe.training.precision = precision }
    let keys = Set(shapes.flatMap { $0.pairs.map(\.key) }).sorted()
    let axes = keys.map { key in
      // Whoever does not name an axis has the base model's size of it.
      let sizes = Set(shapes.map { $0[key]?.intValue ?? search.space.denseSize(of: key) })
      return ModelSpace.Axis(key, ModelSpace.Axis.ordered(Array(sizes), key))
    }
    recipe.space = try ModelSpace(axes, of: search.dense)
    recipe.seed = UInt64(seed)
    return recipe
  }
}
