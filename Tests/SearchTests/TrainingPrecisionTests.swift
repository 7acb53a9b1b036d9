import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import CLIPTraining
import Testing

/// What candidates are trained in where a recipe does not say it.
@Suite("The precision of candidates' training")
struct TrainingPrecisionTests {
  private static let standard = ProductArithmetic.trainingStandard
  private static let silence = "{train-num-samples: 32, batch-size: 16, lr: 1e-3, equal-flops: false}"

  private static func finetune(_ precision: String) -> String {
    silence.replacing("}", with: ", precision: \(precision)}")
  }

  /// What two records differ in; the order of keys is nothing.
  private static func differences(_ a: JSONValue, _ b: JSONValue) -> [String] {
    Recipe.differences(a.objectValue ?? JSONObject(), b.objectValue ?? JSONObject())
  }

  private static func key(_ fixture: SearchFixture, _ recipe: SearchRecipe) throws -> String {
    try CandidateTrainer(
      recipe, folder: "\(fixture.folder)/candidates", on: ThreadPool(threads: 1), version: "test"
    ).key([0, 0, 0])
  }

  @Test("a recipe that says nothing takes what the processor multiplies best, one of an older edition floats")
  func keys() throws {
    let fixture = try SearchFixture()
    let silent = try fixture.recipe(["finetune": Self.silence])
    #expect(silent.training.precision == nil && silent.trainingPrecision == Self.standard)
    let note = try #require(silent.precisionNote)
    #expect(note == "candidates: \(Trainer.note(on: Self.standard, asking: "finetune: {precision: fp32}"))")
    let floats = try fixture.recipe(["finetune": Self.finetune("fp32")])
    let halves = try fixture.recipe(["finetune": Self.finetune("amp")])
    let old = try fixture.recipe(["finetune": Self.silence, "edition": "4"])
    #expect(old.trainingPrecision == .float32 && floats.precisionNote == nil && old.precisionNote == nil)
    let keys = try [floats, halves, old, silent].map { try Self.key(fixture, $0) }
    #expect(keys[0] != keys[1] && keys[2] == keys[0])
    #expect(keys[3] == (Self.standard == .bfloat16 ? keys[1] : keys[0]))
  }

  @Test("a study records what its candidates are trained in, and goes on with that", arguments: ["fp32", "amp_bf16"])
  func studies(precision: String) throws {
    let fixture = try SearchFixture()
    func meant(_ finetune: String, _ study: JSONValue) throws -> SearchRecipe {
      let recipe = try fixture.recipe(["finetune": finetune])
      return try SearchRecipe(AccountEdition.meant(recipe.node, for: study), name: "test")
    }
    let silent = try fixture.recipe(["finetune": Self.silence])
    let fresh = AccountEdition.recorded(silent.node.json)
    #expect(fresh["finetune"]?["precision"]?.stringValue == Self.standard.rawValue)
    // On another machine the same recipe may have been recorded otherwise.
    let begun = AccountEdition.recorded(try fixture.recipe(["finetune": Self.finetune(precision)]).node.json)
    let again = try meant(Self.silence, begun)
    #expect(again.trainingPrecision.rawValue == precision && again.precisionNote == nil)
    #expect(Self.differences(begun, AccountEdition.recorded(again.node.json)) == [])
    let other = precision == "fp32" ? "amp_bf16" : "fp32"
    let changed = AccountEdition.recorded(try meant(Self.finetune(other), begun).node.json)
    #expect(Self.differences(begun, changed) == ["finetune.precision: \(precision) -> \(other)"])

    // The same for a recipe without the section.
    let bare = try fixture.recipe(["finetune": ""])
    let recorded = AccountEdition.recorded(bare.node.json)
    #expect(recorded["finetune"]?["precision"]?.stringValue == Self.standard.rawValue)
    #expect(
      Self.differences(recorded, AccountEdition.recorded(AccountEdition.meant(bare.node, for: recorded).json)) == [])
  }

  @Test("a study of before it was recorded was in floats, and a recipe that says so says the same")
  func oldStudies() throws {
    let fixture = try SearchFixture()
    func recorded(_ finetune: String) throws -> JSONValue {
      AccountEdition.recorded(try fixture.recipe(["finetune": finetune, "edition": "4"]).node.json)
    }
    func meant(_ finetune: String, _ study: JSONValue) throws -> SearchRecipe {
      try SearchRecipe(
        AccountEdition.meant(fixture.recipe(["finetune": finetune]).node, for: study), name: "test")
    }
    let old = try recorded(Self.silence)
    #expect(old["finetune"]?["precision"] == nil && old["edition"]?.intValue == 4)
    for finetune in [Self.silence, Self.finetune("fp32")] {
      let again = try meant(finetune, old)
      #expect(again.trainingPrecision == .float32)
      #expect(Self.differences(old, AccountEdition.recorded(again.node.json)) == [], "\(finetune)")
    }
    let changed = AccountEdition.recorded(try meant(Self.finetune("amp_bf16"), old).node.json)
    #expect(Self.differences(old, changed) == ["finetune.precision: not set -> amp_bf16"])
    // A study that said it holds it, whatever its edition.
    let stated = try recorded(Self.finetune("amp_bf16"))
    #expect(try meant(Self.silence, stated).trainingPrecision == .bfloat16)
    let bare = try recorded("")
    #expect(Self.differences(bare, AccountEdition.recorded(try meant("{precision: fp32}", bare).node.json)) == [])
  }

  @Test("a program's search goes on with what it began with, and its measurements say what that was")
  func programs() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 1)
    // The precision that this machine would not choose by itself.
    let other = ProductArithmetic.allCases.first { $0 != Self.standard } ?? .float32
    var recipe = try fixture.recipe(["finetune": Self.silence, "trials": "2", "initial-trials": "2"])
    let folder = "\(fixture.folder)/study"
    recipe.training.precision = other
    let first = try SearchRun.front(of: recipe, in: folder, on: pool)
    recipe.training.precision = nil
    let again = try SearchRun.front(of: recipe, in: folder, on: pool)
    #expect(again.finished.map(\.trial.key) == first.finished.map(\.trial.key))
    let trained = again.finished.map(\.record.measurement).filter { !$0.checkpoint.isEmpty }
    #expect(!trained.isEmpty && trained.allSatisfy { $0.products == other })
    let own = try SearchRun.front(of: recipe, in: "\(folder)-2", on: pool)
    #expect(own.finished.map(\.record.measurement).contains { $0.products == Self.standard })
    recipe.training.precision = Self.standard
    #expect(throws: InputError.self) { try SearchRun.front(of: recipe, in: folder, on: pool) }
    #expect(try SearchRun.front(of: recipe, in: "\(folder)-2", on: pool).finished.count == 2)
  }
}
