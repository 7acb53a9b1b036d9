import CLIPEvaluation
import CLIPModels
public import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import CLIPWeights

/// Holds a CLIP model against what PyTorch computed with the same weights.
///
/// A fixture is `NAME.json` (library and configuration), `NAME.weights.safetensors` (state dictionary) and
/// `NAME.io.safetensors` (inputs, features, activations, loss), in open_clip's or Hugging Face's names; where there are
/// `NAME.grads.safetensors` and `NAME.adamw3.safetensors`, training is held against them: ``GradientParity``.
public enum ModelParity {
  /// Features: two units in the sixth place of the largest, the spread of float32 implementations among themselves.
  static let featureTolerance = 2e-6
  /// Activations inside the towers, where the residual stream has grown and not yet been normalized.
  static let activationTolerance = 5e-6
  static let lossTolerance = 2e-6

  /// - Parameter path: the fixture's path without its endings, such as `goldens/clip_a`
  /// - Throws: ``InputError`` when a file is missing or does not hold what its kind should.
  public static func run(_ path: String, on pool: ThreadPool) throws -> ParityReport {
    let fixture = Self.trimmed(path)
    let document = try JSONParser.parse(file: "\(fixture).json")
    guard let library = document["library"]?.stringValue, let shape = document["config"] else {
      throw InputError("lacks \"library\" or \"config\"", file: "\(fixture).json")
    }
    let isHuggingFace = library.hasPrefix("transformers")
    let configuration = try namingFile("\(fixture).json") {
      try isHuggingFace ? CLIPConfiguration(huggingFace: shape) : CLIPConfiguration(openCLIP: shape)
    }
    let checkpoint = try CheckpointFolder.open(
      "\(fixture).weights.safetensors", as: ModelDescription(configuration: configuration))
    let model = try CLIPModel(configuration, from: checkpoint.state)
    let recorded = try SafetensorsFile(path: "\(fixture).io.safetensors")
    var report = ParityReport(fixture: Folder.name(of: fixture))
    let isSigmoid = document["loss"]?.stringValue == "siglip"
    let names = isHuggingFace ? Names.huggingFace : .openCLIP
    try compare(model, recorded, names, isSigmoid, &report, pool)
    let training = GradientParity.Fixture(
      path: fixture, document: document, configuration: configuration, weights: checkpoint.state,
      images: try recorded.tensor(names.images),
      ids: try recorded.integers(names.texts).map { Int32(clamping: $0) })
    try GradientParity.run(training, &report, on: pool)
    return report
  }

  /// Accepts the path of any of the fixture's files.
  private static func trimmed(_ path: String) -> String {
    let endings = [".json", ".weights.safetensors", ".io.safetensors", ".grads.safetensors", ".adamw3.safetensors"]
    for ending in endings where path.hasSuffix(ending) {
      return String(path.dropLast(ending.count))
    }
    return path
  }

  /// What the two libraries call the same things.
  private struct Names {
    var images, texts, imageFeatures, textFeatures, imageRaw, textRaw: String

    static let openCLIP = Names(
      images: "image", texts: "text", imageFeatures: "image_features", textFeatures: "text_features",
      imageRaw: "image_features_raw", textRaw: "text_features_raw")
    static let huggingFace = Names(
      images: "pixel_values", texts: "input_ids", imageFeatures: "image_embeds", textFeatures: "text_embeds",
      imageRaw: "image_embeds_raw", textRaw: "text_embeds_raw")
  }

  private static func compare(
    _ model: CLIPModel, _ recorded: SafetensorsFile, _ names: Names, _ isSigmoid: Bool, _ report: inout ParityReport,
    _ pool: ThreadPool
  ) throws {
    let images = try recorded.tensor(names.images)
    let ids = try recorded.integers(names.texts).map { Int32(clamping: $0) }
    let imageRaw = try model.vision(images, on: pool), textRaw = try model.text(ids, on: pool)
    let image = try model.imageFeatures(images, on: pool), text = try model.textFeatures(ids, on: pool)
    let logits = model.logits(image: image, text: text)
    let loss = try isSigmoid ? SigmoidLossOperator.forward(logits) : ContrastiveLossOperator.forward(logits)

    func check(_ name: String, _ ours: Tensor, _ tolerance: Double = featureTolerance) throws {
      guard recorded.contains(name) else { return }
      report.compare(name, ours.elements, try recorded.tensor(name).elements, tolerance: tolerance)
    }
    try check(names.imageRaw, imageRaw)
    try check(names.textRaw, textRaw)
    try check(names.imageFeatures, image)
    try check(names.textFeatures, text)
    try check("logit_scale_exp", Tensor([model.scale], [1]))
    try check("logits_per_image", logits, activationTolerance)
    if recorded.contains("loss") {
      report.compare("loss", [loss], try recorded.doubles("loss"), tolerance: lossTolerance)
    }
    try checkActivations(model, images, ids, pool, check)
  }

  /// Activations inside the towers, for whichever of them the fixture holds.
  private static func checkActivations(
    _ model: CLIPModel, _ images: Tensor, _ ids: [Int32], _ pool: ThreadPool,
    _ check: (String, Tensor, Double) throws -> Void
  ) throws {
    var seen: [(name: String, value: Tensor)] = []
    _ = try model.vision(images, on: pool) { seen.append(("visual.\($0)", $1)) }
    _ = try model.text(ids, on: pool) { seen.append(("text.\($0)", $1)) }
    for (name, value) in seen { try check("mid.\(name)", value, activationTolerance) }
    let last = "visual.block\(model.configuration.vision.layers - 1)"
    for (name, value) in seen {
      switch name {
      case last: try check("vision_last_hidden_state", value, activationTolerance)
      case "visual.ln_post": try check("vision_pooler_output", value.firstTokens, activationTolerance)
      case "text.ln_final": try check("text_last_hidden_state", value, activationTolerance)
      default: break
      }
    }
  }
}

extension Tensor {
  /// The first token of each sequence: `[batch, tokens, width]` becomes `[batch, width]`.
  fileprivate var firstTokens: Tensor {
    guard shape.rank == 3 else { return self }
    let width = shape[2], tokens = shape[1], all = elements
    return Tensor((0..<shape[0]).flatMap { all[$0 * tokens * width..<$0 * tokens * width + width] }, [shape[0], width])
  }
}
