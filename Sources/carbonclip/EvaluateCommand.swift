import ArgumentParser
import Compute
import Evaluation
import Files

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

  @Option(help: "Write the result files into this folder, under CLIP_benchmark's names.")
  var output: String?

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
  }

  func run() throws {
    let console = Console()
    let pool = runOptions.pool(console)
    var evaluator = try evaluator(try model.load(), pool: pool, console)
    evaluator.decoding = dataOptions.decoding
    evaluator.dataOptions = dataOptions.dataSet
    evaluator.isStrict = dataOptions.strict
    evaluator.limit = dataOptions.limit
    evaluator.batchSize = runOptions.batchSize
    evaluator.seed = seed
    if let output { try Folder.make(output) }
    var results: [JSONValue] = []
    for path in data {
      let outcome = try evaluate(path, evaluator, pool: pool)
      results.append(outcome.result.json)
      if let output {
        try AtomicFile.write(
          outcome.result.json.text(indentation: 2) + "\n", to: "\(output)/\(outcome.result.fileName)")
      }
      if !json { Output.print(Self.report(outcome)) }
    }
    if json { Output.print((results.count == 1 ? results[0] : .array(results)).text(indentation: 2)) }
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
    let chosen: EvaluationResult.Task? =
      task == "retrieval" ? .retrieval : task == "classification" ? .classification : nil
    let outcome = try evaluator.run(path, task: chosen, on: pool) { done, total in
      console.progress(ProgressLine(unit: "images", total: total), done: done)
    }
    console.clearLine()
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
