import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes

/// How long does it take to find the least design of millions, and is it the one that pricing every design finds?
enum SpaceSearchBenchmark {
  static let models = ["ViT-B-16", "ViT-B-32", "TinyCLIP-ViT-39M-16-Text-19M", "micro"]
  private static let checkpoints = ["base", "carbonclip-xs", "carbonclip-m", "carbonclip-xl"]

  /// A camera's chips, in a space of a million.
  private static let million = """
    clusters: 1 to 4
    width: 2 to 128, 2 per octave
    depth: 2 to 64, 2 per octave
    l2: 4 KB to 64 KB, 2 per octave
    l2-bandwidth: 8 B/cycle to 128 B/cycle
    buffer: 16 KB to 8 MB, 2 per octave
    buffer-bandwidth: 32 B/cycle to 128 B/cycle
    dram-bandwidth: 16 B/cycle
    clock: 200 MHz
    """
  /// The same with voltages, clocks and processes: edition 2.
  private static let silicon = """
    edition: 2
    weights-in: [dram, sram]
    clusters: [1, 2]
    width: 4 to 64, 2 per octave
    depth: 2 to 32, 2 per octave
    l2: 4 KB to 16 KB
    l2-bandwidth: [16 B/cycle, 64 B/cycle]
    buffer: 16 KB to 8 MB, 2 per octave
    buffer-bandwidth: [16 B/cycle, 64 B/cycle]
    dram-bandwidth: 16 B/cycle
    clock: [100 MHz, 140 MHz, 200 MHz, 280 MHz, 400 MHz, 560 MHz, 800 MHz]
    voltage: least
    node: [22 nm, 14 nm, 7 nm]
    """

  private static func spaces() throws -> [(name: String, space: DesignSpace, scenario: String)] {
    try [
      ("camera", DesignSpace.named("camera"), "camera"), ("edge", DesignSpace.named("edge"), "edge"),
      ("a million", DesignSpace(Recipe.parse(million, origin: "million")), "camera"),
      ("edition 2", DesignSpace(Recipe.parse(silicon, origin: "silicon")), "camera"),
    ]
  }

  static func run(_ options: Options, on pool: ThreadPool, _ report: inout Report) throws {
    var table = Table(["model", "space", "designs", "priced", "ms", "least", "most"])
    let spaces = try spaces()
    for (model, shape) in try shapes() {
      for (name, space, scenario) in spaces {
        let scenario = try Scenario.named(scenario)
        var samples = Samples(), priced = 0
        for _ in 0..<options.rounds {
          // A new assessor knows no mapping, no memory and no traffic.
          let assessor = try Assessor(in: scenario)
          _ = try assessor.costModel(for: shape)
          samples.add(
            1000
              * (try Worker.seconds {
                priced = try assessor.bounded(.carbon, of: shape, across: space, on: pool)?.priced ?? 0
              }))
        }
        table.add([
          model, name, "\(space.count)", "\(priced)", Samples.text(samples.median), Samples.text(samples.minimum),
          Samples.text(samples.maximum),
        ])
      }
    }
    try report.add(
      "The design of least carbon, physical cost model, \(options.threads) threads, nothing known",
      "Medians of the rounds.",
      table)
    try check(on: pool, &report)
  }

  private static func shapes() throws -> [(name: String, shape: CLIPConfiguration)] {
    var shapes = try models.map { ($0, try NamedModels.model($0).configuration) }
    for name in checkpoints where Folder.exists("checkpoints/\(name)") {
      shapes.append((name, try ModelDescription.resolve("checkpoints/\(name)").configuration))
    }
    return shapes
  }

  /// Every metric, with and without limits, on spaces small enough to be priced as a whole.
  private static func check(on pool: ThreadPool, _ report: inout Report) throws {
    let limits = [[], ["latency <= 20 ms"], ["area <= 3 mm2", "power <= 100 mW"]]
    var table = Table(["model", "scenario", "designs", "answers", "different"])
    for name in models {
      let shape = try NamedModels.model(name).configuration
      for scenario in ["camera", "edge", "paper"] {
        let space = try DesignSpace.named("paper"), assessor = try Assessor(in: Scenario.named(scenario))
        let everything = try assessor.assess(shape, across: space, on: pool)
        var answers = 0, different = 0
        for texts in limits {
          let limits = try texts.map { try Limit($0) }
          let all = everything.within(assessor.limits(limits))
          for metric in Metric.allCases {
            let found = try assessor.bounded(metric, of: shape, across: space, limits: limits, on: pool)
            answers += 1
            if found?.design?.number != all.least(metric)?.number { different += 1 }
          }
        }
        table.add([name, scenario, "\(space.count)", "\(answers)", "\(different)"])
      }
    }
    try report.add(
      "The least of each metric by bounds beside brute force, with and without limits", "Counts, not times.", table)
  }
}
