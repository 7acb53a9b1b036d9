import ArgumentParser
import Compute
import Evaluation
import Files
import ModelShapes
import Pruning

struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Cut a model to a smaller shape, keeping what matters most.",
    discussion: """
      Layers, width, feed-forward width and heads of both towers, and the embedding: a size that is not given stays. \
      Scores come from image-text pairs (--calibration-data, never the data accuracy is measured on); what stays is \
      then fitted to what the whole model did, in closed form. Fine-tune the result with finetune.

      Example: carbonclip prune --pretrained checkpoints/base --vision-layers 5 --vision-mlp 512 --vision-heads 4 \
      --calibration-data 'scenes:train?count=2000' --val-data scenes:validation --output pruned
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var shape: ShapeOptions

  @Option(help: "\(ImportanceCatalog.names.joined(separator: ", ")).")
  var strategy = ImportanceCatalog.standard

  @Option(
    help: ArgumentHelp(
      "all, none, or some of \(CompensationOptions.names.joined(separator: ",")); all,-rotation leaves one out. By default what suits the strategy."
    ))
  var compensation: String?

  @Option(help: "Choose the shape: at most this share (50%) or number (1.5G) of multiply-adds.") var targetMacs: String?

  @Option(help: "Image-text pairs to look at.")
  var calibrationData: String?

  @Option(help: "How many pairs.")
  var calibrationSamples = 1024

  @Option(help: "Data set to measure accuracy on, before and after.")
  var valData: String?

  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  @Option(help: "The folder to write.")
  var output: String

  @Option(help: "Seed of the pairs and of chance where a strategy uses it.")
  var seed: UInt64 = 0

  func run() throws {
    let console = Console()
    let pool = runOptions.pool(console)
    let loaded = try model.load()
    var options = Pruner.Options()
    options.strategy = strategy
    options.compensation = try compensation.map { try CompensationOptions(parsing: $0) }
    options.seed = seed
    var pruner = try Pruner(loaded.model, loaded.checkpoint.state, options, on: pool)
    pruner.progress = { stage, done, total in console.status("\(stage) \(done)/\(total)", isLast: done == total) }
    let budget = try targetMacs.map { try Budget(.macs, parsing: $0, of: loaded.model.configuration) }
    var calibration: CalibrationSet?
    if pruner.needsData, let calibrationData {
      calibration = try CalibrationSet(
        calibrationData, dataOptions.dataSet, decoding: dataOptions.decoding, count: calibrationSamples, seed: seed,
        tokenizer: loaded.tokenizer, preprocessing: loaded.preprocessing,
        contextLength: loaded.model.configuration.text.contextLength, on: pool)
    }
    let result = try pruner.run(shape.request, budget: budget, calibration: calibration)
    console.clearLine()
    print("ranking \(result.rankingSeconds) s, compensation \(result.compensationSeconds) s")
    print("[\(result.plan.configuration)]", Double(Budget.Kind.macs.cost(result.plan.configuration)) / Double(Budget.Kind.macs.cost(loaded.model.configuration)))
    print(result.visionErrors, result.textErrors)
    if let valData {
      var evaluator = Evaluator(
        result.model, loaded.tokenizer, loaded.preprocessing, name: output, pretrained: output, version: Version.current)
      evaluator.dataOptions = dataOptions.dataSet
      let outcome = try evaluator.run(valData, on: pool)
      print(outcome.result.table)
    }
  }
}

/// The shape that is wanted.
struct ShapeOptions: ParsableArguments {
  @Option(help: "Layers of the image tower.") var visionLayers: Int?
  @Option(help: "Width of its residual stream.") var visionWidth: Int?
  @Option(help: "Hidden units of its feed-forward layers: one number, or one a layer with commas between.")
  var visionMlp: String?
  @Option(help: "Heads of its layers, likewise.") var visionHeads: String?
  @Option(help: "Layers of the text tower.") var textLayers: Int?
  @Option(help: "Width of its residual stream.") var textWidth: Int?
  @Option(help: "Hidden units of its feed-forward layers.") var textMlp: String?
  @Option(help: "Heads of its layers.") var textHeads: String?
  @Option(help: "Length of the features that images and texts share.") var embedDim: Int?

  var request: ShapeRequest {
    get throws {
      var request = ShapeRequest()
      request.vision.layers = visionLayers
      request.vision.width = visionWidth
      request.vision.mlp = try Self.list(visionMlp, "--vision-mlp")
      request.vision.heads = try Self.list(visionHeads, "--vision-heads")
      request.text.layers = textLayers
      request.text.width = textWidth
      request.text.mlp = try Self.list(textMlp, "--text-mlp")
      request.text.heads = try Self.list(textHeads, "--text-heads")
      request.embedDimension = embedDim
      return request
    }
  }

  private static func list(_ text: String?, _ flag: String) throws -> [Int]? {
    guard let text else { return nil }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let number = Int(word.filter { $0 != " " }) else {
        throw InputError("\(flag) takes whole numbers with commas between, found \(text.quoted())")
      }
      return number
    }
  }
}
