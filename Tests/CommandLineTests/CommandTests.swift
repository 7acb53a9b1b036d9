import CLIPFiles
import Foundation
import Testing
import CLIPWeights

@Suite("Commands")
struct CommandTests {
  let folder: TemporaryFolder
  var model: String { "\(folder.path)/model" }

  init() throws {
    folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
  }

  private func metrics(_ model: String, _ more: [String] = []) throws -> JSONValue {
    let outcome = try Program.run(
      ["evaluate", "--pretrained", model, "--data", "scenes:test?count=40", "--json"] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try JSONParser.parse(outcome.output)
    return try #require(result["metrics"])
  }

  @Test("evaluate prints a table, JSON in CLIP_benchmark's fields, and writes result files")
  func evaluate() throws {
    let results = "\(folder.path)/results"
    let table = try Program.run([
      "evaluate", "--pretrained", model, "--data", "scenes:test?count=40", "--data", "scenes:classes?count=40",
      "--output", results,
    ])
    #expect(table.status == 0, "\(table.errors)")
    for word in ["image_retrieval_recall@1", "text_retrieval_recall@10", "mean_recall@1", "acc1", "±", "fp1-"] {
      #expect(table.output.contains(word), "\(word)")
    }
    let names = try Folder.names(in: results)
    #expect(names.count == 2)
    let values = try metrics(model)
    #expect(values.objectValue?.count == 7)
    let others = try metrics(model, ["--threads", "1"])
    #expect(others == values)
  }

  @Test("a converted checkpoint gives the same figures", arguments: ["open_clip", "hf"])
  func convert(format: String) throws {
    let target = "\(folder.path)/\(format)"
    let outcome = try Program.run(["convert", "--pretrained", model, "--output", target, "--format", format])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let converted = try metrics(target), original = try metrics(model)
    #expect(converted == original)
  }

  @Test("embed writes unit-length features, owners and names")
  func embed() throws {
    let file = "\(folder.path)/features.safetensors"
    let outcome = try Program.run([
      "embed", "--pretrained", model, "--data", "scenes:validation?count=10", "--output", file,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let features = try SafetensorsFile(path: file)
    #expect(features.shape(of: "image_features") == [10, 16])
    #expect(features.shape(of: "text_features") == [50, 16])
    let owner = try features.integers("owner")
    #expect(owner == (0..<50).map { $0 / 5 })
    let row = try features.tensor("text_features").elements.prefix(16)
    #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
  }

  @Test("evaluate and embed in bfloat16 say so, in results, their files' names and features")
  func bfloat16() throws {
    let results = "\(folder.path)/results", data = ["--data", "scenes:test?count=40"]
    for precision in ["fp32", "bf16", "bfloat16"] {
      let outcome = try Program.run(
        ["evaluate", "--pretrained", model] + data + ["--precision", precision, "--output", results, "--json"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let name = precision == "fp32" ? "fp32" : "bf16"
      #expect(try JSONParser.parse(outcome.output)["precision"]?.stringValue == name)
    }
    // The plain name, and one with the precision.
    let names = try Folder.names(in: results)
    #expect(names.count == 2 && names.contains { $0.contains("bf16") }, "\(names)")
    var features: [[Float]] = []
    for (precision, threads) in [("fp32", "1"), ("bf16", "1"), ("bf16", "3")] {
      let file = "\(folder.path)/\(precision)\(threads).safetensors"
      let outcome = try Program.run([
        "embed", "--pretrained", model, "--data", "scenes:validation?count=10", "--output", file, "--precision",
        precision,
        "--threads", threads,
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let written = try SafetensorsFile(path: file)
      #expect(written.metadata["precision"] == precision)
      features.append(try written.tensor("image_features").elements + written.tensor("text_features").elements)
    }
    #expect(features[1] == features[2])
    let largest = zip(features[0], features[1]).map { abs($0 - $1) }.max() ?? 0
    // Eight bits of a unit vector's numbers.
    #expect(largest > 0 && largest < 0.02, "\(largest)")
    let unknown = try Program.run([
      "embed", "--pretrained", model, "--data", "x", "--output", "y", "--precision", "int8",
    ])
    #expect(unknown.status == 64 && unknown.errors.contains("--precision must be fp32 or bf16"), "\(unknown.errors)")
  }

  @Test("scenes are the same bytes each time and evaluate like the generator")
  func scenes() throws {
    var archives: [Data] = []
    for (name, threads) in [("one", "1"), ("two", "2")] {
      let outcome = try Program.run([
        "data", "scenes", "--output", "\(folder.path)/\(name)", "--split", "test", "--count", "40", "--threads",
        threads,
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      archives.append(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)/00000.tar")))
    }
    #expect(archives[0] == archives[1])
    let written = try Program.run([
      "evaluate", "--pretrained", model, "--data", "\(folder.path)/one", "--json",
    ])
    let ofShards = try JSONParser.parse(written.output)["metrics"], ofGenerator = try metrics(model)
    #expect(ofShards == ofGenerator)
    let inspected = try Program.run(["data", "inspect", "--data", "\(folder.path)/one", "--json"])
    let captions = try JSONParser.parse(inspected.output)["captions"]
    #expect(captions == 200)
  }

  @Test("a vocabulary of one's own can be trained and used")
  func trainTokenizer() throws {
    let vocabulary = "\(folder.path)/vocabulary"
    let outcome = try Program.run([
      "data", "train-tokenizer", "--data", "scenes:train?count=50", "--size", "520", "--output", vocabulary,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let files = try Folder.names(in: vocabulary)
    #expect(files.contains("tokenizer.json"))
    _ = try metrics(model, ["--tokenizer", vocabulary])
  }

  @Test(
    "every command's help shows an example",
    arguments: [
      ["evaluate"], ["embed"], ["convert"], ["models"], ["parity"], ["data", "scenes"], ["data", "train-tokenizer"],
      ["data", "inspect"],
    ])
  func help(command: [String]) throws {
    let outcome = try Program.run(command + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("Example: carbonclip"))
  }

  @Test("models lists the built-in shapes")
  func models() throws {
    let outcome = try Program.run(["models", "--json"])
    let models = try JSONParser.parse(outcome.output).arrayValue ?? []
    let base = models.first { $0["name"] == "ViT-B-16" }
    #expect(base?["parameters"] == 149_620_737)
  }
}
