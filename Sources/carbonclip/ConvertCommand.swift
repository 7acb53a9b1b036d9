import ArgumentParser
import CLIPFiles
import CLIPModelShapes
import CLIPTokenization
import CLIPUnits
import CLIPWeights

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Rewrite a checkpoint as an open_clip or Hugging Face folder.",
    discussion: """
      Reads open_clip, OpenAI and Hugging Face layouts, .safetensors and PyTorch zip archives. What it writes is \
      loaded by open_clip ("local-dir:FOLDER") and transformers (from_pretrained) and gives the same features. Pruned \
      models whose heads do not fill the width, or whose layers differ, are beyond both as released: beside them lies \
      carbonclip_model.py, with which PyTorch and transformers (trust_remote_code) load and train them.

      Example: carbonclip convert --pretrained epoch_32.pt --model ViT-B-32 --output vit-b-32 --format open_clip
      """)

  @OptionGroup var model: ModelOptions

  @Option(name: .shortAndLong, help: "The folder to write.", completion: .directory)
  var output: String

  @Option(help: "The layout; hf is Hugging Face's.")
  var format = CheckpointLayout.openCLIP

  @Option(help: "The weights' number format.")
  var precision = WeightPrecision.fp32

  @Flag(help: "Replace a model that lies in the folder.")
  var overwrite = false

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    _ = try OutputFolder(output, sources: [model.pretrained], overwrites: overwrite)
    let loaded = try model.load()
    try AtomicFolder.write(to: output) {
      try loaded.write(to: $0, as: format == .huggingFace ? .huggingFace : .openCLIP, precision.element)
    }
    let count = loaded.model.configuration.parameterCount
    let shape = loaded.model.configuration, isOpenCLIP = format == .openCLIP
    let places =
      isOpenCLIP ? shape.loadingSummary : "transformers, carbonclip; open_clip after convert --format open_clip"
    if isOpenCLIP, !shape.isStock { Console().note("note: loads in: \(places)") }
    Output.result(
      [
        "output": .string(output), "format": .string(format.rawValue), "precision": .string(precision.rawValue),
        "parameters": .integer(count), "loads_in": .string(places), "files": WrittenFiles(folder: output).json,
      ], text: "\(output): \(Figures.count(count)) parameters, \(precision.rawValue), \(format.rawValue)")
  }
}
