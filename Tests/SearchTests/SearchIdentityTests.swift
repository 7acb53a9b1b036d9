import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPTraining
import Foundation
import Testing

/// What tells a search's candidates and studies apart: all that a measurement depends on.
@Suite("Identities of candidates and studies")
struct SearchIdentityTests {
  /// The fixture's base model again, one of its files changed.
  private static func copy(_ fixture: SearchFixture, _ name: String, _ change: (String) throws -> Void) throws -> String
  {
    let folder = "\(fixture.folder)/\(name)"
    try FileManager.default.copyItem(atPath: fixture.base, toPath: folder)
    try change(folder)
    return folder
  }

  private static func key(_ fixture: SearchFixture, _ base: String) throws -> String {
    let recipe = try fixture.recipe(["pretrained": base])
    let trainer = try CandidateTrainer(
      recipe, folder: "\(fixture.folder)/candidates", on: ThreadPool(threads: 1), version: "test")
    return try trainer.key([0, 0, 0])
  }

  @Test("the same weights with another preparation of pictures or another vocabulary are another base model")
  func keys() throws {
    let fixture = try SearchFixture()
    let same = try Self.copy(fixture, "same") { _ in }
    let prepared = try Self.copy(fixture, "prepared") { folder in
      let path = "\(folder)/open_clip_config.json"
      var config = try #require(try JSONParser.parse(try TextFile.text(of: path)).objectValue)
      var preprocess = try #require(config["preprocess_cfg"]?.objectValue)
      preprocess["mean"] = .array([0.1, 0.2, 0.3].map { .number($0) })
      config["preprocess_cfg"] = .object(preprocess)
      try AtomicFile.write(JSONValue.object(config).text(), to: path)
    }
    let spoken = try Self.copy(fixture, "spoken") { folder in
      // The last two merges change places: as many tokens, other ids.
      let path = "\(folder)/merges.txt"
      if Folder.containsFile("\(folder)/tokenizer.json") { try Folder.remove("\(folder)/tokenizer.json") }
      var lines = try TextFile.lines(of: path)
      lines.swapAt(lines.count - 1, lines.count - 2)
      try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: path)
    }
    let known = try Self.key(fixture, fixture.base)
    #expect(try Self.key(fixture, same) == known)
    #expect(try Self.key(fixture, prepared) != known)
    #expect(try Self.key(fixture, spoken) != known)
  }

  @Test(
    "the arithmetic of fine-tuning is a candidate's and a study's own",
    arguments: [("precision", "amp_bf16"), ("quantize", "int8")])
  func arithmetic(key: String, value: String) throws {
    let fixture = try SearchFixture(), folder = "\(fixture.folder)/candidates"
    func recipe(_ more: String) throws -> SearchRecipe {
      try fixture.recipe([
        "finetune": "{train-num-samples: 32, batch-size: 16, lr: 1e-3, equal-flops: false, \(more)}", "trials": "2",
        "initial-trials": "2",
      ])
    }
    let plain = try recipe("precision: fp32")
    let other = try recipe(key == "precision" ? "precision: \(value)" : "precision: fp32, \(key): \(value)")
    var measured: [CandidateMeasurement] = []
    for recipe in [plain, other] {
      let trainer = try CandidateTrainer(recipe, folder: folder, on: ThreadPool(threads: 1), version: "test")
      let (measurement, wasKnown) = try trainer.measureOnce([0, 0, 0])
      #expect(!wasKnown)
      measured.append(measurement)
    }
    #expect(measured[0].checkpoint != measured[1].checkpoint)
    #expect(measured.map(\.products) == [.float32, key == "precision" ? .bfloat16 : .float32])
    #expect(CandidateMeasurement(.object(measured[1].json)) == measured[1])
    let settings = try Recipe.read(
      "\(folder)/\(try #require(measured[1].checkpoint.split(separator: "/").first))/run/params.yaml")
    #expect(settings.json[key]?.stringValue == value)
    let study = "\(fixture.folder)/study"
    #expect(try SearchRun.front(of: other, in: study, on: ThreadPool(threads: 1)).finished.count == 2)
    #expect(throws: InputError.self) { try SearchRun.front(of: plain, in: study, on: ThreadPool(threads: 1)) }
  }

  @Test("a program's search goes on with the same values only")
  func front() throws {
    let fixture = try SearchFixture(), folder = "\(fixture.folder)/program", pool = ThreadPool(threads: 1)
    let recipe = try fixture.recipe(["trials": "2", "initial-trials": "2"])
    let front = try SearchRun.front(of: recipe, in: folder, on: pool)
    #expect(front.finished.count == 2)
    #expect(try SearchRun.front(of: recipe, in: folder, on: pool).finished.count == 2)
    var other = recipe
    other.training.learningRate *= 2
    #expect(throws: InputError.self) { try SearchRun.front(of: other, in: folder, on: pool) }
    other = recipe
    other.training.precision = .bfloat16
    #expect(throws: InputError.self) { try SearchRun.front(of: other, in: folder, on: pool) }
    other = recipe
    other.training.quantization = .int8
    #expect(throws: InputError.self) { try SearchRun.front(of: other, in: folder, on: pool) }
    other = recipe
    other.losses = [LossTerm(ContrastiveLoss())]
    #expect(throws: InputError.self) { try SearchRun.front(of: other, in: folder, on: pool) }
    #expect(throws: CancellationError.self) {
      try SearchRun.front(of: recipe, in: "\(folder)-2", on: pool, shouldStop: { true })
    }
  }
}
