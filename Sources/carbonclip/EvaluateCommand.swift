import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
import CLIPModels
import CLIPQuantization
import CLIPUnits

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure zero-shot retrieval (recall@1, 5, 10) or classification accuracy.",
    discussion: """
      Data with class names (classnames.txt, CLIP_benchmark's wds_* folders, scenes:classes) is classified, anything \
      else is searched both ways. Results are CLIP_benchmark's JSON fields; its image_retrieval_recall@K has a text \
      query.

      Example: carbonclip evaluate --pretrained checkpoints/base --data scenes:test
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.customLong("data"), .customLong("val-data")],
    help: "Data set: tar shards, CSV, Karpathy or COCO JSON, class folders, scenes:test. May be repeated.",
    completion: .file())
  var data: [String]

  @Option(help: "What is measured; auto classifies where there are class names.")
  var task = TaskChoice.auto

  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  @Option(
    help: """
      The arithmetic: fp32, bf16 (products of bfloat16), or as an accelerator computes it: int8, or weights and activations of few bits such as w4a8, \
      w2a8, w8a16, w4a8-g32, int8-only.
      """,
    completion: .list(Arithmetic.presets), transform: { try Arithmetic(parsing: $0) })
  var precision = Arithmetic.float32

  @Option(
    help: """
      int8 and fewer bits: whether weights become the nearest numbers, or those that make up for each other's errors. \
      (default: compensated below 8 bits)
      """)
  var weightRounding: WeightRounding?

  @OptionGroup var int8: Int8Options

  @Option(
    name: .shortAndLong,
    help: "Write the result files into this folder, under CLIP_benchmark's names where they are free.")
  var output: String?

  @Option(help: "What results call the data set, instead of the last part of its path; once for each --data.")
  var datasetName: [String] = []

  @Option(help: "Seed of the bootstrap that gives standard errors.")
  var seed: UInt64 = 0

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the results as JSON.")
  var json = false

  func validate() throws {
    try int8.requireData(for: precision)
    if weightRounding != nil, precision.isFloat {
      throw ValidationError("--weight-rounding belongs to --precision int8, but the precision is \(precision)")
    }
    if data.isEmpty { throw ValidationError("name at least one data set with --data") }
    guard datasetName.isEmpty || datasetName.count == data.count else {
      throw ValidationError(
        "--dataset-name stands \(datasetName.count) times, --data \(data.count) times: name all or none")
    }
    if Set(datasetName).count < datasetName.count { throw ValidationError("--dataset-name gives one name twice") }
    if datasetName.contains("") { throw ValidationError("--dataset-name is empty") }
    try dataOptions.checkSplit(of: data)
  }

  func run() throws {
    let console = Console()
    let data = self.data.map { DataOptions.located($0, console) }
    let names = datasetName.isEmpty ? try DataSetNames.distinct(data) : datasetName
    let pool = runOptions.pool(console)
    var evaluator = try evaluator(try model.load(), pool: pool, console)
    dataOptions.apply(to: &evaluator.extraction, runOptions)
    evaluator.seed = seed
    let places = try places(names, of: data, evaluator)
    if let output { try Folder.make(output) }
    var results: [JSONValue] = []
    for (path, place) in zip(data, places) {
      var result = try evaluate(path, evaluator, pool: pool)
      result.run.dataset = place.dataset
      if let file = place.file { result.run.pretrained = file.pretrained }
      result.run.data = path
      result.run.checkpoint = model.pretrained
      results.append(result.json)
      if let file = place.file { try write(result, to: file, console) }
      if !json { Output.print(Self.report(result)) }
    }
    if json { Output.document(results.count == 1 ? results[0] : .array(results)) }
  }

  /// What each data set is called, and where its result goes: known before anything is measured.
  private func places(_ names: [String], of data: [String], _ evaluator: Evaluator) throws -> [(
    dataset: String, file: ResultFile?
  )] {
    guard let output else { return names.map { ($0, nil) } }
    var taken: Set<String> = []
    return try zip(data, names).map { path, name in
      let file = try ResultFile(
        in: output,
        of: ResultFile.Subject(data: path, checkpoint: model.pretrained, precision: "\(precision)"),
        task: task.task ?? Evaluator.task(for: path), dataset: name, isGiven: !datasetName.isEmpty,
        model: evaluator.name, taken: taken)
      taken.insert(Folder.name(of: file.path))
      return (file.dataset, file)
    }
  }

  private func write(_ result: any EvaluationResult, to file: ResultFile, _ console: Console) throws {
    if let note = file.note { console.note("note: \(note)") }
    if let earlier = file.earlier {
      if earlier["data_fingerprint"]?.stringValue != "\(result.run.fingerprint)" {
        console.note("note: \(file.path): replaces a result on other data under the same path")
      } else if earlier["metrics"] != .object(result.metricsJSON) {
        console.note("note: \(file.path): replaces a result with other figures")
      }
    }
    try AtomicFile.write(result.json.text(indentation: 2) + "\n", to: file.path)
  }

  private func evaluator(_ loaded: LoadedModel, pool: ThreadPool, _ console: Console) throws -> Evaluator {
    let encoder: any FeatureEncoder =
      switch precision {
      case .float32: loaded.model
      case .bfloat16: loaded.model.inBFloat16(console)
      default:
        try int8.quantized(loaded, dataOptions, in: precision, weightRounding, seed: seed, on: pool, console)
      }
    var evaluator = Evaluator(
      encoder, loaded.tokenizer, loaded.preprocessing, name: loaded.name, pretrained: loaded.pretrained,
      version: Version.current)
    evaluator.arithmetic = precision
    return evaluator
  }

  private func evaluate(_ path: String, _ evaluator: Evaluator, pool: ThreadPool) throws -> any EvaluationResult {
    let console = Console()
    let result = try evaluator.run(path, dataOptions.dataSet, task: task.task, on: pool) { done, total in
      console.progress(ProgressLine(unit: "images", total: total), done: done)
    }
    console.clearLine()
    for note in result.run.notes { console.note("note: \(note)") }
    let skipped = result.run.skipped
    if skipped.count > 0 {
      console.note("\(skipped.count) samples skipped:")
      for sample in skipped.listed { console.note("  \(sample)") }
      if skipped.count > skipped.listed.count { console.note("  ...") }
    }
    return result
  }

  private static func report(_ result: any EvaluationResult) -> String {
    let run = result.run, isRetrieval = result.task == .retrieval
    return """
      \(run.pretrained) on \(run.dataset): \(isRetrieval ? "zero-shot retrieval" : "zero-shot classification")
        \(Figures.count(run.images)) images (\(Figures.significant(run.imagesPerSecond)) images/s), \
      \(Figures.count(run.texts)) \(isRetrieval ? "captions" : "prompts") \
      (\(Figures.significant(run.textsPerSecond)) texts/s), data \(run.fingerprint)

      \(result.table)

      """
  }
}
