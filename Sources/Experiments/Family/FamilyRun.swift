internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPModelShapes
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

  let recipe: FamilyRecipe
  let folder: String
  let pool: ThreadPool
  let version: String
  private let observe: (Stage) -> Void
  let shouldStop: () -> Bool
  /// What is known.
  public internal(set) var record: FamilyRecord

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
  /// - Parameters:
  ///   - members: chosen from the search where the record has none
  ///   - searched: the models of other searches, chosen likewise
  /// - Throws: `InputError` for a baseline that has a member's name, or another shape than was measured.
  public static func models(
    of recipe: FamilyRecipe, known: FamilyRecord, members: [FamilyModel], searched: [FamilyModel] = []
  ) throws -> FamilyRecord {
    var record = FamilyRecord(members)
    record.models.append(FamilyModel("whole", .whole, JSONObject()))
    record.models += recipe.baselines.map { FamilyModel($0.name, .baseline, $0.sizes) }
    record.models += recipe.cuts.map { FamilyModel($0.name, .baseline, JSONObject(), cut: $0.cut) }
    record.models += searched
    guard Set(record.models.map(\.name)).count == record.models.count else {
      throw InputError("two models of the family have one name", file: recipe.name)
    }
    record.opened = known.opened
    record.charges = known.charges
    for index in record.models.indices {
      let model = record.models[index]
      if let cut = model.cut {
        // Its sizes were chosen once.
        if let old = known.models.first(where: { $0.name == model.name && $0.cut == cut }) {
          record.models[index] = old
        }
        continue
      }
      if let old = known.models.first(where: { $0.name == model.name && $0.sizes == model.sizes }) {
        record.models[index].runs = old.runs
      }
    }
    try record.checkOpening(file: recipe.record)
    return record
  }

  /// A training that the record lacks.
  struct Lacking {
    /// Its place among all trainings of the recipe, from 1.
    let number: Int
    let model: String, sizes: JSONObject, cut: StrategyCut?, seed: Int
    let key: String
    let precision: ProductArithmetic
  }

  /// What a training is done with.
  private struct Bench {
    let search: SearchRecipe, data: SearchData, classes: ClassificationData?, trainer: CandidateTrainer, point: [Int]
  }

  /// Trains and measures until nothing is lacking, and writes the record after each training.
  /// - Throws: `InputError` when data or disk fail, or a training diverges; `CancellationError` when stopped.
  public func run() throws {
    try eachLacking { item, bench in
      // The candidate has the account of its own making, whichever search or family made it.
      let run = try Self.measured(
        bench.point, seed: item.seed, key: item.key, bench.search, of: recipe, with: bench.trainer, bench.data,
        bench.classes, threads: pool.threads)
      try keep(run, of: item.model)
    }
  }

  /// What the record lacks, in the order in which it is trained.
  func lackingRuns() throws -> [Lacking] {
    var found: [Lacking] = []
    try eachLacking { item, _ in found.append(item) }
    return found
  }

  /// Trains and measures one model with one seed.
  static func measured(
    _ point: [Int], seed: Int, key: String, _ search: SearchRecipe, of family: FamilyRecipe,
    with trainer: CandidateTrainer, _ data: SearchData, _ classData: ClassificationData?, threads: Int
  ) throws -> FamilyModel.Run {
    let validation = try trainer.measureOnce(point).measurement
    var meter = try EnergyMeter(), test = validation
    let readings = try family.arithmetics.map {
      try FamilyReading($0, trainer.reading(of: validation, in: $0, scoresTest: !family.isSealed))
    }
    if family.isSealed {
      test = validation.unmeasured
    } else if let testData = data.test {
      let known = readings.first { $0.arithmetic == validation.arithmetic }?.test
      try trainer.measure(again: &test, on: testData, wholeNumbers: known)
    }
    let classes = try classData.map { try trainer.classify(validation, on: $0) }
    meter.sample()
    let measuring = RunFootprint(
      of: meter, grid: try GridTable().grid(search.ownGrid), pue: try OperationalCarbon.checkedPUE(search.ownPUE),
      threads: threads)
    return FamilyModel.Run(
      seed: seed, key: key, validation: validation, test: test, classes: classes, readings: readings,
      footprint: validation.footprint.map { $0 + measuring } ?? measuring)
  }

  /// Adds a training to the record, in the place of an older one with its seed.
  func keep(_ run: FamilyModel.Run, of name: String) throws {
    guard let place = record.models.firstIndex(where: { $0.name == name }) else { return }
    record.models[place].runs.removeAll { $0.seed == run.seed }
    record.models[place].runs.append(run)
    record.models[place].runs.sort { $0.seed < $1.seed }
    try record.write(to: recipe.record)
  }

  /// What trains candidates, and tells of it under a name.
  func makeTrainer(
    _ search: SearchRecipe, _ data: SearchData, named name: @escaping () -> String
  ) throws -> CandidateTrainer {
    try CandidateTrainer(
      search, data: data, folder: folder, on: pool, version: version,
      observe: { [self] in
        observe(Stage(name: "\(name()): \($0.name)", done: $0.done, total: $0.total, finished: finished, runs: runs))
      }, shouldStop: shouldStop)
  }

  private func eachLacking(_ body: (Lacking, Bench) throws -> Void) throws {
    guard recipe.search.testData != nil else {
      throw InputError("the search names no test-data", file: recipe.search.name, advice: "members are measured on it")
    }
    var data: SearchData?, classData: ClassificationData?, number = 0, name = ""
    func makeTrainer(_ search: SearchRecipe, _ data: SearchData) throws -> CandidateTrainer {
      try self.makeTrainer(search, data) { name }
    }
    for index in record.models.indices {
      let model = record.models[index]
      guard let cut = model.cut, model.sizes.count == 0 else { continue }
      name = model.name
      let search = try recipe.training(model.sizes, cut: cut, seed: recipe.seeds[0], precision: record.precision)
      let opened = try data ?? SearchData(opening: search)
      data = opened
      record.models[index] = FamilyModel(
        model.name, model.kind, try makeTrainer(search, opened).sizes(for: cut), cut: cut, runs: model.runs)
      try record.write(to: recipe.record)
    }
    for seed in recipe.seeds + recipe.moreSeeds {
      let wanted = record.models.filter { recipe.seeds(of: $0).contains(seed) }
      let plain = try recipe.training(
        wanted.filter { $0.cut == nil }.map(\.sizes), seed: seed, precision: record.precision)
      let opened = try data ?? SearchData(opening: plain)
      data = opened
      if classData == nil { classData = try recipe.classesData.map { try plain.openClasses($0) } }
      let shared = try makeTrainer(plain, opened)
      for model in wanted {
        name = "\(model.name), seed \(seed)"
        number += 1
        // What another strategy cuts has a trainer of its own.
        let search =
          try model.cut.map { cut in
            try recipe.training(model.sizes, cut: cut, seed: seed, precision: record.precision)
          } ?? plain
        let trainer = try model.cut == nil ? shared : makeTrainer(search, opened)
        let point = try Self.point(of: model.sizes, named: model.name, in: search, recipe.name)
        let key = try trainer.key(point)
        guard let place = record.models.firstIndex(where: { $0.name == model.name }) else { continue }
        if let known = model.runs.firstIndex(where: { $0.seed == seed && $0.key == key && isWhole($0) }) {
          let found = try classes(of: model.runs[known], classData, with: trainer)
          guard found != model.runs[known].classes else { continue }
          record.models[place].runs[known].classes = found
          try record.write(to: recipe.record)
          continue
        }
        if model.runs.contains(where: { $0.seed == seed && $0.isOpened }) {
          throw InputError(
            "\(name): its test sets were opened, and the recipe or its data have changed since", file: recipe.record,
            advice: "put them back, or name another record")
        }
        // Two searches may have found one model; it is trained once.
        if let same = record.models.lazy.flatMap(\.runs).first(where: { $0.key == key && isWhole($0) }) {
          try keep(same.unopened(isSealed: recipe.isSealed), of: model.name)
          continue
        }
        try body(
          Lacking(
            number: number, model: model.name, sizes: model.sizes, cut: model.cut, seed: seed, key: key,
            precision: search.trainingPrecision),
          Bench(search: search, data: opened, classes: classData, trainer: trainer, point: point))
      }
    }
  }

  /// Whether a training was read in all that the recipe asks for, and its test data scored or not as that says.
  func isWhole(_ run: FamilyModel.Run) -> Bool {
    recipe.arithmetics.allSatisfy { wanted in run.readings.contains { $0.arithmetic == wanted.description } }
      && run.isSealed == recipe.isSealed
  }

  /// The trainings that the record lacks, as `uniform-1/2, seed 1`, each with its model's name.
  /// - Throws: as ``run()``.
  public func lacking() throws -> [(model: String, name: String)] {
    try lackingRuns().map { ($0.model, "\($0.model), seed \($0.seed)") }
  }

  /// Tells how far all of it is.
  func tell(_ name: String) { observe(Stage(name: name, done: finished, total: runs, finished: finished, runs: runs)) }

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
  static func point(of sizes: JSONObject, named name: String, in search: SearchRecipe, _ recipe: String) throws -> [Int]
  {
    try search.space.axes.map { axis in
      let size = sizes[axis.name]?.intValue ?? search.space.denseSize(of: axis.name)
      guard let place = axis.sizes.firstIndex(of: size) else {
        throw InputError("\(name): \(axis.name) \(size) is no size of the space", file: recipe)
      }
      return place
    }
  }

  private var runs: Int { record.models.reduce(0) { $0 + recipe.seeds(of: $1).count } }
  private var finished: Int { record.models.reduce(0) { $0 + $1.runs.count } }
}
