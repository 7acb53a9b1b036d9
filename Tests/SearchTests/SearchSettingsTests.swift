import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import Testing

/// A setting of the wrong kind is never replaced by a default.
@Suite("Kinds of a search's settings")
struct SearchSettingsTests {
  static let fixture = Result { try SearchFixture() }

  private enum Kind: String, CaseIterable {
    case list = "[camera]"
    case map = "{a: 1}"
    case number = "7.5"
    case text = "someword"
    case null = "null"
  }

  /// Kinds that a key may have; all others are errors. What data is called is judged when it is opened.
  private static let right: [String: Set<Kind>] = [
    "name": [.number, .text], "accepted-loss": [.number], "ridge": [.number], "test-split": [.number, .text],
    "train-data": [.number, .text], "val-data": [.number, .text], "test-data": [.number, .text],
  ]
  private static let needed: Set<String> = ["pretrained", "train-data", "val-data", "model-space"]

  @Test(
    "every key with every kind of value",
    arguments: [
      "name", "mode", "objectives", "limits", "accepted-loss", "precision", "pretrained", "model-space", "hardware",
      "design", "scenario", "cost-model", "figures", "train-data", "val-data", "test-data", "test-split",
      "calibration-samples", "ridge", "strategy", "finetune", "trials", "time", "optimizer", "initial-trials", "seed",
    ])
  func kinds(key: String) throws {
    let fixture = try Self.fixture.get()
    for kind in Kind.allCases {
      let isRight = kind != .null && Self.right[key]?.contains(kind) ?? false
      do {
        _ = try fixture.recipe([key: kind.rawValue])
        #expect(isRight, "\(key): \(kind.rawValue) was accepted")
      } catch let error as InputError {
        #expect(!isRight, "\(key): \(kind.rawValue): \(error)")
        #expect(!"\(error)".contains("\n"))
      }
    }
  }

  @Test(
    "keys of fine-tuning: lists, maps and words in place of numbers, and what belongs to the search",
    arguments: [
      ("{lr: [1]}", "lr"), ("{lr: {a: 1}}", "lr"), ("{lr: fast}", "lr"), ("{epochs: [1]}", "epochs"),
      ("{batch-size: {a: 1}}", "batch-size"), ("{val-split: [test]}", "val-split"), ("[lr]", "finetune must be keys"),
      ("lr", "finetune must be keys"), ("3", "finetune must be keys"),
      ("{train-data: other}", "train-data stands at the recipe's top level"),
      ("{pretrained: other}", "pretrained belongs to the search"), ("{seed: 3}", "seed stands at"),
      ("{distill-pretrained: other}", "the teacher is the model that is cut"), ("{val-frequency: 1}", "leave it out"),
      ("{save-every-minutes: 1}", "leave it out"), ("{val-data: other}", "val-data stands at"),
    ])
  func finetune(value: String, part: String) throws {
    let fixture = try Self.fixture.get()
    let error = try #require(throws: InputError.self) { _ = try fixture.recipe(["finetune": value]) }
    #expect(error.description.contains(part), "\(error)")
  }

  @Test("a key of fine-tuning at the top level is told where it belongs; both names of float32 are one")
  func places() throws {
    let fixture = try Self.fixture.get()
    for key in ["val-split", "lr", "batch-size", "csv-img-key"] {
      let error = try #require(throws: InputError.self) { _ = try fixture.recipe([key: "1"]) }
      #expect(error.description.contains("write it under finetune: finetune: {\(key): ...}"), "\(error)")
    }
    for (name, precision) in [("fp32", AccuracyPrecision.float32), ("float32", .float32), ("int8", .int8)] {
      #expect(try fixture.recipe(["precision": name]).precision == precision)
    }
    let unknown = try #require(throws: InputError.self) { _ = try fixture.recipe(["zzzzzz": "1"]) }
    #expect(unknown.description.contains("see docs/search.md for the keys"), "\(unknown)")
  }

  @Test(
    "data that a recipe names is opened before anything is trained",
    arguments: [
      ("test-data", "../../etc/passwd"), ("test-data", "/nonexistent.tar"), ("val-data", "/nonexistent.csv"),
      ("train-data", "/nonexistent"), ("test-data", "7.5"),
      ("train-data", "scenes:nosuchsplit"),
    ])
  func data(key: String, path: String) throws {
    let recipe = try Self.fixture.get().recipe([key: path])
    let error = try #require(throws: InputError.self) { _ = try SearchData(opening: recipe) }
    #expect(error.description.contains("\(key): "), "\(error)")
    #expect(error.description.contains("test.yaml: line "), "\(error)")
  }

  @Test("validation on the training data is said; sound data passes without a word")
  func notes() throws {
    let fixture = try Self.fixture.get(), sound = try fixture.recipe(["test-data": "scenes:test?count=24&size=32"])
    #expect(try SearchData(opening: sound).notes.isEmpty)
    let same = try fixture.recipe(["val-data": "scenes:train?count=200&size=32"])
    let notes = try SearchData(opening: same).notes
    #expect(notes.count == 1 && notes[0].contains("val-data is the training data"))
  }

  @Test("a study goes on only with the data that it began with")
  func identity() throws {
    let fixture = try SearchFixture(), path = "\(fixture.folder)/pairs.csv"
    for name in ["a", "b", "c"] { try AtomicFile.write("no picture, but a file", to: "\(fixture.folder)/\(name).jpg") }
    try AtomicFile.write("filepath\ttitle\na.jpg\ta cat\nb.jpg\ta dog\n", to: path)
    let recipe = try fixture.recipe(["val-data": path]), study = try fixture.study(recipe, "data")
    try SearchData(opening: recipe).settle(study)
    try SearchData(opening: recipe).settle(study)
    try AtomicFile.write("filepath\ttitle\na.jpg\ta cat\nb.jpg\ta dog\nc.jpg\ta cow\n", to: path)
    let error = try #require(throws: InputError.self) { try SearchData(opening: recipe).settle(study) }
    #expect(error.description.contains("val-data has changed since the study began"), "\(error)")
    #expect(error.description.contains("3 samples, 2 before"), "\(error)")
  }
}
