import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPQuantization
import CLIPTensors

/// How many images and texts a second does a model encode, beside PyTorch, ONNX Runtime and OpenVINO?
///
/// Models are random, in float32; features are normalized. A text's end token stands last unless `--caption-length`
/// says otherwise, so that nothing can be cut. With `--precision int8` the model in 8-bit integers is measured beside itself
/// in float32, and beside the runtimes on the ONNX files that the toolkit writes of it.
enum InferenceBenchmark {
  /// Names and arguments. PyTorch's OpenMP threads spin while they wait, which collapses when other programs want the
  /// processors too; so it takes part a second time with threads that sleep.
  static let peers = [
    ("pytorch", ["--runtime", "pytorch"]), ("pytorch passive", ["--runtime", "pytorch", "--passive"]),
    ("onnxruntime", ["--runtime", "onnxruntime"]), ("openvino", ["--runtime", "openvino"]),
  ]

  static func run(_ options: Options, _ report: inout Report) throws {
    let limitShape = try GemmRate.fastest(options, &report)
    for (model, batch) in zip(options.models, options.batches) {
      let config = try Options.config(model)
      let shape = try ModelDescription.resolve(config).configuration
      let files = options.quantizes ? try Int8Files(config, options.threads) : nil
      for what in ["image", "text"] {
        var table = Table([
          "\(model), \(what)", "batch", "per second", "ms a call", "ours/peer", "GFLOP/s", "of limit", "peak MB",
        ])
        var limit = Samples(), others = Samples()
        for batch in batch == 1 ? [1] : [batch, 1] {
          let cell = Cell(config: config, what: what, batch: batch, file: files?.path(of: what))
          let (results, share) = try alternate(cell, options, limitShape, &report)
          others.add(100 * share)
          let macs = what == "image" ? shape.imageMultiplyAdds : shape.textMultiplyAdds
          limit = add(results, cell, operations: 2 * Double(macs), options, to: &table, &report)
        }
        let length = what == "text" ? " Texts of \(options.captionLength ?? shape.text.contextLength) tokens." : ""
        try report.add(
          "\(model): \(what)s, \(options.quantizes ? "int8" : "float32"), \(options.threads) threads",
          "Limit: \(limit.summary) GFLOP/s of matrix products in the last rounds.\(length) Other programs took "
            + "\(Samples.text(others.maximum)) % of the processors' time.", table)
      }
    }
  }

  private struct Cell {
    let config: String, what: String, batch: Int
    /// The tower in 8 bits, where that is measured.
    let file: String?
  }

  private static func alternate(
    _ cell: Cell, _ options: Options, _ limitShape: [Int], _ report: inout Report
  ) throws -> (results: [Contest.Result], othersShare: Double) {
    var arguments = [
      "--config", cell.config, "--what", cell.what, "--batch", "\(cell.batch)", "--threads", "\(options.threads)",
    ]
    if let length = options.captionLength { arguments += ["--caption-length", "\(length)"] }
    var contest = Contest()
    if let file = cell.file {
      try contest.add(&report) { try .worker("ours", ["inference", "--precision", "int8"] + arguments) }
      try contest.add(&report) { try .worker("ours float32", ["inference"] + arguments) }
      arguments += ["--onnx", file]
    } else {
      try contest.add(&report) { try .worker("ours", ["inference"] + arguments) }
    }
    for (name, runtime) in peers where cell.file == nil || !name.hasPrefix("pytorch") {
      try contest.add(&report) {
        try .script(name, "inference_peer.py", runtime + arguments, python: options.python)
      }
    }
    try contest.add(&report) { try GemmRate.worker(limitShape[0], limitShape[1], limitShape[2], options) }
    let results = contest.run(rounds: options.rounds, seconds: options.seconds, &report)
    return (results, contest.othersShare)
  }

  /// Adds the sides' rows, and returns the limit's rates.
  private static func add(
    _ results: [Contest.Result], _ cell: Cell, operations: Double, _ options: Options, to table: inout Table,
    _ report: inout Report
  ) -> Samples {
    let limit = results.last { $0.name == "matrix products" }?.perSecond ?? Samples()
    guard let ours = results.first(where: { $0.name == "ours" }) else { return limit }
    // What a caption's cut saves is not a higher rate of arithmetic.
    let isWhole = cell.what == "image" || options.captionLength == nil
    for side in results where side.name != "matrix products" {
      if let version = side.ready["version"]?.stringValue {
        let note = side.ready["note"]?.stringValue.map { ", \(cell.what)s of \(cell.batch): \($0)" } ?? ""
        report.note(version: "\(version)\(note.isEmpty ? "" : " (\(side.name)\(note))")")
      }
      let rates = Samples(side.perSecond.values.map { $0 * operations / 1e9 })
      table.add([
        side.name, "\(cell.batch)", side.perSecond.summary, Samples.text(side.medianMilliseconds.median),
        side.name == "ours" ? "" : ours.perSecond.ratios(to: side.perSecond).summary,
        isWhole ? Samples.text(rates.median) : "",
        isWhole ? "\(Samples.text(100 * rates.ratios(to: limit).median)) %" : "",
        Samples.text(side.peakMegabytes),
      ])
    }
    return limit
  }
}

/// Our side of one model, tower and batch.
enum InferenceWorker {
  static func run(_ options: Options) throws {
    let config = try ModelDescription.resolve(options.config).configuration
    let pool = ThreadPool(threads: options.threads)
    let source = InitialParameters(config, seed: 1, pool: pool)
    let loaded = try CLIPModel(config, from: source)
    let model: any FeatureEncoder =
      options.quantizes ? try Int8Files.quantized(loaded, on: pool) : loaded.packed(in: options.precision)
    let ready: JSONObject = ["version": .string(Worker.version)]
    if options.what == "image" {
      let images = pixels(config, batch: options.batch, pool)
      try Worker.serve(items: Double(options.batch), ready: ready) { _ = try model.imageFeatures(images, on: pool) }
    } else {
      let ids = ids(config.text, batch: options.batch, captionLength: options.captionLength)
      try Worker.serve(items: Double(options.batch), ready: ready) { _ = try model.textFeatures(ids, on: pool) }
    }
  }

  /// Standard normal numbers `[batch, 3, imageSize, imageSize]`.
  static func pixels(_ config: CLIPConfiguration, batch: Int, _ pool: ThreadPool) -> Tensor {
    let size = config.vision.imageSize
    var random = Philox(seed: 2, purpose: .parameters, index: 0)
    return Tensor((0..<batch * 3 * size * size).map { _ in random.normal() }, [batch, 3, size, size])
  }

  /// Random words between the start token and, in the last place or at the caption's end, the end token.
  static func ids(_ text: TextConfiguration, batch: Int, captionLength: Int?) -> [Int32] {
    let context = text.contextLength, end = min(captionLength ?? context, context) - 1
    var random = Philox(seed: 3, purpose: .parameters, index: 0)
    return (0..<batch).flatMap { _ in
      (0..<context).map { position in
        if position == 0 { return Int32(text.vocabularySize - 2) }
        if position == end { return Int32(text.vocabularySize - 1) }
        return position < end ? Int32(1 + random.integer(below: text.vocabularySize - 4)) : 0
      }
    }
  }
}
