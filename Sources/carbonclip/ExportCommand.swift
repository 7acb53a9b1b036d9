import ArgumentParser
import CLIPCheckpoints
import CLIPFiles
import CLIPONNX
import CLIPQuantization
import CLIPSearch
import CLIPStudies

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trial's model as a checkpoint, or any model as ONNX, for other tools to load.",
    discussion: """
      ONNX: image_encoder.onnx and text_encoder.onnx, from pixels and token ids to features of unit length, with the \
      tokenizer's files, onnx_config.json and a card that says how to run them; with --layout transformers the names and \
      the config.json that Optimum and transformers.js expect.

      Example: carbonclip export checkpoints/base --format onnx --output base-onnx
      Example: carbonclip export checkpoints/base --format onnx --layout transformers --output base-optimum
      Example: carbonclip export logs/quickstart --trial 17 --output carbonclip-s
      """)

  @Argument(
    help: "A study (the folder that search wrote); for ONNX a checkpoint folder or weight file, too.",
    completion: .file())
  var source: String

  @Option(help: "The trial's number; by default the study's answer.")
  var trial: Int?

  @Option(name: .shortAndLong, help: "The folder to write.", completion: .directory)
  var output: String

  @Flag(help: "Replace a model that lies in the folder.")
  var overwrite = false

  @Option(help: "A checkpoint, or graphs for other runtimes.")
  var format = ExportFormat.openCLIP

  @Option(
    help: "open_clip: fp32, fp16 (default) or bf16. ONNX: fp32 (default) or int8.",
    completion: .list(ExportPrecision.allCases.map(\.rawValue)))
  var precision: String?

  @Option(
    help: ArgumentHelp(
      "Names of ONNX files: encoders (image_encoder.onnx, text_encoder.onnx), or transformers, as Optimum and "
        + "transformers.js look for them (onnx/vision_model.onnx, onnx/text_model.onnx, onnx/model.onnx)."))
  var layout = ONNXFolder.Layout.encoders

  @Option(help: "Folder of trained candidates.")
  var candidates = "logs/candidates"

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  @OptionGroup var checkpoint: CheckpointOptions
  @OptionGroup var int8: Int8Options
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  private var isONNX: Bool { format == .onnx }
  private var givenPrecision: ExportPrecision? { precision.flatMap { ExportPrecision(argument: $0) } }
  private var chosenPrecision: ExportPrecision { givenPrecision ?? (isONNX ? .fp32 : .fp16) }
  private var isKnownPrecision: Bool { precision == nil || givenPrecision != nil }
  private var isStudy: Bool { Folder.containsFile(StudyPlace(source).study) }

  func validate() throws {
    switch format {
    case .openCLIP:
      guard layout == .encoders else { throw ValidationError("--layout \(layout.rawValue) is for --format onnx") }
      guard isKnownPrecision, chosenPrecision.weights != nil else {
        throw ValidationError("--precision must be fp32, fp16 or bf16, found \((precision ?? "").quoted())")
      }
    case .onnx:
      guard isKnownPrecision, let arithmetic = chosenPrecision.arithmetic else {
        throw ValidationError("--precision must be fp32 or int8 for ONNX, found \((precision ?? "").quoted())")
      }
      try int8.requireData(for: arithmetic)
    }
  }

  func run() throws {
    _ = try OutputFolder(output, sources: [source], overwrites: overwrite)
    guard isStudy else {
      try exportCheckpoint()
      return
    }
    let opened = try OpenedStudy(StudyPlace(source))
    let export = TrialExport(
      opened.recipe, opened.study, opened.front, candidates: candidates, version: Version.current)
    guard let member = try trial.map({ try export.member(of: $0) }) ?? opened.front.answer else {
      throw InputError("has no finished trial", file: source)
    }
    let form: TrialExport.Form =
      isONNX
      ? .files(library: "onnx") { model, folder in
        let graphs = try onnxFolder(model)
        _ = try graphs.write(to: folder)
        return graphs.usage
      }
      : givenPrecision?.weights.map { .checkpoint($0.element) } ?? .small
    if let note = try export.write(member, opened.outlook, to: output, as: form) { Console().note("note: \(note)") }
    let number = opened.front.finished[member.index].trial.number
    Output.result(document(trial: number), text: "\(output): trial \(number)")
  }

  private func exportCheckpoint() throws {
    guard trial == nil, isONNX else {
      throw InputError(
        "holds no study.sqlite", file: source,
        advice: trial == nil
          ? "name a folder that search wrote; convert rewrites a checkpoint, --format onnx writes it as ONNX"
          : "name a folder that search wrote")
    }
    let loaded = try checkpoint.load(source), folder = try onnxFolder(loaded)
    let files = try AtomicFolder.write(to: output) { place in
      let files = try folder.write(to: place)
      try AtomicFile.write(folder.card(name: Folder.name(of: output)), to: "\(place)/README.md")
      return files
    }
    Output.result(
      document(trial: nil), text: "\(output): \(files.joined(separator: ", ")), \(chosenPrecision.rawValue)")
  }

  private func document(trial: Int?) -> JSONValue {
    [
      "output": .string(output), "source": .string(source), "trial": trial.map { .integer($0) } ?? .null,
      "format": .string(format.rawValue), "precision": .string(chosenPrecision.rawValue),
      "files": WrittenFiles(folder: output).json,
    ]
  }

  private func onnxFolder(_ loaded: LoadedModel) throws -> ONNXFolder {
    let console = Console()
    var quantized: QuantizedModel?
    if chosenPrecision == .int8 {
      quantized = try int8.quantized(loaded, dataOptions, seed: 0, on: runOptions.pool(console), console)
    }
    return try ONNXFolder(
      loaded.model, quantized: quantized, preprocess: loaded.preprocess, tokenizer: loaded.tokenizer,
      layout: layout, version: Version.current)
  }
}
