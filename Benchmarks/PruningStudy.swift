import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPUnits
import Foundation
import CLIPImageText
import CLIPPruning
import CLIPRecipes
import CLIPTraining

/// Variants of pruning beside one another: each cut to each shape, fine-tuned for each budget, with each seed, and
/// measured on the same data.
///
/// Every result is a line of a file as soon as it is there; a study that is started again goes on where it stopped.
struct PruningStudy {
  /// One way to prune and to fine-tune.
  struct Variant {
    var name: String
    var strategy = ImportanceCatalog.standard
    var compensation: CompensationOptions?
    /// Put over the study's own fine-tuning settings.
    var finetune: RecipeNode?
    /// Shapes it is tried on; empty for all.
    var shapes: [String] = []
  }

  struct Shape {
    var name: String
    var request = ShapeRequest()
    var targetMACs: String?
  }

  let pretrained: String
  let calibrationData: String
  let calibrationSamples: Int
  let calibrationSplit: String?
  let testData: String
  let testSplit: String?
  let finetune: RecipeNode
  let shapes: [Shape]
  let variants: [Variant]
  /// Samples of fine-tuning; 0 measures the pruned model as it is.
  let budgets: [Int]
  let seeds: [Int]
  let folder: String

  init(_ recipe: String, folder: String) throws {
    var reader = try RecipeReader(try Recipe.read(recipe))
    func required(_ key: String) throws -> String {
      guard let text = try reader.text(key) else { throw reader.error(key, "is missing") }
      return text
    }
    pretrained = try required("pretrained")
    calibrationData = try required("calibration-data")
    calibrationSamples = try reader.integer("calibration-samples", in: 16...1_000_000) ?? 1024
    calibrationSplit = try reader.text("calibration-split")
    testData = try required("test-data")
    testSplit = try reader.text("test-split")
    finetune = reader.node("finetune") ?? RecipeNode(.map([]), origin: recipe)
    budgets = try reader.numbers("budgets", in: 0...1e9)?.map { Int($0) } ?? [0]
    seeds = try reader.numbers("seeds", in: 0...1e9)?.map { Int($0) } ?? [0]
    shapes = try Self.members(reader.node("shapes")).map { try Self.shape($0.key, $0.node) }
    variants = try Self.members(reader.node("variants")).map { try Self.variant($0.key, $0.node) }
    try reader.finish()
    self.folder = folder
  }

  private static func members(_ node: RecipeNode?) -> [(key: String, node: RecipeNode)] {
    guard let node, case .map(let members) = node.value else { return [] }
    return members
  }

  private static func shape(_ name: String, _ node: RecipeNode) throws -> Shape {
    var reader = try RecipeReader(node), shape = Shape(name: name)
    func list(_ key: String) throws -> [Int]? { try reader.numbers(key, in: 1...1e6)?.map { Int($0) } }
    shape.targetMACs = try reader.text("target-macs")
    shape.request.vision.layers = try reader.integer("vision-layers", in: 1...512)
    shape.request.vision.width = try reader.integer("vision-width", in: 1...65536)
    shape.request.vision.mlp = try list("vision-mlp")
    shape.request.vision.heads = try list("vision-heads")
    shape.request.text.layers = try reader.integer("text-layers", in: 1...512)
    shape.request.text.width = try reader.integer("text-width", in: 1...65536)
    shape.request.text.mlp = try list("text-mlp")
    shape.request.text.heads = try list("text-heads")
    shape.request.embedDimension = try reader.integer("embed-dim", in: 1...65536)
    try reader.finish()
    return shape
  }

  private static func variant(_ name: String, _ node: RecipeNode) throws -> Variant {
    var reader = try RecipeReader(node), variant = Variant(name: name)
    variant.strategy = try reader.text("strategy") ?? variant.strategy
    variant.compensation = try reader.text("compensation").map { try CompensationOptions(parsing: $0) }
    variant.finetune = reader.node("finetune")
    variant.shapes = try reader.texts("shapes") ?? []
    try reader.finish()
    return variant
  }

  // MARK: Running

  func run(on pool: ThreadPool) throws {
    try Folder.make(folder)
    var results = try StudyResults(path: "\(folder)/results.jsonl")
    let loaded = try LoadedModel(LoadedModel.Request(pretrained: pretrained))
    let work = seeds.flatMap { seed in shapes.map { (seed, $0) } }
    if results.find(StudyResults.Key(variant: "whole model", shape: "", budget: 0, seed: 0)) == nil {
      let whole = try evaluate(pretrained, on: pool)
      try results.add(StudyResults.Key(variant: "whole model", shape: "", budget: 0, seed: 0), whole, macs: 1)
    }
    for (seed, shape) in work {
      var calibration: CalibrationSet?
      for variant in variants where variant.shapes.isEmpty || variant.shapes.contains(shape.name) {
        let missing = budgets.filter {
          results.find(StudyResults.Key(variant: variant.name, shape: shape.name, budget: $0, seed: seed)) == nil
        }
        if missing.isEmpty { continue }
        if calibration == nil { calibration = try self.calibration(loaded, seed, pool) }
        try run(variant, shape, seed, missing, loaded, calibration, &results, pool)
      }
    }
    try AtomicFile.write(report(results), to: "\(folder)/table.md")
    print(report(results))
  }

  private func calibration(_ loaded: LoadedModel, _ seed: Int, _ pool: ThreadPool) throws -> CalibrationSet {
    var options = DataSetOptions()
    options.split = calibrationSplit
    return try CalibrationSet(
      ImageTextData.openCaptioned(calibrationData, options), for: loaded, count: calibrationSamples, seed: UInt64(seed),
      on: pool)
  }

  private func run(
    _ variant: Variant, _ shape: Shape, _ seed: Int, _ budgets: [Int], _ loaded: LoadedModel,
    _ calibration: CalibrationSet?, _ results: inout StudyResults, _ pool: ThreadPool
  ) throws {
    let pruner = try Pruner(
      loaded, importance: ImportanceCatalog.strategy(variant.strategy), compensation: variant.compensation,
      seed: UInt64(seed), on: pool)
    let budget = try shape.targetMACs.map { try Budget(.macs, parsing: $0, of: loaded.model.configuration) }
    let store = try RankingStore(path: "\(folder)/rankings/\(variant.strategy)-\(seed).jsonl")
    let result = try pruner.run(shape.request, budget: budget, calibration: calibration, store: store)
    let pruned = "\(folder)/pruned"
    try result.loaded(from: loaded, name: "pruned").write(to: pruned)
    let share =
      Double(Budget.Kind.macs.cost(result.plan.configuration))
      / Double(Budget.Kind.macs.cost(loaded.model.configuration))
    for budget in budgets {
      let accuracy: Double
      if budget == 0 {
        accuracy = try evaluate(pruned, on: pool)
      } else {
        accuracy = try tuned(pruned, variant, budget, seed, pool)
      }
      let key = StudyResults.Key(variant: variant.name, shape: shape.name, budget: budget, seed: seed)
      try results.add(key, accuracy, macs: share)
      FileHandle.standardError.write(
        Data(
          "\(variant.name), \(shape.name), \(budget) samples, seed \(seed): \(Figures.percent(accuracy))\n"
            .utf8))
    }
  }

  private func tuned(_ pruned: String, _ variant: Variant, _ budget: Int, _ seed: Int, _ pool: ThreadPool) throws
    -> Double
  {
    func word(_ key: String, _ text: String) -> (key: String, node: RecipeNode) {
      (key, RecipeNode(word: text, origin: "study"))
    }
    var settings = finetune
    if let own = variant.finetune { settings = settings.overridden(by: own) }
    settings = settings.overridden(
      by: RecipeNode(
        .map([
          word("pretrained", pruned), word("distill-pretrained", pretrained), word("train-num-samples", "\(budget)"),
          word("epochs", "1"), word("seed", "\(seed)"), word("save-every-minutes", "0"),
        ]), origin: "study"))
    let logs = "\(folder)/logs"
    try? FileManager.default.removeItem(atPath: "\(logs)/run")
    let trainer = try TrainingRequest(settings, preset: .finetune).trainer(
      in: "\(logs)/run", on: pool, version: "study")
    _ = try trainer.run(shouldStop: { false })
    return try evaluate("\(logs)/run/checkpoints/epoch_1", on: pool)
  }

  /// Mean recall@1, or acc1 for data with classes.
  private func evaluate(_ checkpoint: String, on pool: ThreadPool) throws -> Double {
    var options = DataSetOptions()
    options.split = testSplit
    return try Evaluator(LoadedModel(LoadedModel.Request(pretrained: checkpoint))).run(testData, options, on: pool)
      .headline.value ?? 0
  }

  // MARK: Report

  /// One table a shape: a row a variant, a column a budget; the mean over seeds and half the spread.
  private func report(_ results: StudyResults) -> String {
    let whole = results.find(StudyResults.Key(variant: "whole model", shape: "", budget: 0, seed: 0)) ?? 0
    var text = "The whole model: \(Figures.percent(whole)).\n"
    for shape in shapes {
      let rows = variants.filter { $0.shapes.isEmpty || $0.shapes.contains(shape.name) }
      guard !rows.isEmpty else { continue }
      text +=
        "\n### \(shape.name)\n\n| variant | MACs | "
        + budgets.map { $0 == 0 ? "not fine-tuned" : "\(Figures.count($0)) samples" }.joined(separator: " | ")
      text += " |\n| --- | --: |\(String(repeating: " --: |", count: budgets.count))\n"
      for variant in rows {
        let cells = budgets.map { budget -> String in
          let found = seeds.compactMap {
            results.find(StudyResults.Key(variant: variant.name, shape: shape.name, budget: budget, seed: $0))
          }
          guard !found.isEmpty else { return "" }
          let mean = found.reduce(0, +) / Double(found.count)
          let deviation =
            found.count < 2
            ? 0
            : (found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(found.count - 1)).squareRoot()
          return "\(Figures.fixed(mean * 100, places: 1)) ± \(Figures.fixed(deviation * 100, places: 1))"
        }
        let macs = results.macs(variant.name, shape.name).map { "\(Figures.fixed($0 * 100, places: 1)) %" } ?? ""
        text += "| \(variant.name) | \(macs) | \(cells.joined(separator: " | ")) |\n"
      }
    }
    return text
  }
}

/// A study's results, a line each.
struct StudyResults {
  struct Key: Hashable {
    var variant: String
    var shape: String
    var budget: Int
    var seed: Int
  }

  private let path: String
  private var found: [Key: Double] = [:]
  private var shares: [Key: Double] = [:]

  init(path: String) throws {
    self.path = path
    guard Folder.containsFile(path) else { return }
    for line in try TextFile.lines(of: path) {
      guard let value = try? JSONParser.parse(line), let variant = value["variant"]?.stringValue,
        let shape = value["shape"]?.stringValue, let budget = value["budget"]?.intValue,
        let seed = value["seed"]?.intValue, let accuracy = value["accuracy"]?.doubleValue
      else { continue }
      let key = Key(variant: variant, shape: shape, budget: budget, seed: seed)
      found[key] = accuracy
      shares[key] = value["macs"]?.doubleValue
    }
  }

  func find(_ key: Key) -> Double? { found[key] }

  func macs(_ variant: String, _ shape: String) -> Double? {
    shares.first { $0.key.variant == variant && $0.key.shape == shape }?.value
  }

  mutating func add(_ key: Key, _ accuracy: Double, macs: Double) throws {
    found[key] = accuracy
    shares[key] = macs
    let line = JSONValue.object([
      "variant": .string(key.variant), "shape": .string(key.shape), "budget": .integer(key.budget),
      "seed": .integer(key.seed), "accuracy": .number(accuracy), "macs": .number(macs),
    ]).text()
    let old = Folder.containsFile(path) ? try TextFile.text(of: path) : ""
    try AtomicFile.write(old + line + "\n", to: path)
  }
}
