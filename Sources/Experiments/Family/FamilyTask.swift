internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPEvaluation
public import CLIPFiles
internal import CLIPImageText
public import CLIPRanks
public import CLIPSearch

/// One training of a family with its measurements, as a task that another process does.
public struct FamilyTask: Sendable {
  /// What such tasks are called.
  public static let word = "training"

  /// The family's recipe.
  let family: String
  /// The model's name.
  let model: String
  /// Its sizes by axis.
  let sizes: JSONObject
  /// The strategy that chose them, and cuts it; nil where they were given.
  let cut: StrategyCut?
  /// Of everything random.
  let seed: Int
  /// The fingerprint of all that the training depends on.
  let key: String
  /// What it is trained in, on whichever processor.
  let precision: ProductArithmetic
  /// What it is read in, and whether test is sealed: ``FamilyRecipe/readsText``.
  let reads: String
  /// The folder of trained candidates.
  let candidates: String
  /// The program's version.
  let version: String

  /// As its file has it.
  var json: JSONObject {
    var object: JSONObject = [
      "task": .string(Self.word), "model": .string("\(model), seed \(seed)"), "name": .string(model),
      "sizes": .object(sizes), "seed": .integer(seed), "key": .string(key), "family": .string(family),
      "precision": .string(precision.rawValue),
      "candidates": .string(candidates), "version": .string(version),
    ]
    if let cut { object["cut"] = .object(cut.json) }
    if !reads.isEmpty { object["reads"] = .string(reads) }
    return object
  }

  init(
    family: String, model: String, sizes: JSONObject, cut: StrategyCut?, seed: Int, key: String,
    precision: ProductArithmetic, reads: String, candidates: String, version: String
  ) {
    self.family = family
    self.model = model
    self.sizes = sizes
    self.cut = cut
    self.seed = seed
    self.key = key
    self.precision = precision
    self.reads = reads
    self.candidates = candidates
    self.version = version
  }

  /// What a file holds; nil where it is no training of a family.
  public init?(_ json: JSONValue) {
    guard json["task"]?.stringValue == Self.word, let family = json["family"]?.stringValue,
      let model = json["name"]?.stringValue, let sizes = json["sizes"]?.objectValue, let seed = json["seed"]?.intValue,
      let key = json["key"]?.stringValue, let candidates = json["candidates"]?.stringValue,
      let version = json["version"]?.stringValue,
      let precision = json["precision"]?.stringValue.flatMap({ ProductArithmetic(named: $0) })
    else { return nil }
    self.init(
      family: family, model: model, sizes: sizes, cut: json["cut"].flatMap { StrategyCut($0) }, seed: seed, key: key,
      precision: precision,
      reads: json["reads"]?.stringValue ?? "", candidates: candidates, version: version)
  }
}

/// Does trainings of families, one after another.
public final class FamilyTaskRunner {
  private let pool: ThreadPool
  private let ranks: (any RankGroup)?
  private let version: String
  private let observe: (CandidateTrainer.Stage) -> Void
  private let shouldStop: () -> Bool

  /// - Parameters:
  ///   - ranks: processes that train a model together, all with the same task
  ///   - version: the program's: tasks of another are refused
  public init(
    on pool: ThreadPool, ranks: (any RankGroup)? = nil, version: String,
    observe: @escaping (CandidateTrainer.Stage) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) {
    self.pool = pool
    self.ranks = ranks
    self.version = version
    self.observe = observe
    self.shouldStop = shouldStop
  }

  /// Trains and measures the task's model.
  /// - Returns: the run as the record keeps it; nil on ranks that only helped
  /// - Throws: `InputError` where it cannot be done here; `CancellationError` when stopped.
  public func run(_ task: FamilyTask) throws -> JSONObject? {
    guard task.version == version else {
      throw InputError(
        "the task was written by version \(task.version) of the program, and this is \(version)",
        advice: "all nodes need the same program")
    }
    let recipe = try FamilyRecipe(file: task.family)
    let search = try recipe.training(
      task.sizes, cut: task.cut, seed: task.seed, precision: task.precision)
    let data = try SearchData(opening: search)
    let trainer = try CandidateTrainer(
      search, data: data, folder: task.candidates, on: pool, ranks: ranks, version: version, observe: observe,
      shouldStop: shouldStop)
    let point = try FamilyRun.point(of: task.sizes, named: task.model, in: search, recipe.name)
    guard try trainer.key(point) == task.key, recipe.readsText == task.reads else {
      throw InputError(
        "the base model, the data or the recipe are others here than where the family is made",
        advice: "all nodes must see the same files under the same paths")
    }
    if let ranks, ranks.rank > 0 {
      try trainer.help(.training, point)
      return nil
    }
    let classes = try recipe.classesData.map { try search.openClasses($0) }
    return try FamilyRun.measured(
      point, seed: task.seed, key: task.key, search, of: recipe, with: trainer, data, classes, threads: pool.threads
    ).json
  }
}
