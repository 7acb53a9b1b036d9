import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
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
    help: "Data set: tar shards, CSV, Karpathy or COCO JSON, class folders, scenes:test. May be repeated.")
  var data: [String]

  @Option(help: "auto, retrieval or classification.")
  var task = "auto"

  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  @Option(help: "fp32, or int8: weights and activations in 8 bits, as an accelerator computes them.")
  var precision = "fp32"

  @OptionGroup var int8: Int8Options

  @Option(help: "Write the result files into this folder, under CLIP_benchmark's names where they are free.")
  var output: String?

  @Option(help: "What results call the data set, instead of the last part of its path; once for each --data.")
  var datasetName: [String] = []

  @Option(help: "Seed of the bootstrap that gives standard errors.")
  var seed: UInt64 = 0

  @Flag(help: "Print the results as JSON.")
  var json = false

  func validate() throws {
    guard ["auto", "retrieval", "classification"].contains(task) else {
      throw ValidationError("--task must be auto, retrieval or classification, found \(task.quoted())")
    }
    guard ["fp32", "float32", "int8"].contains(precision) else {
      throw ValidationError("--precision must be fp32 or int8, found \(precision.quoted())")
    }
    try int8.requireData(for: precision)
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
    let names = datasetName.isEmpty ? try DataSetNames.distinct(data) : datasetName
    let console = Console()
    let pool = runOptions.pool(console)
    var evaluator = try evaluator(try model.load(), pool: pool, console)
    evaluator.decoding = dataOptions.decoding
    evaluator.dataOptions = dataOptions.dataSet
    evaluator.isStrict = dataOptions.strict
    evaluator.limit = dataOptions.limit
    evaluator.batchSize = runOptions.batchSize
    evaluator.seed = seed
    let places = try places(names, evaluator)
    if let output { try Folder.make(output) }
    var results: [JSONValue] = []
    for (path, place) in zip(data, places) {
      var outcome = try evaluate(path, evaluator, pool: pool)
      outcome.result.dataset = place.dataset
      if let file = place.file { outcome.result.pretrained = file.pretrained }
      outcome.result.details["data"] = .string(path)
      outcome.result.details["checkpoint"] = .string(model.pretrained)
      results.append(outcome.result.json)
      if let file = place.file { try write(outcome.result, to: file, console) }
      if !json { Output.print(Self.report(outcome)) }
    }
    if json { Output.document(results.count == 1 ? results[0] : .array(results)) }
  }

  /// What each data set is called, and where its result goes: known before anything is measured.
  private func places(_ names: [String], _ evaluator: Evaluator) throws -> [(dataset: String, file: ResultFile?)] {
    guard let output else { return names.map { ($0, nil) } }
    var taken: Set<String> = []
    return try zip(data, names).map { path, name in
      let file = try ResultFile(
        in: output,
        of: ResultFile.Subject(data: path, checkpoint: model.pretrained, precision: evaluator.precision),
        task: chosenTask ?? Evaluator.task(for: path), dataset: name, isGiven: !datasetName.isEmpty,
        model: evaluator.name, taken: taken)
      taken.insert(Folder.name(of: file.path))
      return (file.dataset, file)
    }
  }

  private func write(_ result: EvaluationResult, to file: ResultFile, _ console: Console) throws {
    if let note = file.note { console.note("note: \(note)") }
    if let earlier = file.earlier {
      if earlier["data_fingerprint"] != result.details["data_fingerprint"] {
        console.note("note: \(file.path): replaces a result on other data under the same path")
      } else if earlier["metrics"] != .object(result.metrics) {
        console.note("note: \(file.path): replaces a result with other figures")
      }
    }
    try AtomicFile.write(result.json.text(indentation: 2) + "\n", to: file.path)
  }

  private var chosenTask: EvaluationResult.Task? {
    task == "retrieval" ? .retrieval : task == "classification" ? .classification : nil
  }

  private func evaluator(_ loaded: LoadedModel, pool: ThreadPool, _ console: Console) throws -> Evaluator {
    guard precision == "int8" else { return Evaluator(loaded, version: Version.current) }
    let quantized = try int8.quantized(loaded, dataOptions, seed: seed, on: pool, console)
    var evaluator = Evaluator(
      quantized, loaded.tokenizer, loaded.preprocessing, name: loaded.name, pretrained: loaded.pretrained,
      version: Version.current)
    evaluator.precision = "int8"
    return evaluator
  }

  private func evaluate(_ path: String, _ evaluator: Evaluator, pool: ThreadPool) throws -> Evaluator.Outcome {
    let console = Console()
    let outcome = try evaluator.run(path, task: chosenTask, on: pool) { done, total in
      console.progress(ProgressLine(unit: "images", total: total), done: done)
    }
    console.clearLine()
    for note in outcome.notes { console.note("note: \(note)") }
    if outcome.skipped.count > 0 {
      console.note("\(outcome.skipped.count) samples skipped:")
      for sample in outcome.skipped.listed { console.note("  \(sample)") }
      if outcome.skipped.count > outcome.skipped.listed.count { console.note("  ...") }
    }
    return outcome
  }

  private static func report(_ outcome: Evaluator.Outcome) -> String {
    let result = outcome.result
    let subject = result.task == .retrieval ? "captions" : "prompts"
    return """
      \(result.pretrained) on \(result.dataset): \(result.task == .retrieval ? "zero-shot retrieval" : "zero-shot classification")
        \(Figures.count(outcome.images)) images (\(Figures.significant(outcome.imagesPerSecond)) images/s), \
      \(Figures.count(outcome.texts)) \(subject) (\(Figures.significant(outcome.textsPerSecond)) texts/s), \
      data \(result.details["data_fingerprint"]?.stringValue ?? "")

      \(result.table)

      """
  }
}
