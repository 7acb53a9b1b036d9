import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPPruning
import CLIPRanks
import CLIPReports

struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Cut a model to a smaller shape, keeping what matters most.",
    discussion: """
      Give sizes (--vision-layers ... --embed-dim; what is not given stays) or a budget (--target-macs, \
      --target-image-macs, --target-params), which chooses the sizes that are not given. Scores come from image-text pairs \
      (--calibration-data, never the data that accuracy is measured on); what stays is then fitted to what the whole \
      model did, in closed form. Fine-tune the result with finetune. Under mpirun or srun all ranks cut the model \
      together, each with its part of the pairs.

      Example: carbonclip prune --pretrained checkpoints/base --target-macs 50% \
      --calibration-data 'scenes:train?count=20000' --val-data scenes:validation --output pruned
      """)

  /// What can be asked for, by name.
  private static var strategies: [(name: String, summary: String)] {
    ImportanceCatalog.strategies.map { ($0.name, $0.summary) } + [(MaskLearning.name, MaskLearning.summary)]
  }

  @OptionGroup var model: ModelOptions
  @OptionGroup var shape: ShapeOptions

  @Option(
    help: "Choose the sizes: at most this share (50%) or number (1.5G) of multiply-adds, image and text together.")
  var targetMacs: String?

  @Option(
    help: ArgumentHelp(
      "Choose the image tower's sizes: at most this share (50%) or number (1.5G) of one image's multiply-adds. The text "
        + "tower stays as it is: for prompts that are encoded once and kept."))
  var targetImageMacs: String?

  @Option(help: "Choose the sizes: at most this share (50%) or number (40M) of parameters.")
  var targetParams: String?

  @Option(
    help: ArgumentHelp(
      "Only shapes that this library loads as released, written in its layout: heads that fill the width, layers alike. "
        + "With a budget, what that costs against the free shape is measured and printed."))
  var loadable: CheckpointLayout?

  @Option(help: "\(PruneCommand.strategies.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).")
  var strategy = ImportanceCatalog.standard

  @Option(
    help: ArgumentHelp(
      "How weights that stay are corrected: all, none, some of \(CompensationOptions.names.joined(separator: ",")), or "
        + "all,-NAME to leave one out. By default what suits the strategy.")
  )
  var compensation: String?

  @Option(help: "The ridge of the refits, as a share of the Gram matrix's mean diagonal (1e-4).")
  var ridge: Double?

  @Option(help: "Image-text pairs to look at: any data set that evaluate reads, and its training part.")
  var calibrationData: String?

  @Option(help: "How many pairs, drawn by the seed.")
  var calibrationSamples = 1024

  @Option(help: "Which part of the calibration data, where it has several.")
  var calibrationSplit = "train"

  @Option(
    help: ArgumentHelp(
      "What the pairs are run through the towers in: fp32 or bf16. By default bf16 for towers of 512 channels and more, "
        + "where the processor multiplies it."))
  var calibrationPrecision: EmbedPrecision?

  @Option(help: "Data set to measure accuracy on, before and after.")
  var valData: String?

  @OptionGroup var masks: MaskOptions
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  @Option(name: .shortAndLong, help: "The folder to write.", completion: .directory)
  var output: String

  @Flag(help: "Replace a model that lies in the folder.")
  var overwrite = false

  @Option(help: "The weights' number format.")
  var precision = WeightPrecision.fp32

  @Option(help: "Seed of the pairs and of chance where a strategy uses it.")
  var seed: UInt64 = 0

  @Option(help: "Folder in which scores are kept, so that a ranking is made once and can be interrupted.")
  var rankings = "logs/rankings"

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard (CalibrationSet.minimumCount...1_000_000).contains(calibrationSamples) else {
      throw ValidationError(
        "--calibration-samples must be from \(CalibrationSet.minimumCount) to 1000000, found \(calibrationSamples)")
    }
    guard [targetMacs, targetImageMacs, targetParams].count(where: { $0 != nil }) < 2 else {
      throw ValidationError("give one of --target-macs, --target-image-macs and --target-params")
    }
  }

  /// Cuts alone, or as one of the ranks that `mpirun` or `srun` started: then rank 0 alone writes and speaks.
  func run() throws {
    guard let ranks = try RankedRun.join() else { return try run(nil) }
    try ranks.run { try run(ranks.group) }
  }

  /// What is known before any data is read.
  private struct Start {
    /// The model as it was opened, and for pictures and patches of the sizes asked for.
    let whole: LoadedModel, loaded: LoadedModel
    let pruner: Pruner
    let request: ShapeRequest
    let budget: Budget?
  }

  /// Tells other ranks nothing.
  private func begin(_ ranks: (any RankGroup)?, _ pool: ThreadPool) throws -> Start {
    if Self.isFirst(ranks) { _ = try OutputFolder(output, sources: [model.pretrained], overwrites: overwrite) }
    let whole = try model.load(), dense = whole.model.configuration
    if let flag = masks.given {
      throw InputError("\(flag) belongs to --strategy \(MaskLearning.name)", advice: "leave it out")
    }
    guard let entry = ImportanceCatalog.strategies.first(where: { $0.name == strategy }) else {
      throw InputError(
        "no strategy \(strategy.quoted())", at: "--strategy",
        advice: Suggestion.advice(for: strategy, among: ImportanceCatalog.names + [MaskLearning.name]))
    }
    let importance = entry.make()
    var compensation = try compensation.map { try CompensationOptions(parsing: $0) } ?? importance.compensation
    if let ridge {
      guard (1e-9...1e3).contains(ridge) else { throw InputError("--ridge: expected 1e-9 to 1000, found \(ridge)") }
      compensation.ridge = ridge
    }
    let request = try shape.request, budget = try budget(of: dense)
    // Refused before anything is computed.
    _ = try request.shape(of: dense)
    let loaded = try whole.resized(imageSize: request.imageSize, patchSize: request.patchSize)
    let fits = loadable.map { dense.isLoadable(by: $0.library) } ?? true
    guard !request.isEmpty || budget != nil || !fits else {
      throw InputError("nothing to cut", advice: "give a size such as --vision-mlp 384, or --target-macs 50%")
    }
    var pruner = try Pruner(loaded, importance: importance, compensation: compensation, seed: seed, on: pool)
    pruner.loadable = loadable?.library
    pruner.precision = calibrationPrecision.map { $0 == .bf16 ? .bfloat16 : .float32 }
    pruner.ranks = ranks
    pruner.version = Version.current
    try pruner.check(request, budget)
    return Start(whole: whole, loaded: loaded, pruner: pruner, request: request, budget: budget)
  }

  /// Whether this process writes and speaks.
  private static func isFirst(_ ranks: (any RankGroup)?) -> Bool { ranks.map { $0.rank == 0 } ?? true }

  private func run(_ ranks: (any RankGroup)?) throws {
    let console = Console(), pool = try runOptions.pool(console, ranks)
    if strategy == MaskLearning.name {
      try ranks?.together { () -> Void in
        throw InputError(
          "--strategy \(MaskLearning.name) learns in one process", advice: "start it without mpirun or srun")
      }
      _ = try OutputFolder(output, sources: [model.pretrained], overwrites: overwrite)
      return try runMasks(model.load(), console, pool)
    }
    let start = try ranks.map { ranks in try ranks.together { try begin(ranks, pool) } } ?? begin(nil, pool)
    let request = start.request, budget = start.budget, loaded = start.loaded
    var pruner = start.pruner
    try pruner.requireAgreement([("other flags", flags)])
    let stages = StageProgress(console)
    pruner.progress = { stages.show($0, "steps", done: $1, total: $2) }
    pruner.shouldStop = { StopSignal.isRaised }
    let calibration = try calibrationSet(pruner, budget, loaded, pool, stages)
    let key = try pruner.rankingKey(calibration)
    let store = Self.isFirst(ranks) ? try RankingStore(path: "\(rankings)/\(key).jsonl") : RankingStore()
    StopSignal.listen()
    let result: Pruner.Result, free: Pruner.Result?
    do {
      result = try pruner.run(request, budget: budget, calibration: calibration, store: store)
      var unbound = pruner
      unbound.loadable = nil
      free =
        loadable == nil || budget == nil
        ? nil : try unbound.run(request, budget: budget, calibration: calibration, store: store)
    } catch is CancellationError {
      console.note("stopped; scores found so far are kept in \(rankings). Nothing was written to \(output).")
      Output.document(["outcome": "stopped", "rankings": .string(rankings)])
      throw CancellationError()
    }
    console.clearLine()
    try write(
      result, free, pruner, (start.whole, loaded), calibration,
      calibration.map {
        .init(data: calibrationData ?? "", pairs: $0.count, fingerprint: "\($0.fingerprint)")
      }, budget, pool, stages)
  }

  /// What ranks must have been given alike, beside the model and what cuts it.
  private var flags: String {
    let options = dataOptions
    return [
      calibrationData ?? "", calibrationSplit, "\(calibrationSamples)", valData ?? "", options.split ?? "",
      options.datasetType, options.csvImgKey, options.csvCaptionKey, options.csvSeparator, options.imageRoot ?? "",
      "\(options.limit ?? 0) \(options.strict) \(options.maxImagePixels) \(options.exifOrientation)",
      "\(runOptions.batchSize)", targetMacs ?? "", targetImageMacs ?? "", targetParams ?? "",
    ].joined(separator: "\n")
  }

  /// What the model may cost; nil where sizes are given.
  func budget(of dense: CLIPConfiguration) throws -> Budget? {
    try targetMacs.map { try Budget(.macs, parsing: $0, of: dense) }
      ?? targetImageMacs.map { try Budget(.imageMacs, parsing: $0, of: dense) }
      ?? targetParams.map { try Budget(.parameters, parsing: $0, of: dense) }
  }

  private func summary(_ report: PruningReport) -> PruningSummary {
    PruningSummary(
      report: report, output: output, next: next, precision: precision, isHuggingFace: loadable == .huggingFace)
  }

  /// The command that trains the pruned model on, with the whole one as its teacher.
  private var next: String {
    var words = ["carbonclip", "finetune", "--pretrained", output]
    // A teacher's vocabulary lies beside it, or is CLIP's own: one that was named cannot be named for a teacher.
    if model.checkpoint.tokenizer == nil { words += ["--distill-pretrained", model.pretrained] }
    if model.checkpoint.tokenizer == nil, var shape = model.checkpoint.model {
      let quick = shape + "-quickgelu"
      if model.checkpoint.forceQuickGelu, NamedModels.known(quick) != nil { shape = quick }
      words += ["--distill-model", shape]
    }
    // What says how the pairs are read, as it was given.
    let options = dataOptions, standard = (image: "filepath", caption: "title", separator: "\\t")
    if options.datasetType != "auto" { words += ["--dataset-type", options.datasetType] }
    if options.csvImgKey != standard.image { words += ["--csv-img-key", options.csvImgKey] }
    if options.csvCaptionKey != standard.caption { words += ["--csv-caption-key", options.csvCaptionKey] }
    if options.csvSeparator != standard.separator { words += ["--csv-separator", options.csvSeparator] }
    if let root = options.imageRoot { words += ["--image-root", root] }
    if calibrationSplit != "train" { words += ["--train-split", calibrationSplit] }
    return ShellWord.line(words + ["--train-data", calibrationData ?? "DATA"])
  }

  private func calibrationSet(
    _ pruner: Pruner, _ budget: Budget?, _ loaded: LoadedModel, _ pool: ThreadPool, _ stages: StageProgress
  ) throws -> CalibrationSet? {
    guard pruner.needsData || budget != nil else { return nil }
    guard let calibrationData else {
      throw InputError(
        "pruning looks at image-text pairs", advice: "name them with --calibration-data, such as your training data")
    }
    var data = dataOptions.dataSet
    data.split = calibrationSplit
    func open() throws -> any ImageTextSource { try ImageTextData.openCaptioned(calibrationData, data) }
    let source = try pruner.ranks.map { try $0.together(open) } ?? open()
    let set = try CalibrationSet(
      source, for: loaded, decoding: dataOptions.decoding, count: calibrationSamples, seed: seed, ranks: pruner.ranks,
      on: pool
    ) { stages.show("calibration data", "pairs", done: $0, total: $1) }
    if let summary = set.skipped.summary { stages.console.note("note: \(summary)") }
    if set.count < calibrationSamples {
      stages.console.note("note: \(set.count) pairs to look at, all that \(calibrationData) holds")
    }
    if calibrationData == valData, dataOptions.split ?? calibrationSplit == calibrationSplit {
      stages.console.note(
        "note: accuracy is measured on the data that the scores look at, so it says little; name other --val-data")
    }
    return set
  }

  func write(
    _ result: Pruner.Result, _ free: Pruner.Result?, _ pruner: Pruner, _ models: (whole: LoadedModel, cut: LoadedModel),
    _ calibration: CalibrationSet?, _ looked: PruningReport.Calibration?, _ budget: Budget?, _ pool: ThreadPool,
    _ stages: StageProgress
  ) throws {
    let (whole, loaded) = models
    let pruned = result.loaded(from: loaded, name: Folder.name(of: output))
    var accuracy: (before: any EvaluationResult, after: any EvaluationResult)?, freeAccuracy: (any EvaluationResult)?
    if let valData {
      func measure(_ model: LoadedModel, _ what: String) throws -> any EvaluationResult {
        var evaluator = Evaluator(model, version: Version.current)
        dataOptions.apply(to: &evaluator.extraction, runOptions)
        evaluator.extraction.ranks = pruner.ranks
        defer { stages.console.clearLine() }
        return try evaluator.run(valData, dataOptions.dataSet, on: pool) {
          stages.show(what, "images", done: $0, total: $1)
        }
      }
      accuracy = (try measure(whole, "accuracy before"), try measure(pruned, "accuracy after"))
      freeAccuracy = try free.map { try measure($0.loaded(from: loaded, name: "free"), "accuracy of the free shape") }
    }
    var report = PruningReport(
      result, source: loaded.pretrained, strategy: strategy, compensation: pruner.compensation, seed: seed,
      calibration: looked, budget: budget, accuracy: accuracy, element: precision.element, version: Version.current)
    report.whole = whole.model.configuration
    if let library = pruner.loadable, let free, let calibration {
      report.loadable = LoadableCost(
        library, divergence: try pruner.divergence(of: result.model, on: calibration),
        freeShape: free.plan.configuration, freeDivergence: try pruner.divergence(of: free.model, on: calibration),
        accuracy: accuracy.flatMap { own in freeAccuracy.map { (own.after, $0) } })
    }
    // What was measured was measured by all ranks.
    guard Self.isFirst(pruner.ranks) else { return }
    let isHuggingFace = loadable == .huggingFace
    try AtomicFolder.write(to: output) { folder in
      try pruned.write(to: folder, as: isHuggingFace ? .huggingFace : .openCLIP, precision.element)
      try AtomicFile.write(JSONValue.object(report.json).text() + "\n", to: "\(folder)/pruning.json")
      try AtomicFile.write(PruningPicture(report).html, to: "\(folder)/pruning.html")
      try AtomicFile.write(report.card, to: "\(folder)/README.md")
    }
    let vision = result.plan.configuration.vision, left = vision.imageSize % vision.patchSize
    if left > 0, whole.model.configuration.vision.imageSize % whole.model.configuration.vision.patchSize == 0 {
      stages.console.note(
        "note: pictures of \(vision.imageSize) pixels hold \(vision.imageSize / vision.patchSize) patches of "
          + "\(vision.patchSize) a side: \(left) pixels at the right and at the bottom are not read")
    }
    if json {
      var document = report.json
      document["output"] = .string(output)
      document["next"] = .string(next)
      if let ranks = pruner.ranks {
        document["ranks"] = [
          "count": .integer(ranks.count), "bytes": .integer(ranks.traffic.bytes),
          "seconds": .number(ranks.traffic.seconds),
        ]
      }
      document["files"] = WrittenFiles(folder: output).json
      Output.document(.object(document))
    } else {
      Output.print(summary(report).text)
    }
  }
}
