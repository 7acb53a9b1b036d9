import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPPruning
import CLIPReports

/// How masks are learned, with `--strategy learned-masks`.
struct MaskOptions: ParsableArguments {
  @Option(help: ArgumentHelp("With learned-masks: samples that gates and weights learn from (16000)."))
  var maskSamples: Int?

  @Option(help: ArgumentHelp("With learned-masks: the learning rate of the gates (0.1)."))
  var maskLr: Double?

  @Option(help: ArgumentHelp("With learned-masks: the learning rate of the weights meanwhile (5e-4)."))
  var maskWeightLr: Double?

  /// The first of the flags that was given.
  var given: String? {
    maskSamples != nil ? "--mask-samples" : maskLr != nil ? "--mask-lr" : maskWeightLr != nil ? "--mask-weight-lr" : nil
  }

  /// - Parameter count: samples that the data has
  func settings(_ options: DataOptions, seed: UInt64, count: Int) throws -> MaskSettings {
    var settings = MaskSettings()
    settings.samples = maskSamples ?? settings.samples
    settings.rate = maskLr ?? settings.rate
    settings.training.learningRate = maskWeightLr ?? settings.training.learningRate
    settings.training.batchSize = max(2, min(settings.training.batchSize, count, settings.samples))
    settings.training.decoding = options.decoding
    settings.training.isStrict = options.strict
    settings.training.seed = seed
    try settings.check(samples: "--mask-samples", rate: "--mask-lr")
    guard (1e-8...1).contains(settings.training.learningRate) else {
      throw InputError("--mask-weight-lr must be from 1e-8 to 1, found \(settings.training.learningRate)")
    }
    return settings
  }
}

extension PruneCommand {
  /// Steps in which gates have hardly moved.
  private static let fewSteps = 100

  /// Cuts by learned masks.
  func runMasks(_ whole: LoadedModel, _ console: Console, _ pool: ThreadPool) throws {
    let dense = whole.model.configuration, budget = try budget(of: dense)
    guard let budget, budget.kind == .imageMacs, try shape.request.isEmpty, loadable == nil else {
      throw InputError(
        "--strategy \(MaskLearning.name) takes --target-image-macs and no sizes, --loadable or other budget",
        advice: "such as --target-image-macs 25%")
    }
    guard compensation == nil, ridge == nil else {
      throw InputError(
        "--strategy \(MaskLearning.name) goes on from the weights that were learned and corrects none",
        advice: "leave out --compensation and --ridge")
    }
    try MaskLearning.check(budget, of: dense)
    guard let calibrationData else {
      throw InputError(
        "--strategy \(MaskLearning.name) learns from image-text pairs",
        advice: "name them with --calibration-data, such as your training data")
    }
    var data = dataOptions.dataSet
    data.split = calibrationSplit
    let source = try ImageTextData.openCaptioned(calibrationData, data).indexed()
    let settings = try masks.settings(dataOptions, seed: seed, count: source.count)
    let steps = settings.samples / settings.training.batchSize
    if steps < Self.fewSteps {
      console.note(
        "note: masks learn in \(steps) step\(steps == 1 ? "" : "s"), and need hundreds to tell parts apart: more --mask-samples"
      )
    }
    let stages = StageProgress(console)
    var learning = try MaskLearning(whole, budget: budget, settings, on: pool)
    learning.progress = { stages.show("learning masks", "samples", done: $0, total: $1) }
    learning.shouldStop = { StopSignal.isRaised }
    if calibrationData == valData, dataOptions.split ?? calibrationSplit == calibrationSplit {
      console.note(
        "note: accuracy is measured on the data that masks learn from, so it says little; name other --val-data")
    }
    StopSignal.listen()
    let result: Pruner.Result
    do { result = try learning.run(source).cut() } catch is CancellationError {
      console.note("stopped; masks are learned anew by the same command. Nothing was written to \(output).")
      Output.document(["outcome": "stopped"])
      throw CancellationError()
    }
    console.clearLine()
    // Corrects nothing: what the report says of it.
    let pruner = try Pruner(
      whole, importance: RandomImportance(), compensation: CompensationOptions.none, seed: seed, on: pool)
    try write(
      result, nil, pruner, (whole, whole), nil,
      .init(data: calibrationData, pairs: settings.samples, fingerprint: source.identity().digest), budget, pool, stages
    )
  }
}
