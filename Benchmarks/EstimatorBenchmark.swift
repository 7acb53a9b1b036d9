import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes

/// How long does it take to price a model: on one design, on all of a space, and with an uncertainty study?
enum EstimatorBenchmark {
  static let model = "ViT-B-16", draws = 10_000

  static func run(_ options: Options, _ report: inout Report) throws {
    let shape = try NamedModels.model(model).configuration
    let design = try AcceleratorDesign.named("edge-dual"), scenario = try Scenario.named("edge")
    let space = try DesignSpace.named("paper")
    let pool = ThreadPool(threads: options.threads)
    var cold = Samples(), warm = Samples(), sweep = Samples(), uncertainty = Samples()
    for _ in 0..<options.rounds {
      // A new assessor knows no mapping; reading its tables is not counted, a program does that once.
      for _ in 0..<20 {
        let assessor = try Assessor(in: scenario)
        _ = try assessor.costModel(for: shape)
        cold.add(try milliseconds { _ = try assessor.assess(shape, on: design, named: "edge-dual") })
        warm.add(try milliseconds { _ = try assessor.assess(shape, on: design, named: "edge-dual") })
      }
      let assessor = try Assessor(in: scenario)
      sweep.add(try milliseconds { _ = try assessor.assess(shape, across: space, on: pool) })
      let carbon = try assessor.assess(shape, on: design, named: "edge-dual").carbon
      uncertainty.add(
        try milliseconds { _ = try UncertaintyStudy([carbon], draws: draws, seed: 0).bands() })
    }
    var table = Table(["what", "ms", "least", "most"])
    for (name, samples) in [
      ("one design, no mapping known", cold), ("one design, its mappings known", warm),
      ("all \(space.count) designs, no mapping known", sweep), ("\(draws) draws for one design", uncertainty),
    ] {
      table.add([name, Samples.text(samples.median), Samples.text(samples.minimum), Samples.text(samples.maximum)])
    }
    try report.add(
      "Pricing \(model), physical cost model, \(options.threads) threads for the sweep", "Medians of the rounds.", table
    )
    try SpaceSearchBenchmark.run(options, on: pool, &report)
    try MonotonicityCheck.run(on: pool, &report)
  }

  private static func milliseconds(of body: () throws -> Void) rethrows -> Double {
    1000 * (try Worker.seconds(of: body))
  }
}
