import ArgumentParser
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPTensors
import CLIPUnits
import CLIPWeights

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write the unit-length features of a data set's images and captions to a safetensors file.",
    discussion: """
      The file holds image_features [images, embed], text_features [captions, embed], owner [captions] (which image a \
      caption belongs to) and, where the data has classes, labels [images]. The images' names stand in its metadata.

      Example: carbonclip embed --pretrained checkpoints/base --data photos.csv --output features.safetensors
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "Data set, as evaluate reads it.", completion: .file())
  var data: String

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var runOptions: RunOptions

  @Option(help: "The arithmetic; bf16: bfloat16 products.")
  var precision = EmbedPrecision.fp32

  func validate() throws { try dataOptions.checkSplit(of: [data]) }

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    _ = try OutputPath.resolved(output)
    let console = Console()
    let pool = runOptions.pool(console)
    let loaded = try model.load()
    var extraction = FeatureExtraction(
      model: precision == .bf16 ? loaded.model.inBFloat16(console) : loaded.model, tokenizer: loaded.tokenizer,
      preprocessing: loaded.preprocessing)
    dataOptions.apply(to: &extraction, runOptions)
    let features = try extraction.run(try source(console), on: pool) { done, total in
      console.progress(ProgressLine(unit: "images", total: total), done: done)
    }
    console.clearLine()
    guard features.image.isFinite, features.text.isFinite else {
      throw InputError(
        "the model's features are not finite, so nothing was written", file: model.pretrained,
        advice: "check the checkpoint: its weights may hold NaN")
    }
    if let summary = features.skipped.summary { console.note(summary) }
    var tensors = [
      OutgoingTensor("image_features", features.image),
      OutgoingTensor("text_features", features.text),
      OutgoingTensor("owner", integers: features.owner, [features.owner.count]),
    ]
    let labels = features.labels.compactMap { $0 }
    if labels.count == features.labels.count {
      tensors.append(OutgoingTensor("labels", integers: labels, [labels.count]))
    }
    let keys = JSONValue.array(features.keys.map(JSONValue.string)).text()
    try SafetensorsWriter.write(
      tensors, to: output,
      metadata: [
        "keys": keys, "data_fingerprint": "\(features.fingerprint)", "pretrained": loaded.pretrained,
        "precision": precision.rawValue,
      ])
    Output.result(
      [
        "output": .string(output), "images": .integer(features.keys.count), "captions": .integer(features.owner.count),
        "skipped": .integer(features.skipped.count), "data_fingerprint": .string("\(features.fingerprint)"),
        "precision": .string(precision.rawValue),
        "files": WrittenFiles([output]).json,
      ],
      text: "\(output): \(Figures.count(features.keys.count)) images, \(Figures.count(features.owner.count)) captions")
  }

  /// The data; where it has class names, its labels are held against them first.
  private func source(_ console: Console) throws -> any ImageTextSource {
    guard ClassificationData.recognizes(data) else { return try ImageTextData.open(data, dataOptions.dataSet) }
    let labeled = try ClassificationData.open(data, dataOptions.dataSet)
    for note in labeled.notes { console.note("note: \(note)") }
    return labeled.source
  }
}
