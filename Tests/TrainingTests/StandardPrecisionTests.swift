import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPTraining
import CLIPTestRanks
import Testing

/// What a run multiplies in where nobody says it.
@Suite("The standard precision of training")
struct StandardPrecisionTests {
  /// A request without a precision.
  private static func silent(_ folder: TemporaryFolder) throws -> TrainingRequest {
    var recipe = try TrainerTests.request(folder).resolved
    recipe["precision"] = nil
    return try TrainingRequest(Recipe.parse(Recipe.text(recipe), origin: "test"), preset: .train)
  }

  private static func recorded(_ folder: TemporaryFolder, _ name: String) throws -> String? {
    try Recipe.read("\(folder.path)/logs/\(name)/params.yaml").json["precision"]?.stringValue
  }

  private static func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test("a new run takes what the processor multiplies best, says so once, and record, log and card hold it")
  func new() throws {
    let folder = try TemporaryFolder(), standard = ProductArithmetic.trainingStandard
    #expect(standard.isNative)
    #expect(standard == (ProductArithmetic.bfloat16.isNative ? .bfloat16 : .float32))
    let request = try Self.silent(folder)
    #expect(request.settings.precision == nil)
    var notes: [String] = []
    let trainer = try request.trainer(in: "\(folder.path)/logs/a", on: ThreadPool(threads: 1), version: "test") {
      if case .note(let text) = $0 { notes.append(text) }
    }
    #expect(try trainer.run() == .finished)
    #expect(notes == [Trainer.note(on: standard, asking: "--precision fp32")], "\(notes)")
    #expect(try Self.recorded(folder, "a") == standard.rawValue)
    let start = try #require(TextFile.lines(of: "\(folder.path)/logs/a/log.jsonl").first)
    let facts = try JSONParser.parse(start)
    #expect(facts["precision"]?.stringValue == standard.rawValue)
    #expect(facts["recipe"]?["precision"]?.stringValue == standard.rawValue)
    let card = try TextFile.text(of: "\(folder.path)/logs/a/checkpoints/epoch_2/README.md")
    #expect(card.contains(standard == .bfloat16 ? "of bfloat16, summed up in float32" : "of float32"), "\(card)")
    // The same bits as when it is asked for; then nothing is said.
    let stated = try TrainerTests.run(
      TrainerTests.request(folder, "precision: \(standard.rawValue)"), folder, name: "stated", threads: 1)
    #expect(trainer.parameters.entries.map { trainer.parameters[$0].elements } == stated.weights)
  }

  @Test(
    "a run goes on with what it began with where nobody says another, and is refused another",
    arguments: ProductArithmetic.allCases)
  func goingOn(precision: ProductArithmetic) throws {
    let folder = try TemporaryFolder(), silent = try Self.silent(folder)
    let stated = try TrainerTests.request(folder, "precision: \(precision.rawValue)")
    let whole = try TrainerTests.run(stated, folder, name: "whole")
    _ = try TrainerTests.run(stated, folder, name: "parts", stopAfter: 5)
    let other = ProductArithmetic.allCases.first { $0 != precision } ?? .float32
    let changed = try TrainerTests.request(folder, "precision: \(other.rawValue)")
    let refusal = Self.message { _ = try TrainerTests.run(changed, folder, name: "parts", resume: .latest) }
    #expect(refusal.contains("precision: \(precision.rawValue) -> \(other.rawValue)"), "\(refusal)")
    let rest = try TrainerTests.run(silent, folder, name: "parts", resume: .latest)
    #expect(rest.losses.count == 7 && rest.weights == whole.weights)
    #expect(try Self.recorded(folder, "parts") == precision.rawValue)

    // From a point of another folder too, and in another precision where that is allowed.
    let point = try #require(ResumePoint.files(in: "\(folder.path)/logs/whole/checkpoints").first)
    let from = Trainer.Resume.from("\(folder.path)/logs/whole/checkpoints/\(point)")
    _ = try TrainerTests.run(silent, folder, name: "other", resume: from)
    #expect(try Self.recorded(folder, "other") == precision.rawValue)
    _ = try changed.trainer(
      in: "\(folder.path)/logs/other", resume: .latest, allowsChanges: true, on: ThreadPool(threads: 1), version: "test"
    )
    #expect(try Self.recorded(folder, "other") == other.rawValue)
  }

  @Test("a run of before runs said what they multiply in was in floats")
  func old() throws {
    let folder = try TemporaryFolder(), floats = try TrainerTests.request(folder)
    let whole = try TrainerTests.run(floats, folder, name: "whole")
    _ = try TrainerTests.run(floats, folder, name: "old", stopAfter: 4)
    let path = "\(folder.path)/logs/old/params.yaml"
    let lines = try TextFile.lines(of: path)
    #expect(lines.contains("precision: fp32"))
    try AtomicFile.write(lines.filter { $0 != "precision: fp32" }.joined(separator: "\n"), to: path)
    let refusal = Self.message {
      _ = try TrainerTests.run(
        TrainerTests.request(folder, "precision: amp_bf16"), folder, name: "old", resume: .latest)
    }
    #expect(refusal.contains("precision: fp32 -> amp_bf16"), "\(refusal)")
    let rest = try TrainerTests.run(Self.silent(folder), folder, name: "old", resume: .latest)
    #expect(rest.weights == whole.weights)
    #expect(try Self.recorded(folder, "old") == "fp32")
  }

  @Test("ranks take one precision, and go on with it in any number", arguments: ProductArithmetic.allCases)
  func ranks(precision: ProductArithmetic) throws {
    let folder = try TemporaryFolder()
    func run(_ request: TrainingRequest, _ count: Int, stopAfter: Int?) throws -> [[String]] {
      let request = try request.with("batch-size", .integer(16 / count)).made()
      return try ThreadRanks.run(count) { ranks in
        var notes: [String] = []
        let trainer = try request.trainer(
          in: "\(folder.path)/logs/run", resume: .latest, on: ThreadPool(threads: 1), ranks: ranks, version: "test"
        ) { if case .note(let text) = $0, text.hasPrefix("products") { notes.append(text) } }
        _ = try trainer.run { stopAfter.map { trainer.steps >= $0 } ?? false }
        return notes
      }
    }
    let stated = try TrainerTests.request(folder, "precision: \(precision.rawValue)")
    #expect(try run(stated, 2, stopAfter: 3) == [[], []])
    #expect(try run(Self.silent(folder), 4, stopAfter: 6) == [[], [], [], []])
    #expect(try Self.recorded(folder, "run") == precision.rawValue)
    #expect(try run(Self.silent(folder), 1, stopAfter: nil) == [[]])
    #expect(try Self.recorded(folder, "run") == precision.rawValue)
  }
}
