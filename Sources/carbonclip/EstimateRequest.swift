import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes

extension RecipeKind {
  static let estimate = RecipeKind(
    example: "model: ViT-B-16", keys: "carbonclip estimate --help",
    paths: RecipeKind.scenarioPaths,
    names: RecipeKind.scenarioNames.union(["model", "design", "space", "scenario", "figures"]))
}

/// What `estimate` is asked: a recipe's settings with the flags' over them, checked.
struct EstimateRequest {
  struct Model {
    let name: String
    let shape: any Workload
  }

  let models: [Model]
  let designs: [(name: String, design: AcceleratorDesign)]
  let assessor: Assessor
  let sweeps: Bool
  let space: (name: String, space: DesignSpace)?
  /// Whether a space goes on beyond ends on which a least design stands.
  let widens: Bool
  let objectives: [Metric]
  let limits: [Limit]
  /// Draws of the uncertainty study; nil for none.
  let draws: Int?
  let seed: UInt64
  let output: String?

  init(_ options: EstimateOptions, _ scenario: ScenarioOptions) throws {
    var reader = try RecipeReader(
      options.recipe.map { try Recipe.read(Recipe.file(named: $0), as: .estimate) }
        ?? RecipeNode(.map([]), origin: "estimate"),
      as: .estimate)
    let recipeModels = try reader.texts("model") ?? [], recipeDesigns = try reader.texts("design") ?? []
    let recipeScenario = reader.node("scenario"), recipeChanges = ScenarioChange.read(&reader)
    let recipeKnobs = DesignChange.read(&reader)
    let recipeMapping = try reader.choice("mapping", MappingObjective.self)
    let recipeCostModel = try reader.choice("cost-model", Assessor.Choice.self)
    let recipeFigures = try reader.texts("figures") ?? []
    let recipeSweep = try reader.bool("sweep") ?? false, recipeSpace = try reader.text("space")
    let recipeWidens = try reader.bool("widen") ?? false
    let recipeObjectives = try reader.texts("objectives")
    let recipeLimits = try reader.texts("limits") ?? []
    let recipeUncertainty = try reader.bool("uncertainty") ?? false
    let recipeDraws = try reader.integer("draws", in: UncertaintyStudy.drawRange)
    let recipeSeed = try reader.integer("seed", in: 0...Int.max)
    let recipeOutput = try reader.text("output")
    try reader.finish()

    let names = options.model.isEmpty ? recipeModels : options.model
    guard !names.isEmpty else {
      throw InputError("name a model with --model", advice: "carbonclip models lists names")
    }
    models = try names.map { name in
      if let plain = try PlainTransformer(named: name, tokens: options.tokens, decodes: options.decode) {
        return Model(name: name, shape: plain)
      }
      guard options.tokens == nil, !options.decode else {
        throw InputError("--tokens and --decode belong to \(PlainTransformer.names.joined(separator: ", "))")
      }
      let known = NamedModels.all.map(\.name) + PlainTransformer.names
      guard
        name.contains(where: "/:".contains) || name.hasSuffix(".json") || Folder.exists(name) || known.contains(name)
      else { throw NamedModels.unknown(name, among: known) }
      return Model(name: Folder.name(of: name), shape: try ModelDescription.resolve(name).configuration)
    }
    var choice = recipeCostModel ?? .physical
    if let name = options.costModel {
      guard let named = Assessor.Choice(rawValue: name) else {
        throw InputError(
          "--cost-model: unknown cost model \(name.quoted())",
          advice: Suggestion.advice(for: name, among: Assessor.Choice.allCases.map(\.rawValue)))
      }
      choice = named
    }
    let mapping = try options.mapping.map { name in
      guard let named = MappingObjective(rawValue: name) else {
        throw InputError(
          "--mapping: unknown objective \(name.quoted())",
          advice: Suggestion.advice(for: name, among: MappingObjective.allCases.map(\.rawValue)))
      }
      return named
    }
    let figures = options.figures.isEmpty ? recipeFigures : options.figures
    let memories = try Technology(figures: figures).memories
    let knobs = try KnobFlags(options, scenario, memories)
    guard options.mapping == nil || choice == .physical else {
      throw InputError("--mapping belongs to the physical cost model; the reference has its own")
    }
    assessor = try Assessor(
      choice, in: knobs.scenario.resolve(standard: recipeScenario, changing: recipeChanges),
      mapping: mapping ?? recipeMapping, figures: figures)
    let changes = recipeKnobs + knobs.changes
    sweeps = options.sweep || recipeSweep
    widens = options.widen || recipeWidens
    let texts = [
      ("texts-per-image", scenario.textsPerImage), ("prompts", scenario.prompts), ("text-tokens", scenario.textTokens),
      ("last-block", scenario.lastBlock), ("images-per-fetch", scenario.imagesPerFetch),
    ]
    if let plain = models.first(where: { $0.shape is PlainTransformer }),
      let flag = texts.first(where: { $0.1 != nil })?.0
    {
      throw InputError("--\(flag) belongs to models of images and texts, not to \(plain.name)")
    }
    if scenario.textTokens != nil {
      // Whether a model reads so many is known here; the flag is what is wrong.
      for model in models {
        do { _ = try assessor.work(of: model.shape) } catch var error as InputError {
          let key = "text-tokens: "
          if error.problem.hasPrefix(key) {
            error = InputError(
              String(error.problem.dropFirst(key.count)) + ", for \(model.name)", at: "--text-tokens",
              advice: error.advice)
          }
          throw error
        }
      }
    }
    if sweeps {
      guard models.count == 1 else {
        throw InputError(
          "\(options.sweep ? "--sweep" : "a sweep") takes one model, found \(models.count)",
          advice: "sweep them one after another")
      }
      let name = options.space ?? recipeSpace ?? "edge"
      space = (
        Self.short(name), try DesignSpace.named(name, memories: memories).changed(by: changes, memories: memories)
      )
      designs = []
    } else {
      space = nil
      let chosen = options.design.isEmpty ? recipeDesigns : options.design
      designs = try (chosen.isEmpty ? ["edge-base"] : chosen).map { name in
        let design = try AcceleratorDesign.named(name, memories: memories)
        return (Self.short(name), try design.changed(by: changes, memories: memories))
      }
    }
    let words = options.objectives.map { $0.split(separator: ",").map { $0.filter { $0 != " " } } } ?? recipeObjectives
    objectives = try (words ?? ["latency", "carbon"]).map { word in
      do { return try Metric.named(word) } catch var error as InputError {
        if options.objectives != nil { error.location = "--objectives" }
        throw error
      }
    }
    guard !objectives.isEmpty, Set(objectives).count == objectives.count else {
      throw InputError("objectives: expected one or more different metrics", advice: "such as latency,carbon")
    }
    limits =
      try options.limit.isEmpty
      ? recipeLimits.map { try Limit($0, origin: "limits") } : options.limit.map { try Limit($0, origin: "--limit") }
    if !sweeps, !limits.isEmpty || options.objectives != nil || options.output != nil || options.space != nil || widens
    {
      throw InputError("--limit, --objectives, --space, --widen and --output belong to --sweep", advice: "add --sweep")
    }
    if let given = options.draws, !UncertaintyStudy.drawRange.contains(given) {
      throw InputError(
        "--draws: expected \(UncertaintyStudy.drawRange.lowerBound) to \(UncertaintyStudy.drawRange.upperBound), found \(given)"
      )
    }
    draws =
      options.uncertainty || recipeUncertainty || options.draws != nil ? options.draws ?? recipeDraws ?? 10_000 : nil
    guard (options.seed ?? 0) >= 0 else { throw InputError("--seed: expected 0 or more") }
    seed = UInt64(options.seed ?? recipeSeed ?? 0)
    output = options.output ?? recipeOutput
  }

  /// A file's name without folders and suffix; a plain name as it is.
  private static func short(_ name: String) -> String {
    var name = Folder.name(of: name)
    for suffix in [".space.yaml", ".yaml", ".yml"] where name.hasSuffix(suffix) {
      name = String(name.dropLast(suffix.count))
      break
    }
    return name
  }
}
