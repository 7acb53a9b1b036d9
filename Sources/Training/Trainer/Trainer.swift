public import CLIPCarbonFootprint
public import CLIPCompute
public import CLIPEvaluation
public import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPRecipes
import CLIPTensors

/// Runs a training from its settings to its last step, and can take it up again wherever it was stopped.
///
///     let trainer = try Trainer(settings, logs: "logs", name: "base", resume: .latest, on: pool, version: "0.1.0") { event in ... }
///     let outcome = try trainer.run(shouldStop: { signals.stopped })
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
    case finished
    /// Stopped on request; everything is saved.
    case stopped
  }

  let settings: TrainingSettings
  let folder: RunFolder
  let student: Student
  let engine: TrainingEngine
  let version: String
  let pool: ThreadPool
  var state = TrainerState()
  var data: TrainingData
  var meter: RunMeter
  let observe: (TrainingEvent) -> Void
  private let log: RunLog
  private let source: any IndexedSource
  private var panel: TeacherPanel
  /// Which data and teachers the run has: part of its settings.
  let identities: RunIdentities
  private let schedule: LearningRateSchedule
  var lastSave = ContinuousClock.now

  /// - Parameters:
  ///   - allowsChanges: takes up a run even when its settings have changed
  ///   - observe: told of everything that happens
  /// - Throws: ``InputError`` when anything is missing, does not fit or cannot be written.
  public init(
    _ settings: TrainingSettings, logs: String, name: String, resume: Resume, allowsChanges: Bool = false,
    on pool: ThreadPool, version: String, observe: @escaping (TrainingEvent) -> Void
  ) throws {
    self.settings = settings
    self.pool = pool
    self.version = version
    self.observe = observe
    student = try Student(settings)
    try MemoryEstimate.check(settings, student.configuration)
    panel = try TeacherPanel(settings)
    source = try Self.open(settings.trainData, settings.trainOptions)
    // Now rather than after the first epoch: hours would be lost to a mistyped path.
    let validation = try settings.validationData.map { try Self.open($0, Self.validationOptions(settings, $0)) }
    identities = RunIdentities(
      training: try source.identity(), validation: try validation?.identity(), teachers: panel.identities)
    var dataSettings = TrainingData.Settings()
    dataSettings.batchSize = settings.globalBatch
    dataSettings.contextLength = student.configuration.text.contextLength
    dataSettings.seed = settings.seed
    dataSettings.isStrict = settings.isStrict
    dataSettings.decoding = settings.decoding
    dataSettings.augmentation = settings.augmentation
    dataSettings.samplesPerEpoch = settings.samplesPerEpoch
    if settings.equalizesFLOPs, let teacher = panel.multiplyAdds {
      dataSettings.samplesPerEpoch = EqualFLOPs.samples(
        settings.samplesPerEpoch ?? source.count, of: student.configuration, teacher: teacher)
    }
    data = try TrainingData(source, tokenizer: student.tokenizer, preprocessing: student.preprocessing, dataSettings)
    schedule = Self.schedule(settings, stepsPerEpoch: data.batchesPerEpoch)
    engine = try student.engine(settings, teacherWidths: panel.widths, on: pool)
    meter = try RunMeter(settings, threads: pool.threads)
    folder = try RunFolder(logs: logs, name: name)
    let point = try Self.resumePoint(resume, in: folder, observe)
    if point == nil, resume == .never, folder.holdsRun {
      throw InputError(
        "holds a run already", file: folder.path, advice: "go on with --resume latest, or choose another --name")
    }
    if point == nil, resume == .latest {
      observe(.note("no resume point in \(folder.checkpoints): the run starts at its first step"))
    }
    if let point {
      if !allowsChanges { try Self.compareSettings(settings.resolved, folder, point) }
      if let earlier = try RunIdentities(resumePoint: point) {
        if !allowsChanges { try identities.check(against: earlier, folder.path) }
      } else {
        observe(.note("\(point.path) does not say which data it was made with; it is taken to be the same"))
      }
      state = try Self.load(point, into: engine, batchesPerEpoch: data.batchesPerEpoch, batch: settings.globalBatch)
      data.leftOut = state.leftOut
      try meter.restore(point.state["footprint"]?.objectValue)
      resumedAt = state.step
    }
    // A run that starts anew repeats its validation before the first step.
    log = try RunLog(path: folder.log, resumingAt: point?.step ?? -1)
    try AtomicFile.write(Recipe.text(settings.resolved), to: folder.parameters)
  }

  /// All steps of the run.
  public var totalSteps: Int { schedule.steps }
  /// Steps taken so far, earlier sessions included.
  public var steps: Int { state.step }
  /// Samples seen so far, earlier sessions included.
  public var samples: Int { state.samples }
  /// Where its files lie.
  public var path: String { folder.path }
  /// The parameters as they are, one after another.
  public var weights: [[Float]] { engine.weights.entries.map { engine.weights[$0].elements } }
  /// What the run has cost so far, earlier sessions included.
  public var footprint: RunFootprint? { meter.footprint }

  private static func open(_ path: String, _ options: DataSetOptions) throws -> any IndexedSource {
    if ClassificationData.recognizes(path) { return try LabeledCaptions(ClassificationData.open(path, options)) }
    return try ImageTextData.open(path, options).indexed()
  }

  private static func schedule(_ settings: TrainingSettings, stepsPerEpoch: Int) -> LearningRateSchedule {
    let steps = settings.epochs * stepsPerEpoch
    // open_clip's 10,000 steps of warm-up would be all of a short run.
    let fallback = settings.preset == .finetune ? steps / 20 : min(10_000, steps / 10)
    var schedule = LearningRateSchedule(
      settings.scheduler, base: settings.learningRate, warmup: settings.warmup ?? fallback, steps: steps)
    schedule.cooldown = settings.cooldownEpochs * stepsPerEpoch
    schedule.cooldownEnd = settings.cooldownEnd
    schedule.cooldownPower = settings.cooldownPower
    return schedule
  }

  /// Trains until the last step or until asked to stop, then saves.
  /// - Throws: ``InputError`` when data is damaged, the disk full, or the loss no number three steps in a row.
  public func run(shouldStop: () -> Bool) throws -> Outcome {
    try meter.start(after: state.seconds)
    for assumption in student.assumptions + panel.assumptions { observe(.note("note: \(assumption)")) }
    try emit(.start(startFacts))
    do {
      panel = try panel.prepared(
        for: source, identity: identities.training, drawn: { data.drawnSamples(epochs: settings.epochs) }, settings,
        student: student,
        folder: settings.featureCache ?? Folder.parent(of: folder.path) + "/features",
        on: pool, progress: { observe(.preparing("teacher features", $0, $1)) }, shouldStop: shouldStop)
    } catch is CancellationError { return .stopped }
    data.keysPictures = panel.needsPictureKeys
    if state.step == 0, state.baseline == nil { try measureBaseline() }
    lastSave = .now
    while state.step < schedule.steps {
      if shouldStop() {
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
    let path = "\(folder.checkpoints)/epoch_\(settings.epochs)"
    // A finished run that was only taken up again has measured nothing anew.
    if hasExported { try writeCard(to: path) }
    var facts: JSONObject = [
      "steps": .integer(state.step), "samples": .integer(state.samples), "seconds": .number(meter.seconds),
      "footprint": meter.footprint.map { .object($0.json) } ?? .null,
    ]
    if state.leftOut.draws > 0 { facts["left_out"] = .object(state.leftOut.facts) }
    try emit(.end(facts))
  }

  /// What the weights that a run starts from can do, so that its curves begin there.
  private func measureBaseline() throws {
    guard settings.preset == .finetune, settings.validationFrequency > 0, let path = settings.validationData else {
      return
    }
    try validate(path)
    guard let result = lastValidation else { return }
    state.baseline = ["metrics": .object(result.metricsJSON), "standard_errors": .object(result.standardErrorsJSON)]
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
    let value = try engine.computeGradients(batch, settings.losses)
    let norm = engine.gradientNorm()
    let rate = schedule.rate(at: state.step)
    state.step += 1
    state.samples += items.count
    state.position = position
    state.leftOut = data.leftOut
    if value.total.isFinite, norm.isFinite {
      state.updates += 1
      state.skippedInRow = 0
      engine.update(
        settings.optimizer, step: state.updates, rate: rate,
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
    record.samplesPerSecond = Double(items.count) / max(seconds, 1e-9)
    let isLogged = state.step % settings.logEverySteps == 0 || state.step == schedule.steps || state.step == 1
    meter.sample(always: isLogged)
    record.seconds = meter.seconds
    record.leftOut = state.leftOut.draws
    record.energyJoules = meter.footprint?.energy.value
    record.emissionsKilograms = meter.footprint?.carbon.value
    observe(.step(record))
    if isLogged {
      try log.append(TrainingEvent.step(record).json ?? JSONObject())
    }
  }

  private func skip(_ reason: String) throws {
    state.skippedSteps += 1
    state.skippedInRow += 1
    try emit(.skipped(step: state.step, reason: reason))
    guard state.skippedInRow >= 3 else { return }
    // What was saved before is the last good state: nothing is saved here.
    let last = ResumePoint.files(in: folder.checkpoints).last.map { "\(folder.checkpoints)/\($0)" }
    throw InputError(
      "\(reason) in three steps in a row, the last of them step \(state.step)", file: folder.path,
      advice: "lower --lr or set --grad-clip-norm 1"
        + (last.map { "; the last good weights are in \($0)" } ?? "; nothing was saved yet"))
  }

  private func finishEpoch(_ epoch: Int) throws {
    let isLast = state.step == schedule.steps
    if let data = settings.validationData,
      isLast || (settings.validationFrequency > 0 && epoch % settings.validationFrequency == 0)
    {
      try validate(data)
    }
    if isLast || (settings.saveFrequency > 0 && epoch % settings.saveFrequency == 0) {
      let path = "\(folder.checkpoints)/epoch_\(epoch)"
      try export(to: path)
      hasExported = isLast
      try emit(.exported(step: state.step, folder: path))
    }
  }

  /// Class folders need no part of that name.
  private static func validationOptions(_ settings: TrainingSettings, _ path: String) -> DataSetOptions {
    var options = settings.validationOptions
    if ClassificationData.recognizes(path), !Folder.exists("\(path)/\(options.split ?? "")") { options.split = nil }
    return options
  }

  /// Measures the model as it is.
  private func validate(_ path: String) throws {
    var evaluator = Evaluator(
      engine.model, student.tokenizer, student.preprocessing, name: student.name,
      pretrained: Folder.name(of: folder.path),
      version: version)
    evaluator.extraction.decoding = settings.decoding
    evaluator.extraction.limit = settings.validationLimit
    evaluator.seed = settings.seed
    let result = try evaluator.run(path, Self.validationOptions(settings, path), on: pool) {
      observe(.preparing("validation", $0, $1 ?? $0))
    }
    if let left = result.run.skipped.summary, !hasToldOfValidation {
      hasToldOfValidation = true
      try emit(.note("\(path): \(left)"))
    }
    try emit(
      .validation(
        step: state.step, samples: state.samples, dataset: path, metrics: result.metricsJSON,
        standardErrors: result.standardErrorsJSON))
    lastValidation = result
  }

  private var hasToldOfValidation = false
  private var hasExported = false

  /// The newest validation's result.
  public private(set) var lastValidation: (any EvaluationResult)?

  /// The step the run was taken up at; nil for a new one.
  public private(set) var resumedAt: Int?

  /// Tells the observer and writes to the log.
  func emit(_ event: TrainingEvent) throws {
    observe(event)
    if let json = event.json { try log.append(json) }
  }
}
