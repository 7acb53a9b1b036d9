import CLIPFiles
import Foundation
import Testing

@Suite("Export")
struct ExportCommandTests {
  private static let graphs = ["image_encoder.onnx", "onnx_config.json", "text_encoder.onnx", "tokenizer.json"]

  @Test("a checkpoint becomes two graphs in floats or in 8 bits, with a card")
  func checkpoint() throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model", output = "\(folder.path)/out"
    try Checkpoint.write(to: model)
    let written = try Program.run(["export", model, "--format", "onnx", "--output", output])
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.output == "\(output): image_encoder.onnx, text_encoder.onnx, fp32\n")
    let names = try Folder.names(in: output)
    #expect(names.filter(Self.graphs.contains) == Self.graphs)
    #expect(try TextFile.text(of: "\(output)/README.md").contains("# out\n"))
    let small = try Program.run([
      "export", "\(model)/open_clip_model.safetensors", "--format", "onnx", "--precision", "int8", "--calibration-data",
      "scenes:train?count=40&size=32", "--calibration-samples", "16", "--output", "\(folder.path)/small",
    ])
    #expect(small.status == 0, "\(small.errors)")
    #expect(small.output == "\(folder.path)/small: image_encoder.onnx, text_encoder.onnx, int8\n")
    let configuration = try JSONParser.parse(file: "\(folder.path)/small/onnx_config.json")
    #expect(configuration["precision"] == "int8")
    func size(_ path: String) throws -> Int { try Data(contentsOf: URL(fileURLWithPath: path)).count }
    let small8 = try size("\(folder.path)/small/text_encoder.onnx"), whole = try size("\(output)/text_encoder.onnx")
    #expect(small8 < whole)
  }

  @Test("the layout of transformers: graphs in a folder of their own, in 8 bits under Optimum's word for it")
  func transformersLayout() throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model", output = "\(folder.path)/out"
    try Checkpoint.write(to: model)
    let words = ["export", model, "--format", "onnx", "--layout", "transformers", "--output", output]
    let written = try Program.run(words)
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.output == "\(output): onnx/vision_model.onnx, onnx/text_model.onnx, onnx/model.onnx, fp32\n")
    #expect(try JSONParser.parse(file: "\(output)/config.json")["architectures"]?.arrayValue == ["CLIPModel"])
    let again = try Program.run(words)
    #expect(again.status == 1 && again.errors.contains("holds a model already"))
    let small = try Program.run(
      words + [
        "--overwrite", "--precision", "int8", "--calibration-data", "scenes:train?count=40&size=32",
        "--calibration-samples", "16", "--json",
      ])
    #expect(small.status == 0, "\(small.errors)")
    #expect(small.output.contains("onnx/model_quantized.onnx"))
    let misused = try Program.run(["export", model, "--layout", "transformers", "--output", output])
    #expect(misused.status == 64 && misused.errors.contains("--layout transformers is for --format onnx"))
  }

  @Test("bad input is one line and code 1, a wrong use code 64")
  func refusals() throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model", output = "\(folder.path)/out"
    try Checkpoint.write(to: model)
    func refusal(_ arguments: [String]) throws -> String {
      let outcome = try Program.run(["export"] + arguments + ["--output", output])
      #expect(outcome.status == 1 && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(arguments)")
      return outcome.errorLines.first ?? ""
    }
    let noStudy =
      "error: \(model): holds no study.sqlite; name a folder that search wrote; convert rewrites a checkpoint, --format onnx writes it as ONNX"
    #expect(try refusal([model]) == noStudy)
    let noTrial = "error: \(model): holds no study.sqlite; name a folder that search wrote"
    #expect(try refusal([model, "--format", "onnx", "--trial", "3"]) == noTrial)
    let missing = "error: \(folder.path)/none: no such file or folder; check the path"
    #expect(try refusal(["\(folder.path)/none", "--format", "onnx"]) == missing)
    #expect(!Folder.exists(output))
    for arguments in [
      [model, "--format", "tflite"], [model, "--format", "onnx", "--precision", "fp16"],
      [model, "--format", "onnx", "--precision", "bf16"], [model, "--precision", "int8"],
      [model, "--format", "onnx", "--precision", "int8"],
      [model, "--format", "onnx", "--precision", "int8", "--calibration-data", "x", "--clipping", "none"],
    ] {
      let outcome = try Program.run(["export"] + arguments + ["--output", output])
      #expect(outcome.status == 64 && outcome.errors.contains("Error: "), "\(arguments)")
    }
  }

  @Test("a pooling that has no single feature is refused, and nothing is written")
  func pooling() throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model", output = "\(folder.path)/out"
    try Checkpoint.write(to: model)
    let path = "\(model)/open_clip_config.json"
    let text = try TextFile.text(of: path).replacing("\"head_width\"", with: "\"pool_type\": \"none\", \"head_width\"")
    try AtomicFile.write(text, to: path)
    let outcome = try Program.run(["export", model, "--format", "onnx", "--output", output])
    #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains("image pooling \"none\" gives features of every token"))
    #expect(!Folder.exists(output))
  }

  @Test("a trial's model, as a checkpoint or as graphs, with what it costs")
  func trial() throws {
    let folder = try TemporaryFolder(), candidates = "\(folder.path)/candidates"
    let searched = try Program.run([
      "search", try SearchKillTests.recipe(folder, trials: 2), "--logs", folder.path, "--candidates", candidates,
      "--name",
      "s", "--threads", "1",
    ])
    try #require(searched.status == 0, "\(searched.errors)")
    func export(_ more: [String]) throws -> [String] {
      let output = "\(folder.path)/\(more.count)"
      let outcome = try Program.run(
        ["export", "\(folder.path)/s", "--trial", "1", "--candidates", candidates, "--output", output] + more)
      #expect(outcome.status == 0 && outcome.output == "\(output): trial 1\n", "\(outcome.errors)")
      return try Folder.names(in: output)
    }
    let checkpoint = try export([]), graphs = try export(["--format", "onnx"])
    #expect(checkpoint.contains("open_clip_model.safetensors") && !checkpoint.contains("image_encoder.onnx"))
    #expect(!graphs.contains("open_clip_model.safetensors") && graphs.filter(Self.graphs.contains) == Self.graphs)
    for names in [checkpoint, graphs] { #expect(names.contains("carbon.json") && names.contains("metrics.json")) }
    let card = try TextFile.text(of: "\(folder.path)/2/README.md")
    #expect(card.contains("library_name: onnx\n") && card.contains("carbon of making") && card.contains("## Use"))
  }
}
