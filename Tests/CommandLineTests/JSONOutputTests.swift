import CLIPFiles
import Foundation
import Testing

/// `--json`: standard output is one JSON document, whatever happens.
@Suite("JSON of every command")
struct JSONOutputTests {
  private static let root = SearchKillTests.root

  @Test("every command has --json and an example in its help")
  func flags() throws {
    let leaves = try CommandTree().leaves
    #expect(leaves.count >= 17)
    for command in leaves {
      #expect(command.options.contains("json"), "\(command.path)")
      #expect(command.discussion.contains("carbonclip \(command.path.joined(separator: " "))"), "\(command.path)")
    }
  }

  @Test("every command's result is one document with what it found or wrote")
  func results() throws {
    let folder = try TemporaryFolder(), model = "\(folder.path)/model"
    try Checkpoint.write(to: model)
    let recipe = try SearchKillTests.recipe(folder, trials: 2)
    func out(_ name: String) -> String { "\(folder.path)/\(name)" }
    let few = "scenes:train?count=40&size=32"
    let study = ["--logs", folder.path, "--candidates", out("candidates"), "--name", "s"]
    let training = [
      "--train-data", few, "--train-num-samples", "16", "--batch-size", "8", "--epochs", "1", "--logs", folder.path,
    ]
    /// A command, its arguments, and what its document must hold.
    let runs: [(command: [String], arguments: [String], keys: [String])] = [
      (["search"], [recipe] + study, ["outcome", "front", "folder", "files", "footprint"]),
      (["search"], [recipe, "--status"] + study, ["finished", "trials", "running", "failed"]),
      (["search"], [recipe, "--dry-run"] + study, ["shapes", "accelerators", "proposals"]),
      (["report"], [out("s")], ["front", "folder", "files"]),
      (["report"], [out("tuned")], ["folder", "files", "tensorboard"]),
      (
        ["export"], [out("s"), "--output", out("best"), "--candidates", out("candidates")],
        ["trial", "files", "output"]
      ),
      (["export"], [model, "--format", "onnx", "--output", out("onnx")], ["format", "precision", "files"]),
      (
        ["prune"],
        [
          "--pretrained", model, "--vision-mlp", "32", "--calibration-data", few, "--calibration-samples", "32",
          "--rankings", out("rankings"), "--output", out("pruned"),
        ], ["before", "after", "output", "next", "files"]
      ),
      (
        ["bench"], [model, "--seconds", "0.01", "--warm-up", "0", "--csv", out("costs.csv")],
        ["processor", "threads", "measurements", "files"]
      ),
      (["estimate"], ["--model", model, "--uncertainty"], ["estimate", "carbon", "uncertainty"]),
      (
        ["train"],
        ["--model", out("model.json"), "--tokenizer", "\(Self.root)/data/vocabularies/scenes", "--name", "new"]
          + training, ["outcome", "steps", "folder", "files", "footprint"]
      ),
      (
        ["finetune"],
        ["--pretrained", model, "--val-data", "scenes:validation?count=20&size=32", "--name", "tuned"]
          + training, ["outcome", "steps", "samples", "folder", "metrics.metrics", "footprint.energy_j"]
      ),
      (["evaluate"], ["--pretrained", model, "--data", "scenes:test?count=20"], ["metrics", "dataset"]),
      (
        ["embed"], ["--pretrained", model, "--data", "scenes:test?count=10", "--output", out("f.safetensors")],
        ["output", "images", "captions", "files"]
      ),
      (["find"], ["a red circle", out("f.safetensors")], ["features", "images", "pretrained", "queries"]),
      (
        ["convert"], ["--pretrained", model, "--output", out("hf"), "--format", "hf"],
        ["output", "parameters", "files"]
      ),
      (["data", "scenes"], ["--output", out("shards"), "--count", "12"], ["output", "images", "files"]),
      (
        ["data", "train-tokenizer"], ["--data", few, "--size", "520", "--output", out("vocabulary")],
        ["tokens", "captions", "files"]
      ),
      (["data", "inspect"], ["--data", few], ["images", "captions", "data_fingerprint"]),
      (["models"], ["ViT-B-32"], []), (["list"], ["designs", "edge-base"], ["name", "text"]),
      (["parity"], ["\(Self.root)/Tests/CLIPTests/Fixtures/clip_s"], ["fixture", "quantities"]),
    ]
    // Those that a smaller input cannot shorten have tests of their own.
    let elsewhere = [["reproduce", "paper"], ["family"], ["trial"]]
    #expect(Set(runs.map(\.command) + elsewhere) == Set(try CommandTree().leaves.map(\.path)))
    // Reports of runs come after the runs.
    for run in runs.filter({ $0.command != ["report"] }) + runs.filter({ $0.command == ["report"] }) {
      let outcome = try Program.run(run.command + run.arguments + ["--json"])
      try #require(outcome.status == 0, "\(run.command): \(outcome.errors)")
      let document = try JSONParser.parse(outcome.output)
      for key in run.keys {
        var value: JSONValue? = document
        for part in key.split(separator: ".") { value = value?[String(part)] }
        #expect(value != nil && value != .null, "\(run.command): \(key) in \(outcome.output.prefix(2000))")
      }
      for file in document["files"]?.arrayValue ?? [] {
        let path = try #require(file["path"]?.stringValue)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == file["bytes"]?.intValue, "\(path)")
      }
      if let files = document["files"] { #expect(files.arrayValue?.isEmpty == false, "\(run.command)") }
    }
  }

  @Test("every command's error is one document on standard output beside the line on standard error")
  func faults() throws {
    let folder = try TemporaryFolder()
    let missing = "\(folder.path)/missing", file = try folder.write([1], "file")
    let runs: [[String]] = [
      ["search", missing], ["report", missing],
      ["export", missing, "--format", "onnx", "--output", folder.path + "/o"],
      ["prune", "--pretrained", missing, "--output", folder.path + "/o", "--vision-mlp", "8"],
      ["estimate", "--model", missing + "/a/b"], ["train", missing], ["finetune", missing],
      ["evaluate", "--pretrained", missing, "--data", "scenes:test"],
      ["embed", "--pretrained", missing, "--data", "scenes:test", "--output", folder.path + "/o.npz"],
      ["find", "a red circle", missing],
      ["convert", "--pretrained", missing, "--output", folder.path + "/o"], ["family", missing],
      ["data", "inspect", "--data", missing],
      ["data", "train-tokenizer", "--data", missing, "--output", folder.path + "/o"],
      ["data", "scenes", "--count", "4", "--output", file], ["models", "no such model"],
      ["list", "designs", "no such design"],
      ["bench", missing + "/a/b"], ["trial", missing + ".task"], ["parity", missing],
      ["reproduce", "paper", "--tables", missing],
    ]
    #expect(runs.count == (try CommandTree().leaves.count))
    for arguments in runs {
      let outcome = try Program.run(arguments + ["--json"])
      let error = try JSONParser.parse(outcome.output)["error"]
      let problem = try #require(error?["problem"]?.stringValue, "\(arguments): \(outcome.output)")
      #expect(outcome.status == 1, "\(arguments)")
      #expect(error?["exit_code"] == .integer(Int(outcome.status)))
      #expect(error?.objectValue?.keys == ["file", "at", "problem", "advice", "exit_code"])
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains(problem), "\(arguments): \(outcome.errors)")
      #expect(!problem.contains("\n"))
    }
  }

  @Test(
    "a wrong use is a document, too",
    arguments: [
      ["evaluate"], ["evaluate", "--data"], ["evaluat"], ["data", "inspct"], ["estimate", "--bogus", "1"],
      ["parity"], ["evaluate", "--pretrained", "x", "--data", "y", "--task", "z"],
    ])
  func wrongUse(arguments: [String]) throws {
    let outcome = try Program.run(arguments + ["--json"])
    #expect(outcome.status == 64)
    let error = try JSONParser.parse(outcome.output)["error"]
    #expect(error?["exit_code"] == 64)
    #expect(try outcome.errors.contains(#require(error?["problem"]?.stringValue)))
  }

  @Test("figures out of tolerance are the result, not another document")
  func outOfTolerance() throws {
    let folder = try TemporaryFolder(), fixtures = "\(Self.root)/Tests/CLIPTests/Fixtures"
    for ending in ["json", "io.safetensors"] {
      try FileManager.default.copyItem(atPath: "\(fixtures)/clip_s.\(ending)", toPath: "\(folder.path)/x.\(ending)")
    }
    // Weights that the recorded features do not belong to.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/clip_s.weights.safetensors"))
    for place in (bytes.count - 4000)..<bytes.count where place % 4 == 2 { bytes[place] ^= 0x40 }
    try bytes.write(to: URL(fileURLWithPath: "\(folder.path)/x.weights.safetensors"))
    let outcome = try Program.run(["parity", "\(folder.path)/x", "--json"])
    #expect(outcome.status == 1)
    #expect(try JSONParser.parse(outcome.output)["error"] == nil)
  }
}
