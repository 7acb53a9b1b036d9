internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPSearch
internal import CLIPStudies

/// Trains and measures what a family's record lacks: every model with every seed, the base model once.
///
/// A training that was interrupted goes on where it stopped; one that was done for any family or search with the same
/// settings is not done again.
public final class FamilyRun {
  /// What is being done, for a progress line.
  public struct Stage: Sendable {
    /// Such as `uniform-1/2, seed 1: fine-tuning`.
    public let name: String
    /// How much of it is done.
    public let done: Int
    /// Of how much.
    public let total: Int
    /// Trainings that are measured, and how many there are.
    public let finished: Int, runs: Int
  }

  private let recipe: FamilyRecipe
  private let folder: String
  private let pool: ThreadPool
  private let version: String
  private let observe: (Stage) -> Void
  private let shouldStop: () -> Bool
  /// What is known.
  public private(set) var record: FamilyRecord

  /// - Parameters:
  ///   - folder: of trained candidates
  ///   - record: the models to measure; what it holds already is kept
  public init(
    _ recipe: FamilyRecipe, record: FamilyRecord, folder: String, on pool: ThreadPool, version: String,
    observe: @escaping (Stage) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) {
    self.recipe = recipe
    self.record = record
    self.folder = folder
    self.pool = pool
    self.version = version
    self.observe = observe
    self.shouldStop = shouldStop
  }

  /// The models of a recipe with what a record knows of them: members as they were chosen, baselines as the recipe says.
  /// - Parameter members: chosen from the search where the record has none
  /// - Throws: `InputError` for a baseline that has a member's name, or another shape than was measured.
  public static func models(of recipe: FamilyRecipe, known: FamilyRecord, members: [FamilyModel]) throws
    -> FamilyRecord
  {
    var record = FamilyRecord(members)
    record.models.append(FamilyModel("whole", .whole, JSONObject()))
    record.models += recipe.baselines.map { FamilyModel($0.name, .baseline, $0.sizes) }
    guard Set(record.models.map(\.name)).count == record.models.count else {
      throw InputError("two models of the family have one name", file: recipe.name)
    }
    for index in record.models.indices {
      let model = record.models[index]
      if let old = known.models.first(where: { $0.name == model.name && $0.sizes == model.sizes }) {
        record.models[index].runs = old.runs
      }
    }
    return record
  }

  /// Trains and measures until nothing is lacking, and writes the record after each training.
  /// - Throws: `InputError` when data or disk fail, or a training diverges; `CancellationError` when stopped.
  public func run() throws {
    guard recipe.search.testData != nil else {
      throw InputError("the search names no test-data", file: recipe.search.name, advice: "members are measured on it")
    }
    var data: SearchData?, classData: ClassificationData?
    let grid = try GridTable().grid(recipe.search.ownGrid), pue = try OperationalCarbon.checkedPUE(recipe.search.ownPUE)
    for seed in recipe.seeds {
      let wanted = record.models.filter { $0.kind != .whole || seed == recipe.seeds[0] }
      let search = try recipe.training(wanted.map(\.sizes), seed: seed, after: record)
      var name = ""
      let opened = try data ?? SearchData(opening: search)
      data = opened
      if classData == nil { classData = try recipe.classesData.map { try search.openClasses($0) } }
      let trainer = try CandidateTrainer(
        search, data: opened, folder: folder, on: pool, version: version,
        observe: { [self] in
          observe(Stage(name: "\(name): \($0.name)", done: $0.done, total: $0.total, finished: finished, runs: runs))
        }, shouldStop: shouldStop)
      for model in wanted {
        name = "\(model.name), seed \(seed)"
        let point = try point(of: model, in: search), key = try trainer.key(point)
        guard let place = record.models.firstIndex(where: { $0.name == model.name }) else { continue }
        if let known = model.runs.firstIndex(where: { $0.seed == seed && $0.key == key }) {
          let found = try classes(of: model.runs[known], classData, with: trainer)
          guard found != model.runs[known].classes else { continue }
          record.models[place].runs[known].classes = found
          try record.write(to: recipe.record)
          continue
        }
        // The candidate has the account of its own making, whichever search or family made it.
        let validation = try trainer.measureOnce(point).measurement
        var meter = try EnergyMeter()
        var test = validation
        if let testData = opened.test { try trainer.measure(again: &test, on: testData) }
        let classes = try classData.map { try trainer.classify(validation, on: $0) }
        record.models[place].runs.removeAll { $0.seed == seed }
        meter.sample()
        let measuring = RunFootprint(of: meter, grid: grid, pue: pue, threads: pool.threads)
        record.models[place].runs.append(
          FamilyModel.Run(
            seed: seed, key: key, validation: validation, test: test, classes: classes,
            footprint: validation.footprint.map { $0 + measuring } ?? measuring))
        record.models[place].runs.sort { $0.seed < $1.seed }
        try record.write(to: recipe.record)
      }
    }
  }

  /// The classes of a training, found now where it was measured without them and its weights are still there.
  private func classes(
    of run: FamilyModel.Run, _ data: ClassificationData?, with trainer: CandidateTrainer
  ) throws -> ClassAccuracy? {
    guard let data, run.classes == nil, trainer.hasWeights(of: run.validation) else {
      return run.classes
    }
    return try trainer.classify(run.validation, on: data)
  }

  /// The sizes of a model as a point of a space that holds all of them; axes that it does not name stay at the base model's.
  private func point(of model: FamilyModel, in search: SearchRecipe) throws -> [Int] {
    try search.space.axes.map { axis in
      let size = model.sizes[axis.name]?.intValue ?? search.space.denseSize(of: axis.name)
      guard let place = axis.sizes.firstIndex(of: size) else {
        throw InputError("\(model.name): \(axis.name) \(size) is no size of the space", file: recipe.name)
      }
      return place
    }
  }

  private var runs: Int { record.models.reduce(0) { $0 + ($1.kind == .whole ? 1 : recipe.seeds.count) } }
  private var finished: Int { record.models.reduce(0) { $0 + $1.runs.count } }
}
