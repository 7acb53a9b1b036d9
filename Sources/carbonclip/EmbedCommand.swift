import ArgumentParser
import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPUnits

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write the unit-length features of pictures and texts to a file.",
    discussion: """
      The file holds image_features [images, embed] with keys (the images' names), and text_features [captions, embed] \
      with captions and owner (which image a caption belongs to; -1: to none); where the data has classes, labels \
      [images]. In .safetensors names and texts stand in the metadata, as JSON; .npz holds all as arrays; .npy holds the \
      features of images or of texts alone, and NAME.npy.json the rest.

      Example: carbonclip embed --pretrained base --data scenes:test --output features.safetensors
      carbonclip embed --pretrained ViT-B-32/ --images photos/ --output photos.safetensors
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "Data set, as evaluate reads it.", completion: .file())
  var data: String?

  @Option(
    help: """
      Pictures: a file, a folder with all folders in it, or a list of files (.txt, a path a line, or .json). May be \
      repeated.
      """, completion: .file())
  var images: [String] = []

  @Option(help: "Texts: a .txt file with one on each line, or a .json list.", completion: .file())
  var texts: String?

  @Option(name: .shortAndLong, help: "The file to write: .safetensors, .npz or .npy.")
  var output: String

  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  @Option(help: "The arithmetic; bf16: bfloat16 products.")
  var precision = EmbedPrecision.fp32

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    guard data != nil || !images.isEmpty || texts != nil else {
      throw ValidationError("name what to embed: --images, --texts or --data")
    }
    guard data == nil || (images.isEmpty && texts == nil) else {
      throw ValidationError("--data stands alone: its captions are its texts")
    }
    if let data { try dataOptions.checkSplit(of: [data]) }
  }

  func run() throws {
    _ = try OutputPath.resolved(output)
    let kind = try FeatureFile.Kind(path: output)
    let console = Console()
    let pool = runOptions.pool(console)
    let prompts = try texts.map(readTexts)
    let source = try source(console)
    if kind == .npy, let source, try prompts != nil || Self.hasCaptions(source) {
      throw FeatureFile.twoArrays(in: output)
    }
    let loaded = try model.load()
    var extraction = FeatureExtraction(
      model: precision == .bf16 ? loaded.model.inBFloat16(console) : loaded.model, tokenizer: loaded.tokenizer,
      preprocessing: loaded.preprocessing)
    dataOptions.apply(to: &extraction, runOptions)
    var file = FeatureFile(), skipped = SkippedSamples()
    if let source {
      let features = try extraction.run(source, on: pool) { done, total in
        console.progress(ProgressLine(unit: "images", total: total), done: done)
      }
      console.clearLine()
      file = FeatureFile(features)
      skipped = features.skipped
    }
    if let prompts { file.add(texts: prompts, try extraction.encode(prompts, on: pool)) }
    guard file.isFinite else {
      throw InputError(
        "the model's features are not finite, so nothing was written", file: model.pretrained,
        advice: "check the checkpoint: its weights may hold NaN")
    }
    if let summary = skipped.summary { console.note(summary) }
    file.notes["pretrained"] = loaded.pretrained
    file.notes["precision"] = precision.rawValue
    file.notes["model"] = FeatureModel(model, writing: output).json.text()
    file.notes["model_digest"] = try loaded.digest()
    let written = try file.write(to: output)
    Output.result(
      [
        "output": .string(output), "images": .integer(file.keys.count), "captions": .integer(file.captions.count),
        "skipped": .integer(skipped.count),
        "data_fingerprint": file.notes["data_fingerprint"].map { .string($0) } ?? .null,
        "precision": .string(precision.rawValue), "files": WrittenFiles(written).json,
      ],
      text: "\(output): \(Figures.count(file.keys.count)) images, \(Figures.count(file.captions.count)) captions")
  }

  /// Whether the first sample that can be used has a caption.
  private static func hasCaptions(_ source: any ImageTextSource) throws -> Bool {
    var reader = try source.makeReader()
    while true {
      do { return try reader.next()?.captions.isEmpty == false } catch is SkippedSample { continue }
    }
  }

  private func readTexts(_ path: String) throws -> [String] {
    guard Folder.containsFile(path) else {
      throw InputError("no such file", file: path, advice: "name a file of texts, one on each line")
    }
    guard let texts = try Pictures.listed(in: path) else {
      throw InputError(
        "is neither a .txt file nor a .json list", file: path, advice: "write one text on each line of a .txt file")
    }
    guard !texts.isEmpty else { throw InputError("holds no text", file: path, advice: "write one on each line") }
    return texts
  }

  /// The pictures; where they have class names, their labels are held against them first.
  private func source(_ console: Console) throws -> (any ImageTextSource)? {
    guard let data = data.map({ DataOptions.located($0, console) }) else {
      return images.isEmpty ? nil : try Pictures.open(images)
    }
    if Pictures.areIn(data, dataOptions.dataSet) { return try Pictures.open([data]) }
    guard ClassificationData.recognizes(data) else { return try ImageTextData.open(data, dataOptions.dataSet) }
    let labeled = try ClassificationData.open(data, dataOptions.dataSet)
    for note in labeled.notes { console.note("note: \(note)") }
    return labeled.source
  }
}
