import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPRecipes
import Synchronization
import CLIPScenes
import CLIPTensors
import Testing
import CLIPTraining
import CLIPUnits
import CLIPWeights

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Trainer")
struct TrainerTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// A model that trains a step in a few milliseconds, in floats where `more` names no precision.
  static func request(
    _ folder: TemporaryFolder, _ more: String = "", epochs: Int = 2, preset: TrainingSettings.Preset = .train
  ) throws -> TrainingRequest {
    let model = "\(folder.path)/model.json"
    try AtomicFile.write(
      """
      {"embed_dim": 16, "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 16, "layers": 2, "head_width": 8},
       "text_cfg": {"context_length": 20, "vocab_size": 866, "width": 16, "heads": 2, "layers": 2}}
      """, to: model)
    let text = """
      model: \(model)
      tokenizer: \(root)/data/vocabularies/scenes
      train-data: scenes:train?count=400&size=32
      batch-size: 16
      epochs: \(epochs)
      train-num-samples: 96
      lr: 1e-3
      log-every-n-steps: 1
      save-every-minutes: 0
      \(more.contains("precision: ") ? "" : "precision: fp32")
      \(more)
      """
    return try TrainingRequest(try Recipe.parse(text, origin: "test"), preset: preset)
  }

  struct Run {
    let outcome: Trainer.Outcome
    let losses: [Int: Double]
    let weights: [[Float]]
  }

  /// Runs until the end, or until `stopAfter` steps have been taken.
  static func run(
    _ request: TrainingRequest, _ folder: TemporaryFolder, name: String, resume: Trainer.Resume = .never,
    stopAfter: Int? = nil, threads: Int = 2
  ) throws -> Run {
    var losses: [Int: Double] = [:], steps = 0
    let trainer = try request.trainer(
      in: "\(folder.path)/logs/\(name)", resume: resume, on: ThreadPool(threads: threads), version: "test"
    ) { event in
      if case .step(let record) = event {
        losses[record.step] = record.loss
        steps += 1
      }
    }
    let outcome = try trainer.run { stopAfter.map { steps >= $0 } ?? false }
    return Run(
      outcome: outcome, losses: losses, weights: trainer.parameters.entries.map { trainer.parameters[$0].elements })
  }

  @Test(
    "a run that is stopped and taken up again, at every step, ends with the same bits",
    arguments: ProductArithmetic.allCases)
  func resumes(precision: ProductArithmetic) throws {
    let folder = try TemporaryFolder(), request = try Self.request(folder, "precision: \(precision.rawValue)")
    let whole = try Self.run(request, folder, name: "whole")
    #expect(whole.outcome == .finished && whole.losses.count == 12)
    var losses: [Int: Double] = [:], last: Run?
    for session in 0..<13 {
      let part = try Self.run(
        request, folder, name: "parts", resume: .latest, stopAfter: 1, threads: session % 3 + 1)
      losses.merge(part.losses) { $1 }
      last = part
      if part.outcome == .finished { break }
    }
    #expect(last?.outcome == .finished)
    #expect(losses == whole.losses)
    #expect(last?.weights == whole.weights)
    // Each step is in the log once.
    let log = try TextFile.lines(of: "\(folder.path)/logs/parts/log.jsonl").map { try JSONParser.parse($0) }
    let steps = log.filter { $0["event"]?.stringValue == "step" }.compactMap { $0["step"]?.intValue }
    #expect(steps == Array(1...12))
  }

  @Test("a run in one precision is not gone on with in another")
  func precisionChange() throws {
    let folder = try TemporaryFolder()
    _ = try Self.run(try Self.request(folder), folder, name: "run", stopAfter: 1)
    let other = try Self.request(folder, "precision: amp")
    #expect(other.settings.precision == .bfloat16)
    let error = try #require(throws: InputError.self) {
      _ = try Self.run(other, folder, name: "run", resume: .latest)
    }
    #expect(error.description.contains("precision"), "\(error)")
    #expect(throws: InputError.self) { _ = try Self.request(folder, "precision: fp16") }
  }

  @Test("accumulated micro-batches are one large batch: the same losses and weights")
  func accumulation() throws {
    let folder = try TemporaryFolder()
    let whole = try Self.run(try Self.request(folder), folder, name: "whole")
    let parts = try Self.run(
      try Self.request(folder, "").with("batch-size", 4).with("accum-freq", 4).made(), folder, name: "parts")
    #expect(whole.losses == parts.losses)
    #expect(whole.weights == parts.weights)
  }

  @Test("distillation from cached features equals distillation from the teacher itself")
  func cachedTeacher() throws {
    let folder = try TemporaryFolder()
    _ = try Self.run(try Self.request(folder), folder, name: "teacher")
    let teacher = "\(folder.path)/logs/teacher/checkpoints/epoch_2"
    func student(_ source: String, _ name: String) throws -> Run {
      let request = try Self.request(
        folder, "distill-pretrained: \(teacher)\ndistill-features: \(source)\naugment: false\nseed: 5")
      return try Self.run(request, folder, name: name)
    }
    let online = try student("online", "online"), cached = try student("cached", "cached")
    // The second time the cache is read.
    let again = try student("cached", "again")
    #expect(cached.losses == again.losses)
    let files = try Folder.names(in: "\(folder.path)/logs/features")
    #expect(files.count == 1)
    for (step, loss) in online.losses {
      let other = try #require(cached.losses[step])
      #expect(abs(other - loss) < 1e-4 * abs(loss), "step \(step): \(loss), \(other)")
    }
  }

  @Test("cached teacher features follow the samples when a data set's order changes")
  func cachedTeacherReordered() throws {
    let folder = try TemporaryFolder()
    _ = try Self.run(try Self.request(folder), folder, name: "teacher")
    let forwards = "\(folder.path)/forwards", backwards = "\(folder.path)/backwards"
    try SceneShards(SceneGenerator(seed: 3, imageSize: 32, split: .train), samples: 96, samplesPerShard: 48).write(
      to: forwards, pool: ThreadPool(threads: 2), encode: PNGEncoder.encode)
    try FileManager.default.createDirectory(atPath: backwards, withIntermediateDirectories: true)
    for (from, to) in [("00000.tar", "00001.tar"), ("00001.tar", "00000.tar")] {
      try FileManager.default.copyItem(atPath: "\(forwards)/\(from)", toPath: "\(backwards)/\(to)")
    }
    func losses(_ data: String, _ cache: String, _ name: String) throws -> [Int: Double] {
      var recipe = try Self.request(
        folder,
        """
        distill-pretrained: \(folder.path)/logs/teacher/checkpoints/epoch_2
        distill-features: cached
        feature-cache: \(folder.path)/\(cache)
        seed: 5
        """
      ).resolved
      recipe["train-data"] = .string(data)
      let request = try TrainingRequest(try Recipe.parse(Recipe.text(recipe), origin: "test"), preset: .train)
      return try Self.run(request, folder, name: name).losses
    }
    _ = try losses(forwards, "shared", "first")
    #expect(try losses(backwards, "shared", "second") == losses(backwards, "own", "third"))
  }

  @Test("validation data that is not there is refused before the first step")
  func missingValidationData() throws {
    let folder = try TemporaryFolder()
    let request = try Self.request(folder, "val-data: \(folder.path)/nothing")
    #expect(throws: InputError.self) { try Self.run(request, folder, name: "run") }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/logs/run/log.jsonl"))
  }

  @Test("a resume point taken up in another folder brings its settings along")
  func foreignResumePoint() throws {
    let folder = try TemporaryFolder()
    _ = try Self.run(try Self.request(folder), folder, name: "first")
    let point = try #require(ResumePoint.files(in: "\(folder.path)/logs/first/checkpoints").last)
    let resume = Trainer.Resume.from("\(folder.path)/logs/first/checkpoints/\(point)")
    #expect(throws: InputError.self) {
      try Self.run(try Self.request(folder, "seed: 9"), folder, name: "other", resume: resume)
    }
    let same = try Self.run(try Self.request(folder), folder, name: "same", resume: resume)
    #expect(same.outcome == .finished)
  }

  @Test("every training recipe of the project is one")
  func recipes() throws {
    let names = try Folder.names(in: "\(Self.root)/recipes").filter { $0.hasSuffix(".yaml") }
    #expect(names.count >= 7)
    for name in names {
      let recipe = try Recipe.read("\(Self.root)/recipes/\(name)")
      // Recipes of a sweep or a search name the axes of what they try instead.
      if recipe["space"] != nil || recipe["hardware-space"] != nil || recipe["mode"] != nil || recipe["members"] != nil
      {
        continue
      }
      let preset: TrainingSettings.Preset = recipe["pretrained"] == nil ? .train : .finetune
      let request = try TrainingRequest(recipe, preset: preset)
      // What it resolved to is a recipe again, of the same settings.
      let again = try TrainingRequest(try Recipe.parse(Recipe.text(request.resolved), origin: name), preset: preset)
      #expect(Recipe.differences(request.resolved, again.resolved).isEmpty, "\(name)")
    }
  }

  @Test("the footprint of a run adds its sessions, and the log and the model card hold it")
  func footprint() throws {
    let folder = try TemporaryFolder(), request = try Self.request(folder, "grid: 100\npue: 1.5")
    func session(_ stopAfter: Int?) throws -> Trainer {
      var steps = 0
      let trainer = try request.trainer(
        in: "\(folder.path)/logs/a", resume: .latest, on: ThreadPool(threads: 1), version: "test"
      ) { if case .step = $0 { steps += 1 } }
      _ = try trainer.run { stopAfter.map { steps >= $0 } ?? false }
      return trainer
    }
    let first = try #require(try session(5).footprint), whole = try #require(try session(nil).footprint)
    #expect(first.sessions == 1 && whole.sessions == 2)
    #expect(whole.energy > first.energy && first.energy.value > 0)
    // 100 g a kWh, and half as much again for the building.
    #expect(abs(whole.carbon.value - whole.energy.value / 3.6e6 * 0.1 * 1.5) < 1e-9 * whole.carbon.value)
    let log = try TextFile.lines(of: "\(folder.path)/logs/a/log.jsonl").map { try JSONParser.parse($0) }
    let end = try #require(log.last { $0["event"]?.stringValue == "end" })
    #expect(end["footprint"]?["sessions"]?.intValue == 2)
    let energies = log.compactMap { $0["energy_joules"]?.doubleValue }
    #expect(energies.count == 12 && energies == energies.sorted())
    let card = try TextFile.text(of: "\(folder.path)/logs/a/checkpoints/epoch_2/README.md")
    #expect(card.contains("co2_eq_emissions:") && card.contains("100 gCO2e/kWh"))
  }

  @Test("a damaged newest resume point is passed over, and the run still ends with the same bits")
  func damagedPoint() throws {
    let folder = try TemporaryFolder(), request = try Self.request(folder)
    let whole = try Self.run(request, folder, name: "whole")
    for steps in [3, 4] { _ = try Self.run(request, folder, name: "hurt", resume: .latest, stopAfter: steps) }
    let checkpoints = "\(folder.path)/logs/hurt/checkpoints"
    let points = try Folder.names(in: checkpoints).filter { $0.hasPrefix("step_") }
    #expect(points == ["step_000000003.safetensors", "step_000000007.safetensors"])
    let newest = "\(checkpoints)/\(points[1])"
    var bytes = try TextFile.bytes(of: newest)
    bytes[bytes.count / 2] ^= 1
    try AtomicFile.write(bytes, to: newest)
    let rest = try Self.run(request, folder, name: "hurt", resume: .latest)
    #expect(rest.losses[4] != nil && rest.losses[3] == nil)
    #expect(rest.weights == whole.weights)
  }

  @Test("a run folder in use, a run that exists, and changed settings are refused")
  func refusals() throws {
    let folder = try TemporaryFolder(), request = try Self.request(folder)
    _ = try Self.run(request, folder, name: "a", stopAfter: 2)
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    #expect(message { _ = try Self.run(request, folder, name: "a") }.contains("holds a run already"))
    let changed = try Self.request(folder, "seed: 3")
    #expect(message { _ = try Self.run(changed, folder, name: "a", resume: .latest) }.contains("seed: 0 -> 3"))
    let held = try RunFolder("\(folder.path)/logs/a")
    #expect(message { _ = try Self.run(request, folder, name: "a", resume: .latest) }.contains("another process"))
    withExtendedLifetime(held) {}
  }

  @Test("steps whose loss is no number are skipped; three in a row stop the run with advice")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    let request = try Self.request(folder, "").with("lr", 1000).with("warmup", 0).made()
    do {
      _ = try Self.run(request, folder, name: "wild")
      Issue.record("a learning rate of 1000 should not end well")
    } catch let error as InputError {
      #expect(error.description.contains("three steps in a row") && error.description.contains("lower --lr"))
    }
    let log = try TextFile.lines(of: "\(folder.path)/logs/wild/log.jsonl").map { try JSONParser.parse($0) }
    #expect(log.count { $0["event"]?.stringValue == "skipped" } >= 3)
  }
}

extension TrainingRequest {
  /// The same settings with others put over them.
  func with(_ key: String, _ value: JSONValue) -> Changed { Changed(object: resolved).with(key, value) }

  struct Changed {
    var object: JSONObject
    func with(_ key: String, _ value: JSONValue) -> Changed {
      var copy = self
      copy.object[key] = value
      return copy
    }
    func made() throws -> TrainingRequest {
      try TrainingRequest(try Recipe.parse(Recipe.text(object), origin: "test"), preset: .train)
    }
  }
}
