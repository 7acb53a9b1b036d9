import CLIPCompute
import CLIPFiles
import Foundation
import CLIPImageText
import CLIPImages
import CLIPRecipes
import CLIPScenes
import Testing
import CLIPTraining
import CLIPWeights

/// What a run does about data that cannot be used, or is no longer the same.
@Suite("Trainer: data")
struct TrainerDataTests {
  /// Pictures of scenes with their captions in a table; those in `broken` are cut short.
  private static func write(_ count: Int, broken: Set<Int> = [], to folder: TemporaryFolder, _ name: String = "data")
    throws -> String
  {
    let path = "\(folder.path)/\(name)", generator = try SceneGenerator(seed: 3, imageSize: 32, split: .train)
    try Folder.make(path)
    var table = "filepath\ttitle\n"
    for index in 0..<count {
      let sample = generator.sample(index), bytes = try PNGEncoder.encode(sample.image)
      try AtomicFile.write(
        broken.contains(index) ? Array(bytes.prefix(bytes.count / 2)) : bytes, to: "\(path)/\(index).png")
      table += "\(index).png\t\(sample.captions[0])\n"
    }
    try AtomicFile.write(table, to: "\(path)/pairs.csv")
    return "\(path)/pairs.csv"
  }

  private static func request(
    _ folder: TemporaryFolder, _ data: String, _ changes: [(String, JSONValue)] = [],
    preset: TrainingSettings.Preset = .train
  ) throws -> TrainingRequest {
    var recipe = try TrainerTests.request(folder).resolved
    recipe["train-data"] = .string(data)
    recipe["train-num-samples"] = nil
    recipe["batch-size"] = 4
    for (key, value) in changes { recipe[key] = value == .null ? nil : value }
    return try TrainingRequest(try Recipe.parse(Recipe.text(recipe), origin: "test"), preset: preset)
  }

  private static func events(_ folder: TemporaryFolder, _ name: String) throws -> [JSONValue] {
    try TextFile.lines(of: "\(folder.path)/logs/\(name)/log.jsonl").map { try JSONParser.parse($0) }
  }

  private static func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test("with unreadable samples exactly the epochs asked for are written, once each, and what was left out is said")
  func epochs() throws {
    let folder = try TemporaryFolder(), data = try Self.write(40, broken: [3, 14, 15, 36], to: folder)
    let request = try Self.request(folder, data, [("epochs", 5), ("val-data", "scenes:validation?count=8&size=32")])
    let run = try TrainerTests.run(request, folder, name: "a")
    #expect(run.losses.count == 50)
    let names = try Folder.names(in: "\(folder.path)/logs/a/checkpoints").filter { $0.hasPrefix("epoch_") }
    #expect(names == (1...5).map { "epoch_\($0)" })
    let log = try Self.events(folder, "a")
    func steps(_ event: String) -> [Int] {
      log.filter { $0["event"]?.stringValue == event }.compactMap { $0["step"]?.intValue }
    }
    #expect(steps("exported") == [10, 20, 30, 40, 50] && steps("validation") == [10, 20, 30, 40, 50])
    for step in log where step["event"]?.stringValue == "step" {
      #expect(step["epoch"]?.doubleValue == Double(step["step"]?.intValue ?? 0) / 10)
    }
    let end = try #require(log.last { $0["event"]?.stringValue == "end" })
    #expect(end["left_out"]?["samples"] == 4)
    #expect((end["left_out"]?["draws"]?.intValue ?? 0) >= 20)
    #expect(end["left_out"]?["first"]?.arrayValue?.count == 4)
    let card = try TextFile.text(of: "\(folder.path)/logs/a/checkpoints/epoch_5/README.md")
    #expect(card.contains("4 samples could not be used and were left out"), "\(card)")
  }

  @Test("a run with unreadable samples that is stopped at every step ends with the same bits")
  func resumes() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, broken: [3, 14, 15, 20], to: folder)
    let request = try Self.request(folder, data, [("epochs", 3)])
    let whole = try TrainerTests.run(request, folder, name: "whole")
    var last: TrainerTests.Run?, losses: [Int: Double] = [:]
    for session in 0..<19 {
      let part = try TrainerTests.run(
        request, folder, name: "parts", resume: .latest, stopAfter: 1, threads: session % 2 + 1)
      losses.merge(part.losses) { $1 }
      last = part
      if part.outcome == .finished { break }
    }
    #expect(last?.outcome == .finished && losses == whole.losses && last?.weights == whole.weights)
    func end(_ name: String) throws -> JSONValue? {
      try Self.events(folder, name).last { $0["event"]?.stringValue == "end" }?["left_out"]
    }
    #expect(try end("parts") == end("whole"))
  }

  @Test("data that changed is refused when a run is taken up again, and --force goes on")
  func changedData() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, to: folder)
    let request = try Self.request(folder, data)
    _ = try TrainerTests.run(request, folder, name: "a", stopAfter: 2)
    _ = try Self.write(40, to: folder)
    let changed = Self.message { _ = try TrainerTests.run(request, folder, name: "a", resume: .latest) }
    #expect(changed.contains("40 samples, 24 before") && changed.contains("--force"), "\(changed)")
    do {
      // It holds the run's lock as long as it lives.
      let forced = try request.trainer(
        in: "\(folder.path)/logs/a", resume: .latest, allowsChanges: true, on: ThreadPool(threads: 1), version: "test"
      ) { _ in }
      #expect(try forced.run { false } == .finished && forced.steps == 20)
    }
    // As many samples, other captions.
    _ = try Self.write(40, to: folder)
    let table = try TextFile.text(of: data)
    try AtomicFile.write(table.replacing(".png\t", with: ".png\tso "), to: data)
    let other = Self.message { _ = try TrainerTests.run(request, folder, name: "a", resume: .latest) }
    #expect(other.contains("training data") && other.contains("as many samples (40)"), "\(other)")
  }

  @Test("changed validation data and a changed teacher are refused too; the same data elsewhere is not")
  func changedOthers() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, to: folder)
    _ = try TrainerTests.run(try Self.request(folder, data, [("epochs", 1)]), folder, name: "teacher")
    let other = try Self.request(folder, data, [("epochs", 1), ("seed", 7)])
    _ = try TrainerTests.run(other, folder, name: "other")
    let teacher = "\(folder.path)/teacher"
    func copy(_ name: String) throws {
      try? FileManager.default.removeItem(atPath: teacher)
      try FileManager.default.copyItem(atPath: "\(folder.path)/logs/\(name)/checkpoints/epoch_1", toPath: teacher)
    }
    try copy("teacher")
    let validation = try Self.write(8, to: folder, "validation")
    let request = try Self.request(
      folder, data, [("distill-pretrained", .array([.string(teacher)])), ("val-data", .string(validation))])
    _ = try TrainerTests.run(request, folder, name: "a", stopAfter: 2)
    try copy("other")
    let changed = Self.message { _ = try TrainerTests.run(request, folder, name: "a", resume: .latest) }
    #expect(changed.contains("teacher 1: other weights than before"), "\(changed)")
    try copy("teacher")
    _ = try Self.write(9, to: folder, "validation")
    let measured = Self.message { _ = try TrainerTests.run(request, folder, name: "a", resume: .latest) }
    #expect(measured.contains("validation data") && measured.contains("9 samples, 8 before"), "\(measured)")
    _ = try Self.write(8, to: folder, "validation")
    #expect(try TrainerTests.run(request, folder, name: "a", resume: .latest).outcome == .finished)
  }

  @Test("a resume point of a version that kept no identity is taken up with a note")
  func oldPoint() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, to: folder)
    let request = try Self.request(folder, data)
    _ = try TrainerTests.run(request, folder, name: "a", stopAfter: 8)
    let checkpoints = "\(folder.path)/logs/a/checkpoints"
    let point = try ResumePoint(path: "\(checkpoints)/\(try #require(ResumePoint.files(in: checkpoints).last))")
    var state = point.state
    for key in ["data", "left_out", "batches"] { state[key] = nil }
    state["skipped_samples"] = 0
    let file = try SafetensorsFile(path: point.path)
    let tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
    try ResumePoint.write(step: point.step, tensors, state: state, to: checkpoints, keeping: 2)
    var notes: [String] = []
    let trainer = try request.trainer(
      in: "\(folder.path)/logs/a", resume: .latest, on: ThreadPool(threads: 1), version: "test"
    ) { if case .note(let text) = $0 { notes.append(text) } }
    #expect(notes.contains { $0.contains("does not say which data") }, "\(notes)")
    #expect(try trainer.run { false } == .finished)
    let whole = try TrainerTests.run(request, folder, name: "whole")
    #expect(trainer.parameters.entries.map { trainer.parameters[$0].elements } == whole.weights)
  }

  @Test("a resume point that tells its teachers by an earlier version's fingerprints is taken up with a note")
  func oldFingerprints() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, to: folder)
    _ = try TrainerTests.run(try Self.request(folder, data, [("epochs", 1)]), folder, name: "teacher")
    let teacher = "\(folder.path)/logs/teacher/checkpoints/epoch_1"
    let request = try Self.request(folder, data, [("distill-pretrained", .array([.string(teacher)]))])
    _ = try TrainerTests.run(request, folder, name: "a", stopAfter: 2)
    let checkpoints = "\(folder.path)/logs/a/checkpoints"
    let point = try ResumePoint(path: "\(checkpoints)/\(try #require(ResumePoint.files(in: checkpoints).last))")
    var state = point.state, identities = try #require(state["data"]?.objectValue)
    #expect(identities["teachers"]?.arrayValue?.first?.stringValue?.hasPrefix("te1-") == true)
    identities["teachers"] = ["3f2a90"]
    state["data"] = .object(identities)
    let file = try SafetensorsFile(path: point.path)
    let tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
    try ResumePoint.write(step: point.step, tensors, state: state, to: checkpoints, keeping: 2)
    var notes: [String] = []
    let trainer = try request.trainer(
      in: "\(folder.path)/logs/a", resume: .latest, on: ThreadPool(threads: 1), version: "test"
    ) { if case .note(let text) = $0 { notes.append(text) } }
    #expect(notes.contains { $0.contains("an earlier version's fingerprints") }, "\(notes)")
    #expect(try trainer.run() == .finished)
  }

  @Test("teacher features are computed of the samples that the run draws, and found again without the data being read")
  func plannedFeatures() throws {
    let folder = try TemporaryFolder(), data = try Self.write(40, broken: [5], to: folder)
    _ = try TrainerTests.run(try Self.request(folder, data, [("epochs", 1)]), folder, name: "teacher")
    func computed(_ samples: Int, _ epochs: Int, _ name: String) throws -> [Int] {
      let request = try Self.request(
        folder, data,
        [
          ("distill-pretrained", .array([.string("\(folder.path)/logs/teacher/checkpoints/epoch_1")])),
          ("train-num-samples", .integer(samples)), ("epochs", .integer(epochs)), ("distill-features", "cached"),
        ])
      var totals: [Int] = []
      let trainer = try request.trainer(
        in: "\(folder.path)/logs/\(name)", resume: .never, on: ThreadPool(threads: 2), version: "test"
      ) { if case .preparing("teacher features", _, let total) = $0 { totals.append(total) } }
      _ = try trainer.run { false }
      return totals
    }
    #expect(try computed(8, 1, "a") == [8])
    #expect(try computed(8, 1, "b").isEmpty)
    // The next epochs draw others: those are added to the same file.
    #expect(try computed(8, 3, "c") == [16])
    #expect(try computed(8, 3, "d").isEmpty && computed(8, 1, "e").isEmpty)
    #expect(try Folder.names(in: "\(folder.path)/logs/features").count == 1)
  }

  @Test("what a cache held before changes no bit of a run, nor do samples that were not foreseen")
  func cacheHistory() throws {
    let folder = try TemporaryFolder(), data = try Self.write(40, broken: [5, 6, 30], to: folder)
    _ = try TrainerTests.run(try Self.request(folder, data, [("epochs", 1)]), folder, name: "teacher")
    func losses(_ samples: Int, _ epochs: Int, _ cache: String, _ name: String) throws -> [Int: Double] {
      let request = try Self.request(
        folder, data,
        [
          ("distill-pretrained", .array([.string("\(folder.path)/logs/teacher/checkpoints/epoch_1")])),
          ("train-num-samples", .integer(samples)), ("epochs", .integer(epochs)), ("distill-features", "cached"),
          ("feature-cache", .string("\(folder.path)/\(cache)")), ("losses", ["feature": 1]), ("lr-scheduler", "const"),
        ])
      return try TrainerTests.run(request, folder, name: name).losses
    }
    let alone = try losses(12, 1, "own", "alone")
    let long = try losses(12, 3, "shared", "long")
    #expect(AlikeRows.same(try losses(12, 1, "shared", "after"), alone))
    #expect(AlikeRows.same(try losses(12, 3, "own", "longer"), long))
  }

  @Test("fine-tuning validates once before its first step; its card says what was before")
  func baseline() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, to: folder)
    _ = try TrainerTests.run(try Self.request(folder, data, [("epochs", 1)]), folder, name: "start")
    let changes: [(String, JSONValue)] = [
      ("pretrained", .string("\(folder.path)/logs/start/checkpoints/epoch_1")), ("model", .null),
      ("val-data", "scenes:validation?count=8&size=32"),
    ]
    let request = try Self.request(folder, data, changes, preset: .finetune)
    for stop in [1, 3, nil] {
      _ = try TrainerTests.run(request, folder, name: "a", resume: .latest, stopAfter: stop)
    }
    let validations = try Self.events(folder, "a").filter { $0["event"]?.stringValue == "validation" }
    #expect(validations.compactMap { $0["step"]?.intValue } == [0, 6, 12])
    let card = try TextFile.text(of: "\(folder.path)/logs/a/checkpoints/epoch_2/README.md")
    #expect(card.contains("| before the first step | ") && card.contains(" now |\n"), "\(card)")
    let silent = try Self.request(folder, data, changes + [("val-frequency", 0)], preset: .finetune)
    _ = try TrainerTests.run(silent, folder, name: "b")
    let last = try Self.events(folder, "b").filter { $0["event"]?.stringValue == "validation" }
    #expect(last.compactMap { $0["step"]?.intValue } == [12])
  }

  @Test("a short run's footprint covers all of it; log and card end with the same figure, and no step line is stale")
  func footprint() throws {
    let folder = try TemporaryFolder(), data = try Self.write(24, to: folder)
    let run = try TrainerTests.run(try Self.request(folder, data), folder, name: "a")
    #expect(run.outcome == .finished)
    let log = try Self.events(folder, "a"), end = try #require(log.last)
    let seconds = try #require(end["seconds"]?.doubleValue),
      wall = try #require(end["footprint"]?["wall_s"]?.doubleValue)
    #expect(abs(seconds - wall) < 0.02 * seconds + 0.001, "\(seconds) \(wall)")
    let steps = log.filter { $0["event"]?.stringValue == "step" }.compactMap { $0["energy_joules"]?.doubleValue }
    #expect(Set(steps).count == steps.count && steps == steps.sorted())
    let total = try #require(end["footprint"]?["energy_j"]?.doubleValue)
    #expect(total >= steps.last ?? 0)
    let grams = try #require(end["footprint"]?["carbon_kgco2e"]?.doubleValue) * 1000
    let card = try TextFile.text(of: "\(folder.path)/logs/a/checkpoints/epoch_2/README.md")
    let line = try #require(card.split(separator: "\n").first { $0.contains("emissions: ") })
    let said = try #require(Double(line.split(separator: " ").last ?? ""))
    #expect(abs(said - grams) <= 0.51e-6, "\(line), \(grams)")
  }
}
