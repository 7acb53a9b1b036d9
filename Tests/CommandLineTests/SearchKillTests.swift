import CLIPFiles
import Foundation
import Testing

/// A search that is killed at any moment goes on as if nothing had happened.
@Suite("Killed searches", .serialized)
struct SearchKillTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// A base model and a recipe that searches over it in a few seconds.
  static func recipe(_ folder: TemporaryFolder, trials: Int = 12, looks: String = "false") throws -> String {
    let model = try folder.write(
      Array(
        """
        {"embed_dim": 16, "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 16, "layers": 2, "head_width": 8},
         "text_cfg": {"context_length": 20, "vocab_size": 866, "width": 16, "heads": 2, "layers": 2}}
        """.utf8), "model.json")
    let made = try Program.run([
      "train", "--model", model, "--tokenizer", "\(root)/data/vocabularies/scenes", "--train-data",
      "scenes:train?count=200&size=32", "--batch-size", "16", "--epochs", "1", "--train-num-samples", "64", "--lr",
      "1e-3", "--logs", folder.path, "--name", "base",
    ])
    try #require(made.status == 0, "\(made.errors)")
    return try folder.write(
      Array(
        """
        mode: carbon
        pretrained: \(folder.path)/base/checkpoints/epoch_1
        train-data: scenes:train?count=200&size=32
        val-data: scenes:validation?count=40&size=32
        test-data: scenes:test?count=24&size=32
        model-space: {vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16], text-mlp: [16, 32, 64]}
        hardware: camera-1920
        scenario: camera
        strategy: magnitude
        calibration-samples: 16
        finetune: {train-num-samples: 96, batch-size: 16, lr: 1e-3}
        trials: \(trials)
        initial-trials: \(min(5, trials))
        looks: \(looks)
        """.utf8), "search.yaml")
  }

  private static func front(_ folder: TemporaryFolder, _ name: String) throws -> [String] {
    // Everything but the time that trials took.
    try TextFile.lines(of: "\(folder.path)/\(name)/s/front.csv")
  }

  @Test(
    "twenty kills at random moments lose no finished trial, double none, and change nothing of the front",
    arguments: ["false", "{first: 6, per-trial: 2}"])
  func kills(looks: String) throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder, looks: looks)
    func arguments(_ name: String) -> [String] {
      [
        "search", recipe, "--logs", "\(folder.path)/\(name)", "--candidates", "\(folder.path)/\(name)/candidates",
        "--name", "s", "--threads", "1",
      ]
    }
    let whole = try Program.run(arguments("whole"))
    try #require(whole.status == 0, "\(whole.errors)")
    var kills = 0, sessions = 0, finished = 0
    while kills < 20, sessions < 60 {
      sessions += 1
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = arguments("killed") + (sessions > 1 ? ["--resume"] : [])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      let end = Date().addingTimeInterval(Double.random(in: 0.02...(sessions % 4 == 0 ? 1.0 : 0.4)))
      while process.isRunning, Date() < end { usleep(1000) }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      guard process.terminationReason == .uncaughtSignal else { continue }
      kills += 1
      let status = try Program.run(arguments("killed") + ["--status"])
      // Killed before there was a study: the next begins it.
      guard status.status == 0 else {
        #expect(finished == 0)
        continue
      }
      if let count = status.output.firstMatch(of: /: (\d+) of 12 trials finished/), let number = Int(count.1) {
        #expect(number >= finished, "\(status.output)")
        finished = number
      } else {
        Issue.record("\(status.output)")
      }
      #expect(!status.output.contains("runs for"), "a process that was killed: \(status.output)")
    }
    #expect(kills >= 20)
    let last = try Program.run(arguments("killed") + ["--resume"])
    try #require(last.status == 0, "\(last.errors)")
    #expect(try Self.front(folder, "killed") == Self.front(folder, "whole"))
    let rows = try TextFile.lines(of: "\(folder.path)/killed/s/trials.csv").filter { !$0.isEmpty }
    #expect(rows.count == 13)
    guard looks != "false" else { return }
    // Shapes that were looked at, without the times: the same ones, each once.
    func looked(_ name: String) throws -> [String] {
      try TextFile.lines(of: "\(folder.path)/\(name)/s/looks.csv").filter { !$0.isEmpty }.map {
        $0.split(separator: ",", omittingEmptySubsequences: false).prefix(8).joined(separator: ",")
      }
    }
    #expect(try looked("killed") == looked("whole"))
    #expect(try Set(looked("killed")).count == looked("killed").count && looked("killed").count > 12)
  }

  @Test("a study that was begun is not begun again, can be added to, shared by two processes, reported and exported")
  func life() throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder)
    let base = [
      "search", recipe, "--logs", "\(folder.path)/logs", "--candidates", "\(folder.path)/candidates", "--name", "s",
    ]
    let dry = try Program.run(base + ["--dry-run", "--threads", "1"])
    #expect(dry.status == 0 && dry.output.contains("first proposals") && dry.output.contains("model shapes"))
    #expect(!Folder.exists("\(folder.path)/logs/s"))
    let missing = try Program.run(base + ["--status"])
    #expect(missing.status == 1 && missing.errors.contains("there is no study"))
    let first = try Program.run(base + ["--trials", "4", "--threads", "1"])
    try #require(first.status == 0, "\(first.errors)")
    // A model that saw 64 samples guesses, and nothing that guesses is an answer.
    #expect(first.output.contains("cannot be told from guessing") && !first.output.contains("* recommended"))
    #expect(!first.output.contains("The answer, trial") && !Folder.exists("\(folder.path)/logs/s/carbonclip"))
    let again = try Program.run(base)
    #expect(again.status == 1 && again.errors.contains("was begun before: 4 of 4 trials finished"), "\(again.errors)")
    let more = try Program.run(base + ["--add-trials", "4", "--workers", "2"])
    try #require(more.status == 0, "\(more.errors)")
    let status = try Program.run(base + ["--status"])
    #expect(status.output.contains("8 of 8 trials finished"), "\(status.output)")
    let report = try Program.run(["report", "\(folder.path)/logs/s"])
    try #require(report.status == 0, "\(report.errors)")
    for name in ["report.html", "search.json", "front.csv", "trials.csv", "recipe.yaml"] {
      #expect(Folder.containsFile("\(folder.path)/logs/s/\(name)"), "\(name)")
    }
    let export = try Program.run([
      "export", "\(folder.path)/logs/s", "--trial", "2", "--output", "\(folder.path)/out", "--candidates",
      "\(folder.path)/candidates",
    ])
    try #require(export.status == 0, "\(export.errors)")
    let evaluated = try Program.run([
      "evaluate", "--pretrained", "\(folder.path)/out", "--data", "scenes:test?count=24&size=32", "--precision", "int8",
      "--calibration-data", "scenes:train?count=100&size=32", "--calibration-samples", "16",
    ])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let none = try Program.run(["export", "\(folder.path)/logs/s", "--trial", "99", "--output", "\(folder.path)/x"])
    #expect(none.status == 1 && none.errors.contains("trial 99 has no model"))
  }
}
