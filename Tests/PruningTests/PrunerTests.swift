import CLIPModels
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPModelShapes
import CLIPPruning
import CLIPReports
import CLIPTensors
import Testing

@Suite("Pruner")
struct PrunerTests {
  @Test("shapes that cannot be are refused with the range")
  func shapes() throws {
    let sample = try PruningSample()
    func refusal(_ strategy: String = "random", _ change: (inout ShapeRequest) -> Void) throws -> String {
      var request = ShapeRequest()
      change(&request)
      do {
        _ = try sample.pruner(strategy).run(request, calibration: sample.calibration)
        return "accepted"
      } catch let error as InputError { return error.description }
    }
    let cases = [
      (try refusal { $0.vision.heads = [0] }, "--vision-heads must be from 1 to 3, found 0"),
      (try refusal { $0.vision.width = 25 }, "--vision-width must be from 1 to 24, found 25"),
      (try refusal { $0.text.layers = 3 }, "--text-layers must be from 1 to 2, found 3"),
      (try refusal { $0.vision.layers = 0 }, "--vision-layers must be from 1 to 3, found 0"),
      (try refusal { $0.text.mlp = [-4] }, "--text-mlp must be from 0 to 32, found -4"),
      (try refusal { $0.vision.mlp = [8, 8] }, "one for each of the 3 layers that stay; found 2"),
      (try refusal { $0.embedDimension = 13 }, "--embed-dim must be from 1 to 12, found 13"),
      (try refusal("reference") { $0.vision.mlp = [12] }, "choose from 5, 10, 15, 20, 25, 30, 35, 40"),
    ]
    for (found, expected) in cases { #expect(found.contains(expected), "\(found)") }
  }

  @Test("weights that are not finite, and pairs that are missing, are refused")
  func badInputs() throws {
    var sample = try PruningSample()
    #expect(throws: InputError.self) { try sample.pruner("surgeon").run(ShapeRequest(), calibration: nil) }
    #expect(throws: InputError.self) { try sample.pruner("surgon") }
    sample.edit("visual.proj") { elements, _ in elements[3] = .nan }
    do {
      _ = try sample.pruner("surgeon")
      Issue.record("NaN was accepted")
    } catch let error as InputError {
      #expect(error.description.contains("visual.proj: holds numbers that are not finite"))
    }
  }

  @Test("an interrupted ranking goes on where it stopped", arguments: ["reference", "surgeon"])
  func resuming(strategy: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ranking-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sample = try PruningSample(pairs: 32)
    var request = ShapeRequest()
    request.vision.layers = 2
    let whole = try sample.pruner(strategy).run(request, calibration: sample.calibration)
    var asked = 0, pruner = try sample.pruner(strategy)
    pruner.shouldStop = {
      asked += 1
      return asked > 7
    }
    let path = "\(folder)/scores.jsonl"
    #expect(throws: CancellationError.self) {
      try pruner.run(request, calibration: sample.calibration, store: RankingStore(path: path))
    }
    // A line that a crash cut short is made anew.
    let kept = try String(contentsOfFile: path, encoding: .utf8)
    try (kept + "{\"key\":\"visio").write(toFile: path, atomically: false, encoding: .utf8)
    var steps = 0
    var second = try sample.pruner(strategy)
    second.shouldStop = {
      steps += 1
      return false
    }
    let resumed = try second.run(request, calibration: sample.calibration, store: RankingStore(path: path))
    #expect(resumed.importance == whole.importance)
    // A third time nothing is measured at all.
    var last = 0
    var third = try sample.pruner(strategy)
    third.shouldStop = {
      last += 1
      return false
    }
    #expect(
      try third.run(request, calibration: sample.calibration, store: RankingStore(path: path)).importance
        == whole.importance)
    #expect(last < steps)
  }

  @Test(
    "a budget is kept, as close as the steps allow, and is the same each time",
    arguments: [Budget.Kind.macs, .imageMacs, .parameters])
  func budgets(kind: Budget.Kind) throws {
    let sample = try PruningSample(pairs: 48), whole = kind.cost(sample.configuration)
    for share in [0.8, 0.5] {
      let budget = Budget(kind, limit: Int(Double(whole) * share))
      let first = try sample.pruner("surgeon").run(ShapeRequest(), budget: budget, calibration: sample.calibration)
      let cost = kind.cost(first.plan.configuration)
      #expect(cost <= budget.limit && Double(cost) > 0.85 * Double(budget.limit), "\(cost) of \(budget.limit)")
      let second = try sample.pruner("surgeon").run(ShapeRequest(), budget: budget, calibration: sample.calibration)
      #expect(first.plan == second.plan)
      // Where only images count, nothing is gained by cutting texts.
      if kind == .imageMacs { #expect(first.plan.configuration.text == sample.configuration.text) }
    }
    #expect(throws: InputError.self) {
      try sample.pruner("surgeon").run(ShapeRequest(), budget: Budget(kind, limit: 10), calibration: sample.calibration)
    }
    #expect(throws: InputError.self) {
      try sample.pruner("reference").run(
        ShapeRequest(), budget: Budget(kind, limit: whole / 2), calibration: sample.calibration)
    }
  }

  @Test(
    "a budget that no shape reaches is refused before anything is ranked, and the least that is told can be reached",
    arguments: [Budget.Kind.macs, .imageMacs, .parameters])
  func unreachable(kind: Budget.Kind) throws {
    let sample = try PruningSample(pairs: 48), pruner = try sample.pruner("surgeon")
    let error = try #require(
      #expect(throws: InputError.self) { try pruner.check(ShapeRequest(), Budget(kind, limit: 10)) })
    let words = error.problem.split(separator: " ")
    let place = try #require(words.firstIndex(of: "has")), least = try #require(Int(words[place + 1].dropLast()))
    #expect(throws: InputError.self) { try pruner.check(ShapeRequest(), Budget(kind, limit: least - 1)) }
    try pruner.check(ShapeRequest(), Budget(kind, limit: least))
    let result = try pruner.run(
      ShapeRequest(), budget: Budget(kind, limit: least), calibration: sample.calibration)
    #expect(kind.cost(result.plan.configuration) == least)
  }

  @Test("sizes that are given stay as given when a budget chooses the others")
  func fixedSizes() throws {
    let sample = try PruningSample(pairs: 48)
    var request = ShapeRequest()
    request.vision.width = 20
    request.vision.layers = 2
    let limit = Budget.Kind.macs.cost(sample.configuration) * 45 / 100
    let result = try sample.pruner("surgeon").run(
      request, budget: Budget(.macs, limit: limit), calibration: sample.calibration)
    #expect(result.plan.configuration.vision.width == 20 && result.plan.configuration.vision.layers == 2)
    #expect(Budget.Kind.macs.cost(result.plan.configuration) <= limit)
  }

  @Test("budgets are read as people write them")
  func budgetText() throws {
    let shape = try PruningSample().configuration, whole = Budget.Kind.macs.cost(shape)
    #expect(try Budget(.macs, parsing: "50%", of: shape).limit == Int((Double(whole) / 2).rounded()))
    #expect(try Budget(.imageMacs, parsing: "50%", of: shape).limit == (shape.imageMultiplyAdds + 1) / 2)
    #expect(try Budget(.parameters, parsing: "2k", of: shape).limit == 2000)
    #expect(try Budget(.parameters, parsing: "0.002M", of: shape).limit == 2000)
    for bad in ["", "0", "-5%", "101%", "many", "nan", "1e300", "5G"] {
      #expect(throws: InputError.self, "\(bad)") { try Budget(.macs, parsing: bad, of: shape) }
    }
  }

  @Test("curves rise and are interpolated between what was measured")
  func curves() {
    let curve = SensitivityCurve(whole: 8, measured: [(4, 1), (6, 0.2), (2, 0.9)])
    #expect(curve.divergence(at: 8) == 0 && curve.divergence(at: 6) == 0.2 && curve.divergence(at: 4) == 1)
    #expect(abs(curve.divergence(at: 5) - 0.6) < 1e-12)
    #expect(curve.divergence(at: 2) == 1 && curve.smallest == 2)
  }

  @Test("every strategy has a file and a line in the catalog")
  func catalog() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Pruning/Importance").path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    var declared: Set<String> = []
    for file in files {
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      for line in text.split(separator: "\n") where line.contains(": ImportanceStrategy {") && line.contains("struct") {
        declared.insert(String(line.split(separator: " ")[2].dropLast()))
      }
    }
    #expect(declared == Set(ImportanceCatalog.strategies.map { "\(type(of: $0.make()))" }))
    for entry in ImportanceCatalog.strategies { #expect(entry.make().name == entry.name) }
    #expect(Set(ImportanceCatalog.names).count == ImportanceCatalog.names.count)
    #expect(ImportanceCatalog.names.contains(ImportanceCatalog.standard))
  }

  @Test("the picture shows each layer; names are escaped")
  func picture() throws {
    let sample = try PruningSample(pairs: 32)
    var request = ShapeRequest()
    request.vision.layers = 2
    request.vision.mlp = [20]
    let result = try sample.pruner("activation").run(request, calibration: sample.calibration)
    let report = PruningReport(
      result, source: "<b>base</b>", strategy: "activation", compensation: CompensationOptions(), seed: 0,
      calibration: nil,
      budget: nil, accuracy: nil, element: .float32, version: "test")
    let html = PruningPicture(report).html
    #expect(html.contains("layer 2") && html.contains("20/40") && !html.contains("<b>base"))
    #expect(report.card.contains("| parameters "))
  }
}
