import CLIPFiles
import Foundation
import Testing
import CLIPWeights

/// A run that is killed at any moment goes on as if nothing had happened.
@Suite("Killed runs", .serialized)
struct KillTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  private static func arguments(
    _ folder: TemporaryFolder, data: String, name: String, precision: String = "fp32"
  ) throws -> [String] {
    let model = try folder.write(
      Array(
        """
        {"embed_dim": 32, "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 48, "layers": 3, "head_width": 16},
         "text_cfg": {"context_length": 24, "vocab_size": 866, "width": 32, "heads": 2, "layers": 2}}
        """.utf8), "model.json")
    return [
      "train", "--model", model, "--tokenizer", "\(root)/data/vocabularies/scenes", "--train-data", data, "--val-data",
      "scenes:validation?count=40&size=32", "--batch-size", "32", "--epochs", "3", "--train-num-samples", "1600",
      "--lr",
      "1e-3", "--log-every-n-steps", "1", "--save-every-minutes", "0.0005", "--logs", "\(folder.path)/logs", "--name",
      name, "--precision", precision,
    ]
  }

  /// Starts the program and kills it after a while, unless it ends before; at the latest when it has logged four steps, so
  /// that a run of 150 takes more than twenty kills on any machine.
  /// - Returns: whether it was killed
  private static func runKilled(_ arguments: [String], after seconds: Double, log: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let end = Date().addingTimeInterval(seconds)
    func steps() -> Int {
      ((try? TextFile.text(of: log)) ?? "").split(separator: "\n").count { $0.contains("\"step\",\"step\":") }
    }
    let before = steps()
    while process.isRunning, Date() < end, steps() < before + 4 { usleep(1000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }

  private static func losses(_ folder: TemporaryFolder, _ name: String) throws -> [String] {
    try TextFile.lines(of: "\(folder.path)/logs/\(name)/log.jsonl").map { try JSONParser.parse($0) }
      .filter { $0["event"]?.stringValue == "step" }
      .map {
        "\($0["step"]?.intValue ?? -1) \($0["loss"]?.doubleValue ?? .nan) \($0["gradient_norm"]?.doubleValue ?? .nan)"
      }
  }

  private static func weights(_ folder: TemporaryFolder, _ name: String) throws -> [UInt8] {
    try TextFile.bytes(of: "\(folder.path)/logs/\(name)/checkpoints/epoch_3/open_clip_model.safetensors")
  }

  @Test(
    "twenty kills at random moments change no loss and no bit of the weights",
    arguments: [("scenes", "fp32"), ("shards", "fp32"), ("scenes", "amp_bf16")])
  func kills(kind: String, precision: String) throws {
    let folder = try TemporaryFolder()
    var data = "scenes:train?count=1600&size=32"
    if kind == "shards" {
      let made = try Program.run([
        "data", "scenes", "--output", "\(folder.path)/shards", "--split", "train", "--count", "1600", "--size", "32",
      ])
      try #require(made.status == 0, "\(made.errors)")
      data = "\(folder.path)/shards"
    }
    let whole = try Program.run(try Self.arguments(folder, data: data, name: "whole", precision: precision))
    try #require(whole.status == 0, "\(whole.errors)")

    let arguments =
      try Self.arguments(folder, data: data, name: "killed", precision: precision) + ["--resume", "latest"]
    var generator = SystemRandomNumberGenerator(), kills = 0, sessions = 0
    // Short first, so that start-up and the first save are hit too; then long enough to get on, where the machine is fast.
    while kills < 20, sessions < 200 {
      sessions += 1
      let seconds = Double.random(in: 0.01...(sessions < 8 ? 0.15 : 0.3), using: &generator)
      let log = "\(folder.path)/logs/killed/log.jsonl"
      if try Self.runKilled(arguments, after: seconds, log: log) { kills += 1 } else { break }
    }
    let last = try Program.run(arguments)
    try #require(last.status == 0, "\(last.errors)")
    #expect(kills >= 20, "only \(kills) kills before the run was done")
    let killedLosses = try Self.losses(folder, "killed"), wholeLosses = try Self.losses(folder, "whole")
    #expect(killedLosses == wholeLosses && wholeLosses.count == 150)
    let killed = try Self.weights(folder, "killed"), uninterrupted = try Self.weights(folder, "whole")
    #expect(killed == uninterrupted)
    let leftovers = try Folder.names(in: "\(folder.path)/logs/killed/checkpoints").filter { $0.contains("partial") }
    #expect(leftovers.isEmpty)
  }

  @Test(
    "Ctrl-C, SIGTERM and a closed terminal save, print the command that goes on, and exit with 128 + the signal",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func signals(number: Int32) throws {
    let folder = try TemporaryFolder(), process = Process(), errors = Pipe()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = try Self.arguments(folder, data: "scenes:train?count=100000&size=32", name: "a")
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let log = "\(folder.path)/logs/a/log.jsonl"
    // The first step is logged before the signal comes.
    let end = Date().addingTimeInterval(60)
    while ((try? TextFile.text(of: log)) ?? "").split(separator: "\n").count < 3, Date() < end { usleep(1000) }
    kill(process.processIdentifier, number)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 128 + number)
    #expect(text.contains("--resume latest") && text.contains("everything is saved"), "\(text)")
    let points = try Folder.names(in: "\(folder.path)/logs/a/checkpoints").filter { $0.hasPrefix("step_") }
    #expect(!points.isEmpty)
  }
}
