import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPStudies

/// Studies: SQLite files, changed byte by byte, and studies whose values are changed before they are written.
enum StudyReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "study-file", file: "study.sqlite", grammar: .binary, weight: 0.1, seeds: { _ in [try file(Content())] },
        read: { path, folder in
          removeJournals(folder)
          try look(path)
        }),
      Reader(
        name: "study-values", file: "values.json", grammar: .json, weight: 0.05, seeds: { _ in [Content().json] },
        read: { path, folder in
          let study = "\(folder)/study.sqlite"
          removeJournals(folder)
          guard let content = Content(try TextFile.bytes(of: path)) else { return }
          try Sources.write(file(content), to: study)
          try look(study)
        }),
      command("study-status", 0.003) {
        ["search", "recipes/quickstart.yaml", "--status", "--logs", $0, "--name", "study"]
      },
      command("study-report", 0.003) { ["report", "\($0)/study"] },
      command("study-export", 0.003) {
        ["export", "\($0)/study", "--trial", "1", "--output", "\($0)/out", "--overwrite"]
      },
    ]
  }

  /// What the whole program says of such a study.
  private static func command(_ name: String, _ weight: Double, _ arguments: @escaping (String) -> [String]) -> Reader {
    Reader(
      name: name, file: "values.json", grammar: .json, weight: weight, seeds: { _ in [Content().json] },
      read: { path, folder in
        try Folder.make("\(folder)/study")
        removeJournals("\(folder)/study")
        guard let content = Content(try TextFile.bytes(of: path)) else { return }
        try Sources.write(file(content), to: "\(folder)/study/study.sqlite")
        try Program.run(arguments(folder))
      })
  }

  /// All that reads a study within a library.
  private static func look(_ path: String) throws {
    let study = try Study.read(path), trials = try study.trials()
    let progress = SearchProgress(trials, budget: try study.budget())
    _ = "\(progress.left) \(progress.secondsLeft ?? 0)"
    _ = try study.notes(prefix: "")
    _ = try study.stopAdvice()
    for trial in trials { _ = trial.measurement.flatMap { TrialRecord($0, metrics: 1) } }
  }

  /// What SQLite leaves beside a file: it belongs to the case before.
  private static func removeJournals(_ folder: String) {
    for ending in ["-wal", "-shm", "-journal"] { Workplace.remove("\(folder)/study.sqlite\(ending)") }
  }

  /// What a study holds, as one document.
  struct Content {
    var identity: JSONObject
    var budget: Int
    var points: [[Int]]
    var measurements: [JSONValue]
    var notes: [(key: String, value: JSONValue)]

    init() {
      identity = (try? Recipe.read("\(Sources.standard.root)/recipes/quickstart.yaml").json.objectValue) ?? [:]
      identity["pretrained"] = .string("\(Sources.standard.root)/checkpoints/base")
      budget = 3
      // The lattice of the quickstart recipe has eight axes.
      points = [[0, 0, 0, 0, 0, 0, 0, 0], [3, 6, 4, 5, 2, 4, 2, 3]]
      measurements = [Self.measurement, Self.measurement]
      notes = [("footprint/one", (try? JSONParser.parse(RunReaders.footprint)) ?? .null), ("stop", "no")]
    }

    init?(_ bytes: [UInt8]) {
      guard let value = try? JSONParser.parse(bytes), let identity = value["identity"]?.objectValue else { return nil }
      self.identity = identity
      budget = value["budget"]?.intValue ?? 3
      points = (value["points"]?.arrayValue ?? []).map { ($0.arrayValue ?? []).map { $0.intValue ?? -1 } }
      measurements = value["measurements"]?.arrayValue ?? []
      notes = value["notes"]?.objectValue?.pairs ?? []
    }

    var json: [UInt8] {
      let document: JSONObject = [
        "identity": .object(identity), "budget": .integer(budget),
        "points": .array(points.map { .array($0.map { .integer($0) }) }), "measurements": .array(measurements),
        "notes": .object(notes.reduce(into: JSONObject()) { $0[$1.key] = $1.value }),
      ]
      return Array(JSONValue.object(document).text(indentation: 1).utf8)
    }

    private static let measurement: JSONValue = [
      "measurement": [
        "float32": accuracy, "int8": accuracy, "parameters": 123_456, "multiply_adds": 1_234_567, "samples": 2048,
        "seconds": ["pruning": 1.5, "training": 20.5, "evaluation": 2], "checkpoint": "",
      ],
      "accelerators": [["design": 0, "values": [0.001]], ["design": 5, "values": [0.0009]]],
      "least": [
        "latency": ["design": 5, "values": [0.01, 0.002, 0.001]],
        "energy": ["design": 5, "values": [0.01, 0.002, 0.001]],
        "carbon": ["design": 0, "values": [0.01, 0.002, 0.001]],
      ],
    ]
    private static let accuracy: JSONValue = [
      "mean_recall@1": 0.4, "standard_error": 0.01, "image_retrieval_recall@1": 0.38, "text_retrieval_recall@1": 0.42,
    ]
  }

  /// The bytes of a study with this content.
  private static func file(_ content: Content) throws -> [UInt8] {
    let folder = try Workplace.temporaryFolder()
    defer { Workplace.remove(folder) }
    let path = "\(folder)/study.sqlite"
    do {
      let study = try Study.open(
        path, identity: StudyIdentity(recipe: .object(content.identity), codeVersion: "1", dataFingerprint: ""),
        budget: max(content.budget, content.points.count))
      for (number, point) in content.points.prefix(8).enumerated() {
        guard let claim = try study.claim(worker: "w", lease: 900, propose: { _ in (point, "start") }) else { break }
        if number < content.measurements.count {
          try study.finish(claim, measurement: content.measurements[number], key: "\(number)")
        }
      }
      for note in content.notes { try study.setNote(note.key, note.value) }
      try? study.setBudget(content.budget)
    }
    return try TextFile.bytes(of: path)
  }
}
