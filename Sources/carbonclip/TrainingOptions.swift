import ArgumentParser
import CLIPFiles
import CLIPRecipes

/// The flags of `train` and `finetune`: open_clip's names, each also a key of a recipe.
///
/// A flag that is not given says nothing: its value comes from the recipe or from the command's defaults.
struct TrainingOptions: ParsableArguments {
  @Argument(help: "A recipe (YAML) with any of the settings below, without the dashes; flags override it.")
  var recipe: String?

  @Option(help: "Model name, configuration .json or folder.") var model: String?
  @Option(help: "Start from these weights: a checkpoint folder or weight file.") var pretrained: String?
  @Option(help: "Vocabulary file or folder; by default the one beside the weights, else CLIP's own.")
  var tokenizer: String?
  @Flag(help: "Use QuickGELU whatever the configuration says.") var forceQuickGelu = false
  @Option(help: "Train at another image size.") var forceImageSize: Int?

  @Option(help: "Training data: tar shards, CSV, Karpathy or COCO JSON, class folders, scenes:train?count=100000.")
  var trainData: String?
  @Option(help: "Data to validate on after each epoch.") var valData: String?
  @Option(help: "auto or a format's name.") var datasetType: String?
  @Option(help: "CSV column that holds image paths.") var csvImgKey: String?
  @Option(help: "CSV column that holds captions.") var csvCaptionKey: String?
  @Option(help: "CSV separator: one character, or \\t.") var csvSeparator: String?
  @Option(help: "Folder that image paths are relative to.") var imageRoot: String?
  @Option(help: "Which part of the training data, where it has several (train).") var trainSplit: String?
  @Option(help: "Which part of the validation data, where it has several (val).") var valSplit: String?
  @Option(help: "Validate on at most this many images.") var valLimit: Int?
  @Option(help: "Refuse pictures with more pixels than this.") var maxImagePixels: Int?
  @Flag(help: "Stop at the first unusable sample instead of skipping and counting it.") var strict = false

  @Option(help: "Samples of a micro-batch (64).") var batchSize: Int?
  @Option(help: "Micro-batches whose features meet in one loss: the loss sees batch-size x accum-freq (1).")
  var accumFreq: Int?
  @Option(help: "Epochs (train: 32, finetune: 1).") var epochs: Int?
  @Option(help: "Samples of an epoch; by default all of the data set.") var trainNumSamples: Int?
  @Flag(
    help: "A student cheaper than its first teacher sees as many samples more, at most ten times: equal training FLOPs."
  )
  var equalFlops = false
  @Option(help: "Learning rate (train: 5e-4; finetune: 1e-5, with a teacher 1e-4).") var lr: Double?
  @Option(help: "(0.9)") var beta1: Double?
  @Option(help: "(0.98)") var beta2: Double?
  @Option(help: "(1e-6)") var eps: Double?
  @Option(help: "Weight decay (train: 0.2, finetune: 0.1).") var wd: Double?
  @Option(help: "What does not decay: open_clip-3 or gains-biases-positions.") var wdExclude: String?
  @Option(help: "Steps of warm-up (train: 10000 or a tenth; finetune: a twentieth).") var warmup: Int?
  @Option(help: "cosine, const or const-cooldown.") var lrScheduler: String?
  @Option(help: "Epochs of the cool-down.") var epochsCooldown: Int?
  @Option(help: "Learning rate at the cool-down's end.") var lrCooldownEnd: Double?
  @Option(help: "Power of the cool-down.") var lrCooldownPower: Double?
  @Option(help: "Clip the norm of the gradient (train: off, finetune: 1).") var gradClipNorm: Double?
  @Flag(help: "Compute activations again instead of keeping them: less memory, a third more time.")
  var gradCheckpointing = false
  @Flag(help: "Keep the image tower's weights.") var lockImage = false
  @Option(help: "Train its last n groups all the same.") var lockImageUnlockedGroups: Int?
  @Flag(help: "Keep the text tower's weights.") var lockText = false
  @Option(help: "Train its last n layers all the same.") var lockTextUnlockedLayers: Int?

  @Flag(help: "SigLIP's loss instead of CLIP's.") var siglip = false
  @Option(help: "A loss with its weight, such as feature=4; may be repeated. docs/training.md lists them.")
  var loss: [String] = []
  @Option(help: "A teacher's checkpoint; may be repeated.") var distillPretrained: [String] = []
  @Option(help: "The teacher's model, for weights without a configuration.") var distillModel: [String] = []
  @Option(help: "auto, cached (once for each sample, kept on disk) or online.") var distillFeatures: String?
  @Option(help: "Folder of cached teacher features (LOGS/features).") var featureCache: String?

  @Option(
    name: .customLong("aug-cfg"),
    help:
      "Augmentation, as KEY=VALUE: augment=false, scale=0.4,1, color-jitter=0.4,0.4,0.4,0.1, gray-scale-prob=0.2 ...")
  var augmentation: [String] = []

  @Option(help: "Seed of weights, order, crops and captions (0).") var seed: Int?
  @Option(help: "Write a checkpoint every n epochs (1); 0 only at the end.") var saveFrequency: Int?
  @Option(help: "Write a resume point this often (10); 0 only at the end.") var saveEveryMinutes: Double?
  @Option(help: "Resume points kept (2).") var keepCheckpoints: Int?
  @Option(help: "Validate every n epochs (1), finetune before its first step too; 0 only at the end.") var valFrequency:
    Int?
  @Option(help: "Log every n steps (10).") var logEveryNSteps: Int?
  @Option(help: "Number format of checkpoints: fp32, fp16 or bf16.") var savePrecision: String?
  @Option(help: "Electricity: a region's code such as FR, or grams of CO2e per kWh; by default the world's average.")
  var grid: String?
  @Option(help: "Power usage effectiveness of the building (1).") var pue: Double?

  @Option(help: "Folder of runs.") var logs = "logs"
  @Option(help: "The run's folder inside it; by default made of model and time.") var name: String?
  @Option(help: "latest, or a resume point's path.") var resume: String?
  @Flag(help: "Go on even with changed settings.") var force = false
  @Option(help: "Threads to work on; by default one a processor. Results do not depend on it.") var threads: Int?

  func validate() throws {
    try ThreadOptions.check(threads)
  }

  /// The recipe with the flags put over it.
  func settings() throws -> RecipeNode {
    let flags = RecipeNode(.map(try given()), origin: "command line")
    guard let recipe else { return flags }
    return try Recipe.read(recipe).overridden(by: flags)
  }

  private func given() throws -> [(key: String, node: RecipeNode)] {
    var nodes: [(key: String, node: RecipeNode)] = []
    func add(_ key: String, _ value: RecipeNode.Value?) {
      if let value { nodes.append((key, RecipeNode(value, origin: "command line"))) }
    }
    func text(_ key: String, _ value: String?) { add(key, value.map { .string($0) }) }
    func integer(_ key: String, _ value: Int?) { add(key, value.map { .integer($0) }) }
    func number(_ key: String, _ value: Double?) { add(key, value.map { .number($0) }) }
    func flag(_ key: String, _ value: Bool) { add(key, value ? .bool(true) : nil) }
    func list(_ key: String, _ value: [String]) {
      add(key, value.isEmpty ? nil : .list(value.map { RecipeNode(.string($0), origin: "command line") }))
    }
    text("model", model); text("pretrained", pretrained); text("tokenizer", tokenizer)
    flag("force-quick-gelu", forceQuickGelu); integer("force-image-size", forceImageSize)
    text("train-data", trainData); text("val-data", valData); text("dataset-type", datasetType)
    text("csv-img-key", csvImgKey); text("csv-caption-key", csvCaptionKey); text("csv-separator", csvSeparator)
    text("image-root", imageRoot); text("train-split", trainSplit); text("val-split", valSplit)
    integer("val-limit", valLimit); integer("max-image-pixels", maxImagePixels); flag("strict", strict)
    integer("batch-size", batchSize); integer("accum-freq", accumFreq); integer("epochs", epochs)
    flag("equal-flops", equalFlops)
    integer("train-num-samples", trainNumSamples); number("lr", lr); number("beta1", beta1); number("beta2", beta2)
    number("eps", eps); number("wd", wd); text("wd-exclude", wdExclude); integer("warmup", warmup)
    text("lr-scheduler", lrScheduler); integer("epochs-cooldown", epochsCooldown)
    number("lr-cooldown-end", lrCooldownEnd); number("lr-cooldown-power", lrCooldownPower)
    number("grad-clip-norm", gradClipNorm); flag("grad-checkpointing", gradCheckpointing)
    flag("lock-image", lockImage); integer("lock-image-unlocked-groups", lockImageUnlockedGroups)
    flag("lock-text", lockText); integer("lock-text-unlocked-layers", lockTextUnlockedLayers)
    flag("siglip", siglip); list("distill-pretrained", distillPretrained); list("distill-model", distillModel)
    text("distill-features", distillFeatures); text("feature-cache", featureCache); integer("seed", seed)
    integer("save-frequency", saveFrequency); number("save-every-minutes", saveEveryMinutes)
    integer("keep-checkpoints", keepCheckpoints); integer("val-frequency", valFrequency)
    integer("log-every-n-steps", logEveryNSteps); text("save-precision", savePrecision); text("grid", grid)
    number("pue", pue)
    if !loss.isEmpty { add("losses", .map(try loss.map { try Self.pair($0, "--loss") })) }
    for (key, node) in try augmentation.map({ try Self.pair($0, "--aug-cfg") }) {
      nodes.append((key == "augment" ? key : "aug-\(key)", node))
    }
    return nodes
  }

  /// `KEY=VALUE`; a value with commas is a list.
  private static func pair(_ text: String, _ flag: String) throws -> (key: String, node: RecipeNode) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw InputError("\(flag) needs NAME=VALUE, found \(text.quoted())")
    }
    let values = parts[1].split(separator: ",", omittingEmptySubsequences: false).map {
      RecipeNode(word: String($0), origin: flag)
    }
    return (
      Recipe.normalized(String(parts[0])), values.count == 1 ? values[0] : RecipeNode(.list(values), origin: flag)
    )
  }
}
