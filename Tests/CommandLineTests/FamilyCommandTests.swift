import CLIPFiles
import Foundation
import Testing

/// A family that is killed at any moment goes on as if nothing had happened.
@Suite("The family command", .serialized)
struct FamilyCommandTests {
  /// A search that is finished, and a family over it, in a few seconds.
  private static func recipe(_ folder: TemporaryFolder) throws -> String {
    try SmallSearch(folder).family("least-accuracy: 0\nfinetune: {train-num-samples: 160}")
  }

  @Test("kills at random moments lose no training that was recorded, and run none of these again")
  func kills() throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder)
    let words = [
      "family", recipe, "--candidates", "\(folder.path)/candidates", "--output", "\(folder.path)/out", "--threads", "1",
    ]
    func runs() -> [String: String] {
      guard let text = try? TextFile.text(of: "\(folder.path)/family.json"), let json = try? JSONParser.parse(text)
      else {
        return [:]
      }
      return (json["models"]?.arrayValue ?? []).reduce(into: [:]) { found, model in
        for run in model["runs"]?.arrayValue ?? [] {
          found["\(model["name"]?.stringValue ?? "") \(run["seed"]?.intValue ?? -1)"] = run.text()
        }
      }
    }
    var kills = 0, known: [String: String] = [:]
    for session in 0..<12 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = words
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      let end = Date().addingTimeInterval(0.05 + 0.15 * Double(session))
      while process.isRunning, Date() < end { usleep(2000) }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal { kills += 1 }
      // What stood in the record stands there still, to the letter: it was not measured again.
      let now = runs()
      for (name, text) in known { #expect(now[name] == text, "\(name)") }
      known = now
    }
    #expect(kills >= 3)
    let last = try Program.run(words)
    try #require(last.status == 0, "\(last.errors)")
    let all = runs()
    #expect(Set(all.keys) == ["s 0", "s 1", "whole 0", "half 0", "half 1"])
    for (name, text) in known { #expect(all[name] == text, "\(name)") }
    // Test and validation are apart, and nothing is cut off.
    let figure = try TextFile.text(of: "\(folder.path)/out/family.svg")
    #expect(figure.contains("On test data") && figure.contains("On validation data: all 4 trials"))
    #expect(figure.components(separatedBy: "<title>trial ").count > 4)
  }

  @Test("two workers, and a coordinator that is killed, give the record of one process; none is trained twice")
  func spread() throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder)
    func words(_ name: String) throws -> [String] {
      let text = try TextFile.text(of: recipe).replacing("family.json", with: "\(name).json")
        .replacing("\(folder.path)/carbonclip-", with: "\(folder.path)/\(name)-")
      return [
        "family", try folder.write(Array(text.utf8), "\(name).yaml"), "--candidates", "\(folder.path)/\(name)",
        "--output", "\(folder.path)/out-\(name)", "--threads", "1",
      ]
    }
    let alone = try Program.run(words("alone"))
    try #require(alone.status == 0, "\(alone.errors)")
    let spread = try words("spread") + ["--workers", "2"]
    var kills = 0
    for session in 0..<3 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = spread
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      let end = Date().addingTimeInterval(0.5 + 0.4 * Double(session))
      while process.isRunning, Date() < end { usleep(2000) }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal { kills += 1 }
    }
    let last = try Program.run(spread)
    try #require(last.status == 0, "\(last.errors)")
    #expect(kills >= 1)
    func figures(_ name: String) throws -> [String] {
      try (JSONParser.parse(file: "\(folder.path)/\(name).json")["models"]?.arrayValue ?? []).flatMap { model in
        (model["runs"]?.arrayValue ?? []).map { run in
          let parts = ["validation", "test"].flatMap { [run[$0]?["float32"], run[$0]?["int8"]] }
          return "\(model["name"]?.stringValue ?? "") \(run["seed"]?.intValue ?? -1) \(parts.map { $0?.text() ?? "?" })"
        }
      }
    }
    #expect(try figures("spread") == figures("alone") && figures("alone").count == 5)
    let logs = "\(folder.path)/out-spread/workers"
    let finished = try Folder.names(in: logs).flatMap { name in
      try TextFile.lines(of: "\(logs)/\(name)").compactMap {
        $0.firstMatch(of: /^training-(\d+)\.\d+: finished$/).flatMap { Int($0.1) }
      }
    }
    #expect(finished.sorted() == Array(1...5))
    #expect(!Folder.exists("\(folder.path)/out-spread/tasks"))
  }

  @Test("sealed test sets are guessed by workers in every arithmetic, and opened once, whatever is given up by name")
  func sealed() throws {
    let folder = try TemporaryFolder()
    let search = try SmallSearch(
      folder, trials: 8, changes: SmallSearch.sealed(40, 90), adding: "arithmetic: [int8, w4a8]\ntrainings: 2")
    let status = try Program.run(["search", search.recipe, "--status", "--name", "s"] + search.study)
    #expect(status.output.contains("2 of at most 2 shapes trained"), "\(status.output) \(status.errors)")
    func family(_ baselines: String) throws -> [String] {
      search.words(
        try search.family(
          "least-accuracy: 0\nsealed: true\nfinetune: {train-num-samples: 32}", baselines: baselines))
    }
    let trained = try Program.run(family("") + ["--workers", "2"])
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("the test sets are sealed"))
    #expect(try !TextFile.text(of: "\(folder.path)/family.json").contains("\"test\""))
    let wider = try family(", extra: {vision-mlp: 16}") + ["--open"]
    let lacking = try Program.run(wider)
    #expect(lacking.status == 1 && lacking.errors.contains("extra, seed 0"), "\(lacking.errors)")
    #expect(try !TextFile.text(of: "\(folder.path)/family.json").contains("opened"))
    let opened = try Program.run(wider + ["--give-up", "extra", "--json"])
    try #require(opened.status == 0, "\(opened.errors)")
    let json = try JSONParser.parse(opened.output)
    #expect(json["opened"]?["given_up"] == ["extra"] && json["opened"]?["digest"]?.stringValue != nil)
    let tests = (json["models"]?.arrayValue ?? []).map { $0["test"]?.doubleValue }
    #expect(tests.count == 6 && tests.allSatisfy { $0 != nil })
    let again = try Program.run(wider + ["--give-up", "extra"])
    #expect(again.status == 1 && again.errors.contains("opened once"), "\(again.errors)")
  }

  @Test("what the recipe names is looked at before the first training")
  func looked() throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder)
    let text = try TextFile.text(of: recipe) + "\ntrain-data: /nonexistent.tar\n"
    let changed = try folder.write(Array(text.utf8), "changed.yaml")
    let found = try Program.run(["family", changed, "--candidates", "\(folder.path)/c", "--output", "\(folder.path)/o"])
    #expect(found.status == 1 && found.errors.contains("/nonexistent.tar"), "\(found.errors)")
    #expect(!Folder.exists("\(folder.path)/c"))
  }
}
