import CLIPCompute
import CLIPFiles
import Foundation
import CLIPSearch

/// The catalog of questions, and how one is asked.
enum Question: String, CaseIterable {
  case inference, training, data, preprocess, tokenizer, gemm, load, estimator, spaces

  /// One line for the help.
  private var summary: String {
    switch self {
    case .inference: "images and texts a second, beside PyTorch, ONNX Runtime and OpenVINO"
    case .training: "samples a second of training steps, beside PyTorch in float32 and bfloat16"
    case .data: "the share of a training step that drawing its batch takes"
    case .preprocess: "pictures decoded and prepared a second, beside Pillow and torchvision"
    case .tokenizer: "captions tokenized a second, beside open_clip and Hugging Face tokenizers"
    case .gemm: "the rate of matrix products, the limit of inference"
    case .load: "time and memory to open a checkpoint of ViT-L-14's size"
    case .estimator: "time to price a model on a design, on a whole space, and with an uncertainty study"
    case .spaces: "time to find the best design of millions, and whether it is the best"
    }
  }

  /// A line a question, for the help.
  static var list: String {
    (allCases.map { ($0.rawValue, $0.summary) } + [("all", "all of them")])
      .map { "  " + $0.padding(toLength: 14, withPad: " ", startingAt: 0) + $1 }.joined(separator: "\n")
  }

  /// Runs the question, or all of them, that the command line names.
  static func run(_ arguments: [String]) throws {
    guard let name = arguments.first, !["help", "--help", "-h"].contains(name) else { return print(usage) }
    if name == "worker" { return try Worker.run(Array(arguments.dropFirst())) }
    if name == "candidates" {
      guard arguments.count == 4, let count = Int(arguments[3]), (1...10_000).contains(count) else {
        throw InputError("usage: Benchmarks candidates RECIPE FOLDER COUNT")
      }
      let recipe = try SearchRecipe(file: arguments[1])
      return try CandidateTable(recipe: recipe, folder: arguments[2], count: count).run(on: ThreadPool())
    }
    if name == "search-comparison" {
      return try SearchComparison(Array(arguments.dropFirst())).run(arguments)
    }
    if name == "accounts" { return try AccountsStudy(Array(arguments.dropFirst())).run(arguments) }
    if name == "objectives" { return try ObjectivesStudy(Array(arguments.dropFirst())).run(arguments) }
    if name == "arithmetics" { return try ArithmeticStudy(Array(arguments.dropFirst())).run(arguments) }
    if name == "pruning" {
      guard arguments.count == 3 else { throw InputError("usage: Benchmarks pruning RECIPE FOLDER") }
      return try PruningStudy(arguments[1], folder: arguments[2]).run(on: ThreadPool(threads: nil))
    }
    if name == "bfloat16" {
      guard arguments.count == 2 else { throw InputError("usage: Benchmarks bfloat16 FOLDER") }
      return try BFloat16Study(arguments[1]).run(arguments)
    }
    let options = try Options(Array(arguments.dropFirst()))
    let asked: [Question]
    if name == "all" {
      asked = allCases
    } else if let question = Question(rawValue: name) {
      asked = [question]
    } else {
      throw InputError(
        "unknown question \(name.quoted())",
        advice: Suggestion.advice(for: name, among: allCases.map(\.rawValue) + ["all"]))
    }
    var report = Report(arguments, output: options.output)
    for question in asked { try question.answer(options, &report) }
    try report.finish()
  }

  private func answer(_ options: Options, _ report: inout Report) throws {
    switch self {
    case .inference: try InferenceBenchmark.run(options, &report)
    case .training: try TrainingBenchmark.run(options, &report)
    case .data: try DataBenchmark.run(options, &report)
    case .preprocess: try PreprocessBenchmark.run(options, &report)
    case .tokenizer: try TokenizerBenchmark.run(options, &report)
    case .gemm: try GemmRate.run(options, &report)
    case .estimator: try EstimatorBenchmark.run(options, &report)
    case .spaces: try SpaceSearchBenchmark.run(options, on: ThreadPool(threads: options.threads), &report)
    case .load: try LoadBenchmark.run(options, &report)
    }
  }
}
