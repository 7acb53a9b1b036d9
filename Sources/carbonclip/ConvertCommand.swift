import ArgumentParser
import CLIPEvaluation
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
      models whose heads do not fill the width, or whose layers differ, are beyond both: only carbonclip loads them, \
      and export writes them as ONNX.

      Example: carbonclip convert --pretrained epoch_32.pt --model ViT-B-32 --output vit-b-32 --format open_clip
      """)

  @OptionGroup var model: ModelOptions

  @Option(help: "The folder to write.")
  var output: String

  @Option(help: "open_clip or hf (Hugging Face).")
  var format = "open_clip"

  @Option(help: "fp32, fp16 or bf16.")
  var precision = "fp32"

  @Flag(help: "Replace a model that lies in the folder.")
  var overwrite = false

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    guard ["open_clip", "hf"].contains(format) else {
      throw ValidationError("--format must be open_clip or hf, found \(format.quoted())")
    }
    _ = try ElementType(precision: precision)
  }

  func run() throws {
    _ = try OutputFolder(output, sources: [model.pretrained], overwrites: overwrite)
    let loaded = try model.load(), element = try ElementType(precision: precision)
    let summary = try AtomicFolder.write(to: output) {
      try loaded.rewrite(to: $0, as: format == "hf" ? .huggingFace : .openCLIP, element)
    }
    if !loaded.model.configuration.isStock { Console().note("note: \(OtherTools.note)") }
    Output.result(
      [
        "output": .string(output), "format": .string(format), "precision": .string(precision),
        "parameters": .integer(summary.parameters), "files": WrittenFiles(folder: output).json,
      ], text: "\(output): \(Figures.count(summary.parameters)) parameters, \(precision), \(format)")
  }
}
