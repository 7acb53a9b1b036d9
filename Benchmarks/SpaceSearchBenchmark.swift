import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes

/// How long does it take to find the least design of millions, and is it the one that pricing every design finds?
enum SpaceSearchBenchmark {
  static let models = ["ViT-B-16", "ViT-B-32", "TinyCLIP-ViT-39M-16-Text-19M", "micro"]
  private static let checkpoints = ["base", "carbonclip-xs", "carbonclip-m", "carbonclip-xl"]

  static func run(_ options: Options, on pool: ThreadPool, _ report: inout Report) throws {
    var table = Table(["model", "space", "designs", "priced", "ms", "least", "most"])
    for (model, shape) in try shapes() {
      for name in ["camera", "edge"] {
        let space = try DesignSpace.named(name), scenario = try Scenario.named(name)
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
