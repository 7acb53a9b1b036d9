public import CLIPCarbonFootprint
public import CLIPCompute
public import CLIPEvaluation
public import CLIPFiles
public import CLIPImageText
public import CLIPLayers
import CLIPModelShapes
public import CLIPModels
public import CLIPRanks
import CLIPRecipes
import CLIPTensors

/// Trains a model to its last step, and can take a run up again wherever it was stopped.
///
///     let trainer = try Trainer(
///       Student(loaded), data: pairs, losses: [LossTerm(ContrastiveLoss())], TrainingSettings(preset: .finetune), on: pool)
///     let outcome = try trainer.run()
///     let features = try trainer.model.imageFeatures(pixels, on: pool)
///
/// Everything is given as a value; with a folder the run also keeps its log, resume points and checkpoints there. Several
/// ranks train one model: see ``RankGroup``; rank 0 alone reads and writes the folder.
public final class Trainer {
  /// How an earlier run of the same folder is met.
  public enum Resume: Sendable, Equatable {
    /// It must not exist.
    case never
    /// It goes on from its newest whole resume point, or starts where there is none.
    case latest
    /// It goes on from this file.
    case from(String)
  }

  /// How a run ended.
  public enum Outcome: Sendable, Equatable {
    /// All steps are done.
    case finished
    /// Stopped on request; everything is saved, where there is a folder.
    case stopped
  }

  let settings: TrainingSettings
  let folder: RunFolder?
  let student: Student
  let losses: [LossTerm]
  let validation: EvaluationData?
  let source: any IndexedSource
  let engine: TrainingEngine
  /// The processes that share each batch; nil where this one has all of it.
  let ranks: (any RankGroup)?
  let version: String
  let names: SettingNames
  let pool: ThreadPool
  var state = TrainerState()
  var data: TrainingData
  var meter: RunMeter
  let observe: (TrainingEvent) -> Void
  /// Every setting by key: what the run's folder keeps, and what a later session is held against.
  let record: JSONObject
  let features: FeatureStore
  var panel: TeacherPanel
  /// Which data and teachers the run has: part of its settings.
  let identities: RunIdentities
  private let log: RunLog?
  private let schedule: LearningRateSchedule
  var lastSave = ContinuousClock.now
  /// What ranks had told one another before this session's first step.
  var trafficBefore = RankTraffic()

  /// - Parameters:
  ///   - student: what is trained
  ///   - data: what it learns from; in a ``DescribedSource`` it is described once for many runs
  ///   - validation: what it is measured on now and then; nil measures nothing
  ///   - teachers: what it learns from beside the data
  ///   - losses: what is minimized; nil takes CLIP's, with teachers ``LossTerm/distillation(teachers:)``
  ///   - settings: how
  ///   - features: where teachers' features are kept; runs that share it compute none twice
  ///   - folder: where the run keeps its files; nil keeps none: it cannot be taken up then
  ///   - resume: what to do about a run that the folder holds
  ///   - allowsChanges: takes up a run even when settings, data or teachers have changed
  ///   - record: every setting by key, for the folder; nil writes `settings`, with the losses
  ///   - names: how messages name settings
  ///   - ranks: the processes that train this model together, each of them with the same arguments; the batch size of the
  ///     settings is then each rank's, as open_clip counts
  ///   - version: what cards and logs say made them
  ///   - observe: told of everything that happens
  /// - Throws: ``InputError`` when anything does not fit or cannot be written.
  public init(
    _ student: Student, data source: any IndexedSource, validation: EvaluationData? = nil, teachers: [Teacher] = [],
    losses: [LossTerm]? = nil, _ settings: TrainingSettings = TrainingSettings(),
    features: FeatureStore = FeatureStore(), in folder: String? = nil, resume: Resume = .never,
    allowsChanges: Bool = false, record: JSONObject? = nil, names: SettingNames = .keys, on pool: ThreadPool,
    ranks: (any RankGroup)? = nil, version: String = "", observe: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws {
    let losses =
      losses ?? (teachers.isEmpty ? [LossTerm(ContrastiveLoss())] : LossTerm.distillation(teachers: teachers.count))
    try Self.check(settings, losses, teachers: teachers.count, names)
    var settings = settings
    self.student = student
    self.source = source
    let ranks = ranks.flatMap { $0.count > 1 ? $0 : nil }
    self.ranks = ranks
    self.validation = validation
    self.losses = losses
    self.features = features
    self.pool = pool
    self.version = version
    self.names = names
    self.observe = observe
    var written = record ?? settings.json + ["losses": .object(LossTerm.json(losses))]
    if let ranks { written[Self.ranksKey] = .integer(ranks.count) }
    try MemoryEstimate.check(settings, student.configuration, names)
    panel = TeacherPanel(teachers)
    identities = RunIdentities(
      training: try source.identity(), validation: try validation?.identity(), teachers: teachers.map(\.fingerprint))
    try Self.agree(ranks, version: version, student, written, identities)
    let precision = try Self.precision(settings.precision, resume: resume, in: folder, ranks)
    settings.precision = precision.value
    written[Self.precisionKey] = .string(precision.value.rawValue)
    self.settings = settings
    self.record = written
    // Now that it is known what will be kept.
    try MemoryEstimate.check(settings, student.configuration, names)
    var dataSettings = TrainingData.Settings(settings, contextLength: student.configuration.text.contextLength, names)
    dataSettings.batchSize *= ranks?.count ?? 1
    dataSettings.ranks = ranks
    if settings.equalizesFLOPs, let teacher = teachers.first {
      dataSettings.samplesPerEpoch = EqualFLOPs.samples(
        settings.samplesPerEpoch ?? source.count, of: student.configuration, teacher: teacher.multiplyAdds)
    }
    data = try TrainingData(source, tokenizer: student.tokenizer, preprocessing: student.preprocessing, dataSettings)
    try Self.checkPairs(min(source.count, data.samplesPerEpoch), settings, names)
    schedule = LearningRateSchedule(settings, stepsPerEpoch: data.batchesPerEpoch)
    engine = try TrainingEngine(
      student.configuration, from: student.parameters, teacherWidths: teachers.map(\.embedDimension),
      locks: settings.locks, optimizer: settings.optimizer, precision: precision.value,
      roundsTo8Bits: settings.quantization == .int8, seed: settings.seed, ranks: ranks, on: pool)
    engine.recomputesActivations = settings.recomputes
    engine.dividesLoss = settings.dividesLoss
    if precision.isChosen {
      observe(.note(Self.note(on: precision.value, asking: "\(names(Self.precisionKey)) fp32")))
    }
    if !precision.value.isNative {
      observe(
        .note(
          "this processor has no instruction for bfloat16: it is emulated, many times slower than \(names("precision")) fp32"
        ))
    }
    meter = try RunMeter(settings, threads: pool.threads)
    guard ranks == nil || ranks?.rank == 0 else {
      // What rank 0 reads it tells the others.
      (self.folder, log) = (nil, nil)
      try receivePoint()
      return
    }
    guard let folder else {
      (self.folder, log) = (nil, nil)
      try sendPoint(nil)
      return
    }
    let run = try RunFolder(folder, names: names)
    self.folder = run
    let point = try Self.resumePoint(resume, in: run, names, observe)
    if let point {
      state = try Self.start(
        point, in: run, engine, identities, self.record, data, settings, allowsChanges: allowsChanges, names, observe)
      data.leftOut = state.leftOut
      try meter.restore(point.state["footprint"]?.objectValue)
      resumedAt = state.step
    }
    // A run that starts anew repeats its validation before the first step.
    log = try RunLog(path: run.log, resumingAt: point?.step ?? -1)
    try AtomicFile.write(Recipe.text(self.record), to: run.parameters)
    try sendPoint(point)
  }

  /// All steps of the run.
  public var totalSteps: Int { schedule.steps }
  /// Steps taken so far, earlier sessions included.
  public var steps: Int { state.step }
  /// Samples seen so far, earlier sessions included.
  public var samples: Int { state.samples }
  /// Where its files lie; nil where it keeps none.
  public var path: String? { folder?.path }
  /// The model as it is now: it changes with every step.
  public var model: CLIPModel { engine.model }
  /// Its parameters as they are now, those of losses behind them.
  public var parameters: ParameterBlock { engine.weights }
  /// What the run has cost so far, earlier sessions included.
  public var footprint: RunFootprint? { meter.footprint }

  /// Trains until the last step or until asked to stop, then saves.
  /// - Throws: ``InputError`` when data is damaged, the disk full, or the loss no number three steps in a row.
  public func run(shouldStop: () -> Bool = { false }) throws -> Outcome {
    try meter.start(after: state.seconds)
    for assumption in student.assumptions + panel.teachers.flatMap(\.loaded.assumptions) {
      observe(.note("note: \(assumption)"))
    }
    try emit(.start(startFacts))
    do {
      try panel.prepare(
        for: source, identity: identities.training, drawn: { data.drawnSamples(epochs: settings.epochs) }, settings,
        preprocess: student.preprocess, names: names, store: features, on: pool,
        ranks: ranks, progress: { observe(.preparing("teacher features", $0, $1)) }, shouldStop: shouldStop)
    } catch is CancellationError { return .stopped }
    data.keysPictures = panel.needsPictureKeys
    if state.step == 0, state.baseline == nil { try measureBaseline() }
    lastSave = .now
    trafficBefore = ranks?.traffic ?? RankTraffic()
    while state.step < schedule.steps {
      if try agreed(shouldStop()) {
        try save()
        return .stopped
      }
      let epoch = state.position.epoch
      try step()
      // A step that draws an epoch's last batch has moved the position into the next.
      let isLast = state.step == schedule.steps
      if state.position.epoch != epoch || isLast { try finishEpoch(isLast ? settings.epochs : state.position.epoch) }
      let minutes = (ContinuousClock.now - lastSave).seconds / 60
      if settings.saveEveryMinutes > 0, minutes >= settings.saveEveryMinutes { try save() }
    }
    try save()
    try finish()
    return .finished
  }

  /// Closes the account: model card and log end with the same figures.
  private func finish() throws {
    meter.stop()
    // A finished run that was only taken up again has measured nothing anew.
    if hasExported, let folder { try writeCard(to: folder.checkpoint(afterEpoch: settings.epochs)) }
    var facts: JSONObject = [
      "steps": .integer(state.step), "samples": .integer(state.samples), "seconds": .number(meter.seconds),
      "footprint": meter.footprint.map { .object($0.json) } ?? .null,
    ]
    if let traffic = trafficFacts { facts["ranks"] = .object(traffic) }
    if state.leftOut.draws > 0 { facts["left_out"] = .object(state.leftOut.facts) }
    try emit(.end(facts))
  }

  /// What validation found before the first step, of a run from trained weights.
  public var baseline: JSONObject? { state.baseline }

  /// What of the training data could not be used so far; nil where all could.
  public var leftOutSummary: String? { state.leftOut.summary }

  private func step() throws {
    let start = ContinuousClock.now
    var position = state.position
    let items = try data.next(&position, on: pool)
    let images = TrainingData.Item.images(items, imageSize: student.configuration.vision.imageSize)
    let batch = TrainingEngine.Batch(
      images: images, ids: items.flatMap(\.ids), teachers: try panel.features(of: items, images: images, on: pool))
    try calibrateIfDue()
    let value = try engine.computeGradients(batch, losses)
    let norm = engine.gradientNorm()
    let rate = schedule.rate(at: state.step)
    state.step += 1
    state.samples += items.count * (ranks?.count ?? 1)
    state.position = position
    state.leftOut = data.leftOut
    if value.total.isFinite, norm.isFinite {
      state.updates += 1
      state.skippedInRow = 0
      engine.update(
        step: state.updates, rate: rate,
        factor: TrainingEngine.clippingFactor(norm: norm, limit: settings.gradientClip))
    } else {
      try skip(value.total.isFinite ? "a gradient is not finite" : "the loss is not finite")
    }
    state.seconds = meter.seconds
    let seconds = (ContinuousClock.now - start).seconds
    var record = StepRecord()
    record.step = state.step
    record.totalSteps = schedule.steps
    record.epoch = Double(state.step) / Double(max(data.batchesPerEpoch, 1))
    record.samples = state.samples
    record.loss = value.total
    record.terms = value.terms
    record.learningRate = rate
    record.logitScale = Double(engine.model.scale)
    record.gradientNorm = norm
    record.samplesPerSecond = Double(items.count * (ranks?.count ?? 1)) / max(seconds, 1e-9)
    let isLogged = state.step % settings.logEverySteps == 0 || state.step == schedule.steps || state.step == 1
    meter.sample(always: isLogged)
    if isLogged, let ranks { try meter.add(ranks) }
    record.seconds = meter.seconds
    record.leftOut = state.leftOut.draws
    record.energyJoules = meter.footprint?.energy.value
    record.emissionsKilograms = meter.footprint?.carbon.value
    observe(.step(record))
    if isLogged { try log?.append(TrainingEvent.step(record).json ?? JSONObject()) }
  }

  /// Pictures and ids that show the ranges of activations, where training rounds them; drawn once.
  var calibrationPairs: (images: Tensor, ids: [Int32])?

  private func skip(_ reason: String) throws {
    state.skippedSteps += 1
    state.skippedInRow += 1
    try emit(.skipped(step: state.step, reason: reason))
    guard state.skippedInRow >= 3 else { return }
    // What was saved before is the last good state: nothing is saved here.
    var advice = "lower \(names("lr")) or set \(names("grad-clip-norm")) 1"
    if let folder {
      let last = ResumePoint.files(in: folder.checkpoints).last.map { "\(folder.checkpoints)/\($0)" }
      advice += last.map { "; the last good weights are in \($0)" } ?? "; nothing was saved yet"
    }
    throw InputError(
      "\(reason) in three steps in a row, the last of them step \(state.step)", file: folder?.path, advice: advice)
  }

  private func finishEpoch(_ epoch: Int) throws {
    let isLast = state.step == schedule.steps
    if let validation, isLast || (settings.validationFrequency > 0 && epoch % settings.validationFrequency == 0) {
      try validate(validation)
    }
    if let folder, isLast || (settings.saveFrequency > 0 && epoch % settings.saveFrequency == 0) {
      let path = folder.checkpoint(afterEpoch: epoch)
      try export(to: path)
      hasExported = isLast
      try emit(.exported(step: state.step, folder: path))
    }
  }

  /// What the weights that a run starts from can do, so that its curves begin there.
  private func measureBaseline() throws {
    guard settings.preset == .finetune, settings.validationFrequency > 0, let validation else { return }
    try validate(validation)
    guard let result = lastValidation else { return }
    state.baseline = ["metrics": .object(result.metricsJSON), "standard_errors": .object(result.standardErrorsJSON)]
  }

  /// Measures the model as it is.
  private func validate(_ data: EvaluationData) throws {
    var evaluator = Evaluator(
      engine.model, student.tokenizer, student.preprocessing, name: student.name, pretrained: name, version: version)
    evaluator.extraction.decoding = settings.decoding
    evaluator.extraction.limit = settings.validationLimit
    evaluator.extraction.ranks = ranks
    evaluator.seed = settings.seed
    let result = try evaluator.run(data, on: pool) { observe(.preparing("validation", $0, $1 ?? $0)) }
    if let left = result.run.skipped.summary, !hasToldOfValidation {
      hasToldOfValidation = true
      try emit(.note("\(data.path): \(left)"))
    }
    try emit(
      .validation(
        step: state.step, samples: state.samples, dataset: data.path, metrics: result.metricsJSON,
        standardErrors: result.standardErrorsJSON))
    lastValidation = result
  }

  private var hasToldOfValidation = false
  private var hasExported = false

  /// The newest validation's result.
  public private(set) var lastValidation: (any EvaluationResult)?

  /// The step the run was taken up at; nil for a new one.
  public private(set) var resumedAt: Int?

  /// What logs, cards and results call the run: its folder's name, or the student's.
  var name: String { folder.map { Folder.name(of: $0.path) } ?? student.name }

  /// Tells the observer and writes to the log.
  func emit(_ event: TrainingEvent) throws {
    observe(event)
    if let json = event.json { try log?.append(json) }
  }
}
