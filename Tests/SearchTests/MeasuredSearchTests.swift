import CLIPAccelerators
import CLIPAssessment
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPSearch
import CLIPStudies
import CLIPUnits
import Testing

@Suite("A search for a measured device")
struct MeasuredSearchTests {
  static let fixture = Result { try SearchFixture() }

  /// A table of the fixture's model space: 1 ns a multiply-add and 10 µs a run, 3 W.
  private func table(_ fixture: SearchFixture, embodied: Bool = true) throws -> String {
    let space = try fixture.recipe().space, path = "\(fixture.folder)/costs\(embodied ? "" : "-bare").csv"
    var rows: [CostTable.Row] = []
    for vision in 0...1 {
      for mlp in 0...2 {
        for text in 0...1 {
          let model = try space.shape([vision, mlp, text])
          let work = model.multiplyAdds(in: ModelUse(lastBlock: .pooledToken))
          for (tower, work) in [(Operation.Tower.image, work.image), (.text, work.text)] {
            let seconds = 1e-5 + 1e-9 * Double(work)
            var row = CostTable.Row(
              device: "board", encoder: tower, precision: "int8", batchSize: 1, of: model, latency: Seconds(seconds),
              energy: Joules(3 * seconds))
            if embodied { row.embodied = KilogramsCO2e(2) }
            if !rows.contains(row) { rows.append(row) }
          }
        }
      }
    }
    try AtomicFile.write(CostTable(rows).csv, to: path)
    return path
  }

  @Test("models are chosen for it, within limits of time and size, and the answer speaks of the device")
  func search() throws {
    let fixture = try Self.fixture.get(), costs = try table(fixture)
    let recipe = try fixture.recipe([
      "hardware": "measured", "costs": costs, "trials": "6", "limits": "[\"latency <= 1 s\", \"parameters <= 10 M\"]",
    ])
    #expect(recipe.hardwareName == "measured: board" && recipe.assessor.measured?.device == "board")
    let study = try fixture.study(recipe, "measured")
    #expect(try fixture.run(recipe, study, candidates: "measured") == .finished)
    let pool = ThreadPool(threads: 1), outlook = try HardwareOutlook(recipe, on: pool)
    let summary = try SearchSummary(recipe, study, outlook, on: pool)
    #expect(!summary.front.isEmpty && summary.question.accelerators == 1)
    for point in summary.front {
      #expect(point.accelerator == "measured: board" && point.costs.area.value.isNaN)
      #expect(abs(point.costs.embodied.value - 2) < 1e-9)
      #expect(point.details.contains { $0.contains("not known") })
    }
    #expect(summary.question.scenario.contains("a shape left out errs by"))
    #expect(!summary.sensitivity.contains { $0.factor == "yield" })
    // What it costs is what the table's rule says.
    let front = try SearchFront(recipe, study.trials(), outlook)
    for member in front.members {
      let found = try outlook.assessment(front.finished[member.index].point, design: member.design)
      #expect(found.value(of: .power) > 2.9 && found.value(of: .power) < 3.1)
    }
  }

  @Test("size is that of the precision that counts: the whole model does not fit in less")
  func size() throws {
    let fixture = try Self.fixture.get()
    let whole = try fixture.recipe().dense.parameterCount
    func number(_ limit: String, _ precision: String) throws -> Int {
      let recipe = try fixture.recipe(["limits": "[\"\(limit)\"]", "precision": precision])
      let outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 1))
      return try outlook.consequences(recipe.space.largestPoint).count
    }
    #expect(try number("size <= \(whole) B", "int8") > 0)
    #expect(try number("size <= \(3 * whole) B", "fp32") == 0)
    #expect(try number("parameters <= \(whole - 1)", "int8") == 0)
  }

  @Test(
    "what a measured device does not have is refused in one line",
    arguments: [
      (["hardware": "measured", "costs": ""], "needs costs"), (["hardware": "camera"], "exclude each other"),
      (["limits": "[\"area <= 4 mm2\"]"], "has no area"), (["objectives": "[accuracy, tops]"], "has no peak TOPS"),
      (["cost-model": "reference"], "imagined chips"), (["mode": "all-hw", "model-space": ""], "all-hw"),
      (["precision": "fp32"], "no rows of precision"), (["costs": "nowhere.csv"], "nowhere.csv"),
      (["costs-device": "phone"], "no rows of device \"phone\""),
      (["costs-device": "a", "costs": ""], "belongs to costs"),
      (["design": "edge-base", "mode": "model"], "imagined chips"),
    ])
  func refused(changes: [String: String], said: String) throws {
    let fixture = try Self.fixture.get(), costs = try table(fixture)
    let all = ["hardware": "measured", "costs": costs].merging(changes) { $1 }
    let error = try #require(#expect(throws: InputError.self) { _ = try fixture.recipe(all) })
    #expect("\(error)".contains(said) && !"\(error)".contains("\n"), "\(error)")
  }

  @Test("nobody's making is taken for nothing")
  func making() throws {
    let fixture = try Self.fixture.get(), costs = try table(fixture, embodied: false)
    let error = try #require(
      #expect(throws: InputError.self) {
        _ = try fixture.recipe(["hardware": "measured", "costs": costs, "scenario": "server"])
      })
    #expect("\(error)".contains("embodied_kgco2e"))
    _ = try fixture.recipe(["hardware": "measured", "costs": costs, "scenario": "server", "device": "mains-camera"])
  }
}
