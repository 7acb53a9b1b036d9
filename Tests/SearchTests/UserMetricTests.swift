import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import Testing

@Suite("A search for the user's metric")
struct UserMetricTests {
  static let fixture = Result { try SearchFixture() }

  static let sets = """
    [{data: "scenes:validation?count=24&size=32", metric: recall@5, weight: 3}, \
    {data: "scenes:classes?count=30&size=32", metric: acc5}]
    """

  @Test("several sets count by weight, each is kept, and floors leave models out")
  func sets() throws {
    let fixture = try Self.fixture.get()
    let recipe = try fixture.recipe(["val-data": "", "validation": Self.sets])
    #expect(recipe.accuracyTitle.hasPrefix("weighted mean of mean recall@5 on scenes:validation"))
    let study = try fixture.study(recipe, "sets")
    #expect(try fixture.run(recipe, study, candidates: "sets") == .finished)
    let front = try SearchFront(recipe, study.trials(), HardwareOutlook(recipe, on: ThreadPool(threads: 1)))
    var seconds: [Double] = []
    for one in front.finished {
      for found in [one.record.measurement.float32, one.record.measurement.int8] {
        #expect(found.parts.map(\.metric) == ["mean_recall@5", "acc5"])
        #expect(abs(found.mean - (3 * found.parts[0].value + found.parts[1].value) / 4) < 1e-12)
        let errors = found.parts.map(\.standardError)
        #expect(abs(found.standardError - (9 * errors[0] * errors[0] + errors[1] * errors[1]).squareRoot() / 4) < 1e-12)
        #expect(found.imageRecall == nil && found.metric == recipe.accuracyTitle)
      }
      seconds.append(one.record.measurement.int8.parts[1].value)
    }
    #expect(!front.members.isEmpty)
    // What a study keeps is read back the same.
    let record = try #require(front.finished.first).record
    #expect(CandidateMeasurement(JSONValue.object(record.measurement.json)) == record.measurement)
    // A floor between the sets' values: the same candidates, judged otherwise, trained no second time.
    let floor = (try #require(seconds.max()) + 0.001) * 100
    let strict = try fixture.recipe([
      "val-data": "", "validation": Self.sets.replacing("metric: acc5", with: "metric: acc5, at-least: \(floor) %"),
    ])
    let second = try fixture.study(strict, "strict")
    var trained = 0
    #expect(
      try fixture.run(strict, second, candidates: "sets") {
        if case .finished(_, _, _, let wasKnown) = $0, !wasKnown { trained += 1 }
      } == .finished)
    let none = try SearchFront(strict, second.trials(), HardwareOutlook(strict, on: ThreadPool(threads: 1)))
    #expect(none.members.isEmpty && none.answer == nil)
    #expect(none.accuracyExcuse?.contains("acc5 on scenes:classes") == true)
    // First points do not depend on accuracies, so at least those were known.
    #expect(trained <= 2)
  }

  @Test("classes are classified, and a result says so")
  func classification() throws {
    let fixture = try Self.fixture.get()
    let recipe = try fixture.recipe([
      "val-data": "scenes:classes?count=30&size=32", "test-data": "scenes:classes?count=40&size=32&seed=3",
      "metric": "mean_per_class_recall", "task": "classification", "trials": "4",
    ])
    #expect(recipe.accuracyTitle == "mean per class recall" && recipe.accuracyColumn == "mean_per_class_recall")
    let study = try fixture.study(recipe, "classes")
    #expect(try fixture.run(recipe, study, candidates: "classes") == .finished)
    let outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 1))
    let front = try SearchFront(recipe, study.trials(), outlook)
    let trainer = try CandidateTrainer(
      recipe, folder: "\(fixture.folder)/classes", on: ThreadPool(threads: 1), version: "test")
    try TestAccuracies.measure(front, study, with: trainer) { _, _ in }
    let summary = try SearchSummary(recipe, study, outlook, on: ThreadPool(threads: 1))
    #expect(summary.question.accuracyName == "mean per class recall" && !summary.testAccuracies.isEmpty)
    let test = try #require(summary.testAccuracies.first).test.int8
    #expect(test.metric == "mean per class recall" && test.chance == 1.0 / 192)
    // Without a metric of one's own, data with classes is classified by the first guess.
    #expect(try fixture.recipe(["val-data": "scenes:classes?count=30"]).accuracyTitle == "acc1")
    #expect(try fixture.recipe().accuracyTitle == "mean recall@1")
    #expect(try fixture.recipe(["metric": "recall@1"]).aim == nil)
  }

  @Test("class names and templates may be files of one's own")
  func classFiles() throws {
    let fixture = try Self.fixture.get(), folder = "\(fixture.folder)/labeled"
    try Folder.make(folder)
    let shards = "\(folder)/00000.tar"
    var tar = try TarWriter(path: shards)
    for (key, label) in [("000", "0"), ("001", "1"), ("002", "1")] {
      let image = PixelImage(
        rows: 32, columns: 32, pixels: [UInt8](repeating: UInt8(label == "0" ? 10 : 200), count: 3072))
      try tar.append("\(key).cls", Array(label.utf8))
      try tar.append("\(key).png", PNGEncoder.encode(image))
    }
    try tar.finish()
    try AtomicFile.write("thing one\nthing two\n", to: "\(folder)/names.txt")
    try AtomicFile.write("a {c}.\n", to: "\(folder)/templates.txt")
    let recipe = try fixture.recipe([
      "val-data": shards, "classnames": "\(folder)/names.txt", "templates": "\(folder)/templates.txt",
    ])
    #expect(recipe.accuracyTitle == "acc1")
    _ = try SearchData(opening: recipe)
    try AtomicFile.write("only one\n", to: "\(folder)/names.txt")
    let error = try #require(#expect(throws: InputError.self) { _ = try SearchData(opening: recipe) })
    #expect("\(error)".contains("1 class name"))
  }

  @Test(
    "what is wrong with a metric is said in one line before anything is trained",
    arguments: [
      (["metric": "recal@1"], "recall@1"), (["metric": "acc1"], "a metric of classification"),
      (["metric": "acc1", "val-data": "scenes:classes", "task": "retrieval"], "classification"),
      (["task": "ranking"], "retrieval or classification"),
      (["validation": "[{data: a}]"], "exclude each other"),
      (["val-data": "", "validation": "[]"], "a list of data sets"),
      (["val-data": "", "validation": "[{metric: acc1}]"], "data is missing"),
      (["val-data": "", "validation": "[{data: scenes:validation, weight: 0}]"], "weight"),
      (["val-data": "", "validation": "[{data: scenes:validation, at-least: 400 %}]"], "at-least"),
      (["val-data": "", "validation": "[{data: scenes:validation, flor: 4}]"], "flor"),
      (["val-data": "", "validation": "[{data: scenes:validation}, {data: scenes:validation}]"], "stands twice"),
      (
        ["val-data": "", "validation": "[{data: scenes:validation}]", "metric": "recall@1"],
        "metric stands with each set"
      ),
      (["val-data": "", "metric": "{command: score.py}", "precision": "float32"], "a list of words"),
      (["val-data": "", "metric": "{comand: [score.py]}", "precision": "float32"], "command is missing"),
      (["val-data": "", "metric": "{command: [score.py]}"], "write precision: fp32"),
      (["metric": "{command: [score.py]}", "precision": "float32"], "on data of its own"),
      (
        ["val-data": "", "validation": "[{data: scenes:test}]", "test": "[{data: scenes:test}]"],
        "must not see the test set"
      ),
      (["test": "[{data: scenes:test, at-least: 3 %}]"], "belongs to validation"),
    ])
  func wrong(changes: [String: String], said: String) throws {
    let fixture = try Self.fixture.get()
    let error = try #require(#expect(throws: InputError.self) { _ = try fixture.recipe(changes) })
    #expect("\(error)".contains(said) && !"\(error)".contains("\n"), "\(error)")
  }

  /// A recipe that measures by a script of the shell.
  private func program(_ script: String, limit: String = "20 s") throws -> SearchRecipe {
    let fixture = try Self.fixture.get(), path = "\(fixture.folder)/\(MurmurHash.hash(script)).sh"
    try AtomicFile.write(script, to: path)
    return try fixture.recipe([
      "val-data": "", "precision": "float32", "trials": "3",
      "metric": "{command: [/bin/sh, \(path)], name: size score, time-limit: \(limit)}",
    ])
  }

  private func run(_ recipe: SearchRecipe, _ name: String) throws -> [Trial] {
    let fixture = try Self.fixture.get(), study = try fixture.study(recipe, name)
    _ = try fixture.run(recipe, study, candidates: name)
    return try study.trials()
  }

  @Test("a program is given each candidate's checkpoint, and its number is the accuracy")
  func command() throws {
    // The smaller the file, the better: 1 / (1 + bytes / 10^5).
    var recipe = try program(
      """
      test -f "$1/open_clip_config.json" || exit 3
      bytes=$(cat "$1"/*.safetensors | wc -c)
      awk -v b="$bytes" 'BEGIN { printf "{\\"value\\": %.6f, \\"standard_error\\": 0.01}", 1 / (1 + b / 100000) }'
      """)
    #expect(recipe.command?.hasPrefix("/bin/sh ") == true && recipe.command?.hasSuffix(" CHECKPOINT") == true)
    #expect(throws: InputError.self) { try recipe.requireAllowed() }
    recipe.allowsCommands = true
    try recipe.requireAllowed()
    let trials = try run(recipe, "program")
    try #require(trials.count == 3)
    var values: [(parameters: Int, value: Double)] = []
    for trial in trials {
      #expect(trial.state == .finished, "\(trial.reason ?? "")")
      let record = try #require(trial.measurement.flatMap { TrialRecord($0, metrics: 1) })
      #expect(record.measurement.float32.metric == "size score" && record.measurement.float32.standardError == 0.01)
      // Nobody measured 8 bits.
      #expect(record.measurement.int8.mean.isNaN)
      values.append((record.measurement.parameters, record.measurement.float32.mean))
    }
    let sorted = values.sorted { $0.parameters < $1.parameters }
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.value >= $1.value } && sorted[0].value > sorted[2].value)
  }

  @Test("nothing runs that nobody allowed, whatever a recipe says")
  func refused() throws {
    let fixture = try Self.fixture.get(), mark = "\(fixture.folder)/ran"
    let recipe = try program("touch \(mark)\necho 0.5 0.1\n")
    let trainer = try CandidateTrainer(
      recipe, folder: "\(fixture.folder)/refused", on: ThreadPool(threads: 1), version: "test")
    let error = try #require(
      #expect(throws: InputError.self) { _ = try trainer.measure(recipe.space.largestPoint) })
    #expect("\(error)".contains("--allow-commands") && "\(error)".contains("/bin/sh"))
    #expect(!Folder.containsFile(mark))
    #expect(throws: InputError.self) { _ = try fixture.recipe(["allow-commands": "true"]) }
  }

  @Test(
    "a program that fails makes its trial fail, with what it said",
    arguments: [
      ("echo no such luck >&2; exit 4", "ended with status 4: no such luck"), ("echo 40", "printed no number"),
      ("echo 53.1 0.2", "both must be from 0 to 1"), ("echo '{\"value\": 0.4}'", "printed no number"),
      ("kill -9 $$", "ended by signal 9"), ("sleep 30 & sleep 30", "took longer than 1 s"),
    ])
  func failures(script: String, said: String) throws {
    var recipe = try program(script, limit: "1 s")
    recipe.allowsCommands = true
    let fixture = try Self.fixture.get(), study = try fixture.study(recipe, "fails-\(MurmurHash.hash(script))")
    _ = try fixture.run(recipe, study, candidates: "fails")
    let trial = try #require(study.trials().first)
    #expect(trial.state == .failed && trial.reason?.contains(said) == true, "\(trial.reason ?? "")")
    #expect(trial.reason?.contains("size score") == true)
  }

  @Test("words of a command are never a shell's")
  func noShell() throws {
    let fixture = try Self.fixture.get(), mark = "\(fixture.folder)/shell"
    var recipe = try fixture.recipe([
      "val-data": "", "precision": "float32", "trials": "1",
      "metric": "{command: [/bin/echo, \"$(touch \(mark))\", \"; touch \(mark)\", \"{checkpoint}\"]}",
    ])
    recipe.allowsCommands = true
    let study = try fixture.study(recipe, "words")
    _ = try fixture.run(recipe, study, candidates: "words")
    #expect(!Folder.containsFile(mark))
    #expect(try study.trials().first?.reason?.contains("$(touch") == true)
  }
}
