import CLIPFamily
import CLIPFiles
import CLIPSearch
import Testing

@Suite("What a training's model is in each arithmetic")
struct FamilyReadingTests {
  private func reading(_ classes: [Int], test: CandidateMeasurement.Accuracy? = nil) -> FamilyReading {
    let part = CandidateMeasurement.Accuracy.Part(metric: "acc1", data: "a", value: 0.5, standardError: 0.1)
    return FamilyReading(
      arithmetic: "w4a8-g64",
      validation: .init(
        mean: 0.5, standardError: 0.1, imageRecall: nil, textRecall: nil, chance: 0.25, metric: "acc1", parts: [part]),
      validationGuesses: [PictureGuesses(data: "a", digest: "di1-1", classes: classes)],
      testGuesses: [PictureGuesses(data: "b", digest: "di1-2", classes: classes.reversed())], test: test)
  }

  @Test(
    "a record keeps guesses in as few bytes as their classes need, and reads them as they were",
    arguments: [([3], 1), ([], 0), ([0, 255, 7], 3), ([0, 256], 4), ([65_535, 1, 2], 6), ([65_536], 4)])
  func roundTrip(classes: [Int], bytes: Int) throws {
    let folder = try WorkFolder(), path = "\(folder.path)/family.json"
    defer { withExtendedLifetime(folder) {} }
    var record = try FamilyRecord(file: "docs/results/family.json")
    record.models.removeLast(record.models.count - 1)
    let readings = [reading(classes), reading(classes, test: reading([]).validation)]
    record.models[0].runs[0].readings = readings
    try record.write(to: path)
    let json = try JSONParser.parse(try TextFile.text(of: path))
    let run = json["models"]?.arrayValue?.first?["runs"]?.arrayValue?.first
    let first = run?["readings"]?.arrayValue?.first
    let text = first?["validation_guesses"]?.arrayValue?.first?["classes"]?.stringValue
    #expect(text?.utf8.count == (bytes + 2) / 3 * 4, "\(text ?? "none")")
    #expect(first?["test"] == nil)
    let again = try FamilyRecord(file: path)
    #expect(again.models[0].runs[0].readings == readings && again.models[0].runs[1].readings.isEmpty)
  }

  @Test("an older record is written back without a word of readings")
  func older() throws {
    let folder = try WorkFolder(), path = "\(folder.path)/family.json"
    defer { withExtendedLifetime(folder) {} }
    let record = try FamilyRecord(file: "docs/results/family.json")
    #expect(record.models.flatMap(\.runs).allSatisfy { $0.readings.isEmpty })
    try record.write(to: path)
    let text = try TextFile.text(of: path)
    #expect(!text.contains("readings") && !text.contains("opened"))
  }

  @Test(
    "guesses that are damaged are refused",
    arguments: [
      ("\"AAE=\"", "\"AAE\""), ("\"AAE=\"", "\"A*E=\""), ("\"AAE=\"", "\"AAEA\""),
      ("\"pictures\": 2", "\"pictures\": -2"),
      ("\"pictures\": 2", "\"pictures\": 4"), ("\"digest\": \"di1-1\"", "\"digest\": 1"),
    ])
  func damaged(good: String, bad: String) throws {
    let folder = try WorkFolder(), path = "\(folder.path)/family.json"
    defer { withExtendedLifetime(folder) {} }
    var record = try FamilyRecord(file: "docs/results/family.json")
    record.models.removeLast(record.models.count - 1)
    record.models[0].runs[0].readings = [reading([0, 1])]
    try record.write(to: path)
    let text = try TextFile.text(of: path)
    try #require(text.contains(good))
    try AtomicFile.write(text.replacing(good, with: bad, maxReplacements: 1), to: path)
    #expect(throws: InputError.self) { try FamilyRecord(file: path) }
  }

  @Test("guesses are right where they are the picture's class; a picture without one is not")
  func right() {
    let guesses = PictureGuesses(data: "a", digest: "d", classes: [0, 3, 2, 2])
    #expect(guesses.isRight(labels: [0, 1, 2, 2]) == [true, false, true, true])
    #expect(guesses.isRight(labels: [0, 3]) == [true, true, false, false])
  }
}
