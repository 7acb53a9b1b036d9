import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import CLIPTraining

/// How many samples a second does a training step take in, beside PyTorch?
///
/// A step is forward pass, contrastive loss, backward pass and AdamW on one fixed random batch; no data is loaded. Texts
/// fill the context unless `--caption-length` says otherwise, so that nothing can be cut.
enum TrainingBenchmark {
  static let peers = [
    ("pytorch", []), ("pytorch passive", ["--passive"]), ("pytorch bf16", ["--precision", "bfloat16"]),
  ]

  static func run(_ options: Options, _ report: inout Report) throws {
    let limitShape = try GemmRate.fastest(options, &report), isReduced = ProductArithmetic.bfloat16.isNative
    let reducedShape = isReduced ? try GemmRate.fastest(options, &report, in: .bfloat16) : []
    let models = options.modelsWereGiven ? options.models : ["micro", "tinyclip-8m-16", "vit-b-32"]
    let batches = options.modelsWereGiven ? options.batches : [128, 32, 16]
    for (model, batch) in zip(models, batches) {
      let config = try Options.config(model)
      let shape = try ModelDescription.resolve(config).configuration
      var arguments = ["--config", config, "--batch", "\(batch)", "--threads", "\(options.threads)"]
      if let length = options.captionLength { arguments += ["--caption-length", "\(length)"] }
      var contest = Contest()
      try contest.add(&report) { try .worker("ours", ["training"] + arguments) }
      if isReduced {
        try contest.add(&report) {
          try .worker("ours bf16", ["training", "--precision", "amp_bf16"] + arguments)
        }
      }
      for (name, more) in peers {
        try contest.add(&report) { try .script(name, "training_peer.py", more + arguments, python: options.python) }
      }
      if options.compiles {
        try contest.add(&report) {
          try .script("pytorch compiled", "training_peer.py", ["--compile"] + arguments, python: options.python)
        }
      }
      try contest.add(&report) { try GemmRate.worker(limitShape[0], limitShape[1], limitShape[2], options) }
      if isReduced {
        try contest.add(&report) {
          try GemmRate.worker(reducedShape[0], reducedShape[1], reducedShape[2], options, in: .bfloat16)
        }
      }
      let results = contest.run(rounds: options.rounds, seconds: options.seconds, &report)
      // Backward takes two products for each of the forward pass.
      let operations = 6 * Double(shape.imageMultiplyAdds + shape.textMultiplyAdds)
      try add(results, operations: operations, model, batch, contest.othersShare, options, &report)
    }
  }

  private static func add(
    _ results: [Contest.Result], operations: Double, _ model: String, _ batch: Int, _ othersShare: Double,
    _ options: Options, _ report: inout Report
  ) throws {
    let limit = results.last { $0.name == "matrix products" }?.perSecond ?? Samples()
    let reducedLimit = results.last { $0.name == "matrix products bf16" }?.perSecond ?? Samples()
    guard let ours = results.first(where: { $0.name == "ours" }) else { return }
    let reduced = results.first { $0.name == "ours bf16" }
    var table = Table([
      "\(model), training", "samples/s", "ms a step", "ours/peer", "ours bf16/peer", "GFLOP/s", "of limit", "peak MB",
      "ours/peer MB", "ours bf16/peer MB",
    ])
    for side in results where !side.name.hasPrefix("matrix products") {
      if let version = side.ready["version"]?.stringValue { report.note(version: version) }
      let rates = Samples(side.perSecond.values.map { $0 * operations / 1e9 })
      table.add([
        side.name, side.perSecond.summary, Samples.text(side.medianMilliseconds.median),
        side.name == "ours" ? "" : ours.perSecond.ratios(to: side.perSecond).summary,
        side.name == "ours bf16" ? "" : reduced?.perSecond.ratios(to: side.perSecond).summary ?? "",
        Samples.text(rates.median),
        "\(Samples.text(100 * rates.ratios(to: side.name.contains("bf16") ? reducedLimit : limit).median)) %",
        Samples.text(side.peakMegabytes),
        side.name == "ours" ? "" : Samples.text(ours.peakMegabytes / side.peakMegabytes),
        side.name == "ours bf16" ? "" : reduced.map { Samples.text($0.peakMegabytes / side.peakMegabytes) } ?? "",
      ])
    }
    try report.add(
      "\(model): training steps, batch \(batch), \(options.threads) threads",
      "Limit: \(limit.summary) GFLOP/s of matrix products in the same rounds, \(reducedLimit.summary) in bfloat16. Other programs took "
        + "\(Samples.text(100 * othersShare)) % of the processors' time.", table)
  }
}

/// Our side of one model and batch.
enum TrainingWorker {
  static func run(_ options: Options) throws {
    let config = try ModelDescription.resolve(options.config).configuration
    let pool = ThreadPool(threads: options.threads)
    let engine = try TrainingEngine(
      config, from: InitialParameters(config, seed: 1, pool: pool), precision: options.precision, on: pool)
    engine.recomputesActivations = options.what == "recompute"
    let batch = TrainingEngine.Batch(
      images: InferenceWorker.pixels(config, batch: options.batch, pool),
      ids: InferenceWorker.ids(config.text, batch: options.batch, captionLength: options.captionLength))
    let terms = [LossTerm(ContrastiveLoss())]
    var step = 0
    try Worker.serve(items: Double(options.batch), ready: ["version": .string(Worker.version)]) {
      step += 1
      _ = try engine.computeGradients(batch, terms)
      engine.update(step: step, rate: 5e-4)
    }
  }
}
