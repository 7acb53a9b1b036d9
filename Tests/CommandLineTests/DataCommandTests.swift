import CLIPFiles
import Foundation
import Testing

@Suite("Data on the command line")
struct DataCommandTests {
  let folder: TemporaryFolder
  var model: String { "\(folder.path)/model" }

  init() throws {
    folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
  }

  private func scenes(_ name: String, seed: Int) throws {
    let outcome = try Program.run([
      "data", "scenes", "--output", "\(folder.path)/\(name)", "--split", "test", "--count", "20", "--seed", "\(seed)",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test("two data sets of one name keep their results, within a command and across commands")
  func resultFiles() throws {
    try scenes("d1/val", seed: 1)
    try scenes("d2/val", seed: 2)
    let together = try Program.run([
      "evaluate", "--pretrained", model, "--data", "\(folder.path)/d1/val", "--data", "\(folder.path)/d2/val",
      "--output", "\(folder.path)/one",
    ])
    #expect(together.status == 0, "\(together.errors)")
    let names = try Folder.names(in: "\(folder.path)/one")
    #expect(names == ["d1_val", "d2_val"].map { "\($0)_model_model_en_zeroshot_retrieval.json" })
    let fingerprints = try names.map {
      try JSONParser.parse(file: "\(folder.path)/one/\($0)")["data_fingerprint"]?.stringValue ?? ""
    }
    #expect(Set(fingerprints).count == 2)

    var notes: [String] = []
    for data in ["d1/val", "d2/val", "d1/val"] {
      let outcome = try Program.run([
        "evaluate", "--pretrained", model, "--data", "\(folder.path)/\(data)", "--output", "\(folder.path)/two",
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      notes.append(outcome.errors)
    }
    #expect(
      try Folder.names(in: "\(folder.path)/two")
        == ["d2_val", "val"].map { "\($0)_model_model_en_zeroshot_retrieval.json" })
    #expect(notes[0].isEmpty && notes[2].isEmpty)
    #expect(notes[1].contains("note: ") && notes[1].contains("holds the result of another evaluation"), "\(notes[1])")

    let named = try Program.run([
      "evaluate", "--pretrained", model, "--data", "\(folder.path)/d2/val", "--output", "\(folder.path)/two",
      "--dataset-name", "flickr", "--json",
    ])
    #expect(try JSONParser.parse(named.output)["dataset"] == "flickr")
    #expect(try Folder.names(in: "\(folder.path)/two").count == 3)
  }

  @Test("labels that do not fit the names end evaluate and embed with one line", arguments: ["evaluate", "embed"])
  func labels(command: String) throws {
    try scenes("s", seed: 1)
    // The toolkit's own shards with a class list that names no label of theirs would be skipped; folders show it.
    for (index, name) in ["a", "c"].enumerated() {
      try Folder.make("\(folder.path)/shift/\(name)")
      try folder.write([UInt8(index)], "shift/\(name)/0.jpg")
    }
    try folder.write(Array("red\ngreen\nblue\n".utf8), "shift/classnames.txt")
    let outcome = try Program.run(
      [command, "--pretrained", model, "--data", "\(folder.path)/shift"]
        + (command == "embed" ? ["--output", "\(folder.path)/o.safetensors"] : []))
    #expect(outcome.status == 1)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("2 class folders, but classnames.txt has 3 names"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/o.safetensors"))
  }

  @Test("embed writes nothing when features are not finite")
  func finite() throws {
    let weights = "\(model)/open_clip_model.safetensors"
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: weights)))
    // The last float of the file becomes NaN; whichever tensor holds it, prune and evaluate name it too.
    bytes.replaceSubrange((bytes.count - 4)..., with: [0, 0, 0xC0, 0x7F])
    try Data(bytes).write(to: URL(fileURLWithPath: weights))
    let outcome = try Program.run([
      "embed", "--pretrained", model, "--data", "scenes:test?count=5", "--output", "\(folder.path)/o.safetensors",
    ])
    #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains("not finite"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/o.safetensors"))
  }

  @Test("flags that would do nothing, and numbers beyond their ends, are wrong uses")
  func flags() throws {
    let scenes = ["--data", "scenes:test?count=5"]
    let evaluate = ["evaluate", "--pretrained", model] + scenes
    let uses: [([String], String)] = [
      (evaluate + ["--calibration-data", "nan"], "--calibration-data belongs to --precision int8"),
      (evaluate + ["--clipping", "largest"], "--clipping belongs to --precision int8"),
      (evaluate + ["--weight-rounding", "nearest"], "--weight-rounding belongs to --precision int8"),
      (evaluate + ["--precision", "int88"], "did you mean \"int8\"?"),
      (evaluate + ["--precision", "w4a8-g7"], "a group is a multiple of 16"),
      (evaluate + ["--precision", "w4a8"], "--precision w4a8-g64 looks at training pairs"),
      (evaluate + ["--split", "nonsense"], "--split \"nonsense\" is not what \"scenes:test?count=5\" generates"),
      (evaluate + ["--limit", "0"], "--limit must be from 1 to"),
      (evaluate + ["--max-image-pixels", "9000000000"], "--max-image-pixels must be from 1 to 2147483648"),
      (evaluate + ["--dataset-name", "a", "--dataset-name", "b"], "name all or none"),
      (["data", "inspect"] + scenes + ["--threads", "4294967296"], "--threads must be from 1 to 1024"),
      (["data", "inspect"] + scenes + ["--threads", "-1"], "--threads"),
      (["data", "inspect"] + scenes + ["--split", "val"], "--split \"val\" is not what"),
      (["data", "scenes", "--output", "\(folder.path)/x", "--threads", "0"], "--threads must be from 1 to 1024"),
      (["data", "scenes", "--output", "\(folder.path)/x", "--count", "0"], "--count must be from 1"),
      (
        ["data", "scenes", "--output", "\(folder.path)/x", "--shard-size", "9223372036854775807"],
        "--shard-size must be from 1"
      ),
      (
        [
          "data", "train-tokenizer", "--data", "scenes:train?count=5", "--output", "\(folder.path)/x",
          "--context-length=-1",
        ],
        "--context-length must be from 3 to 65536"
      ),
      (["parity", "x", "--threads", "1025"], "--threads must be from 1 to 1024"),
    ]
    for (arguments, message) in uses {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 64, "\(arguments)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/x"))
  }
}
