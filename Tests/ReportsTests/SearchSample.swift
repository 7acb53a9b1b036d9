import CLIPAssessment
import CLIPCarbonFootprint
import CLIPReports
import CLIPSearch
import CLIPUnits

/// A search as one might have gone: 60 trials on nine axes, made up by formulas and a fixed sequence of random numbers.
enum SearchSample {
  private struct Random {
    var state: UInt64 = 7

    /// From 0 to 1. Knuth's MMIX generator, its high bits.
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
  }

  static let axes: [ModelSpace.Axis] = [
    .init("vision-layers", [3, 4, 5, 6]), .init("vision-width", [96, 128, 160, 192]),
    .init("vision-heads", [2, 3]), .init("vision-mlp", [192, 384, 576, 768]),
    .init("text-layers", [1, 2, 3, 4]), .init("text-width", [64, 96, 128]),
    .init("text-mlp", [128, 256, 384, 512]), .init("embed-dim", [64, 96, 128]),
  ]

  static func costs(_ size: Double, _ speed: Double) -> SearchSummary.Costs {
    SearchSummary.Costs(
      latency: Seconds(0.006 * size / speed + 0.0008), energy: Joules(0.0011 * size + 0.0002 * speed),
      area: SquareMillimeters(1.1 + 2.4 * speed), power: Watts(0.11 * speed + 0.03),
      embodied: KilogramsCO2e(0.062 + 0.031 * speed), operational: KilogramsCO2e(0.148 * size + 0.011 * speed))
  }

  /// A model that was measured.
  static func measured(
    float32: Double, int8: Double, error: Double = 0.0064, parameters: Int = 5_432_100
  ) -> CandidateMeasurement {
    func accuracy(_ mean: Double) -> CandidateMeasurement.Accuracy {
      .init(mean: mean, standardError: error, imageRecall: mean, textRecall: mean)
    }
    return CandidateMeasurement(
      float32: accuracy(float32), int8: accuracy(int8), parameters: parameters, multiplyAdds: 0, samples: 0,
      times: .init(), checkpoint: "")
  }

  static func band(_ low: KilogramsCO2e, _ high: KilogramsCO2e) -> CarbonBand {
    CarbonBand(
      design: "", stated: low, low: low, median: low, high: high, mean: low, shareOnFront: 0, shareGreenest: 0)
  }

  static func footprint(_ time: Seconds, _ energy: KilowattHours, _ carbon: KilogramsCO2e) -> RunFootprint {
    var footprint = RunFootprint(
      wall: time, processorTime: time * 2, energy: Joules(energy), method: "estimated from processor time",
      scope: .thisProcess,
      grid: .init(code: "WORLD", name: "world average", intensity: GramsPerKilowattHour(473), source: ""),
      processor: "", threads: 2, notes: ["Only operation is counted, not the machine's making."])
    footprint.carbon = carbon
    return footprint
  }

  static func name(_ sizes: [Int]) -> String { zip(axes, sizes).map { "\($0.name) \($1)" }.joined(separator: ", ") }

  static let reading = "reading grid figures of 2024, a chip of 22 nm"

  /// The whole search.
  static func summary() -> SearchSummary {
    var random = Random()
    var summary = SearchSummary(title: "shapes, carbon first")
    summary.question = question
    summary.axes = axes
    summary.choice =
      "Of all designs of the front that lose at most 6 points against the most accurate one, it has the least carbon."
    for number in 0..<60 { summary.trials.append(trial(number, &random)) }
    var best: [SearchSummary.Point] = []
    for trial in summary.trials where trial.state == .done {
      guard let costs = trial.best?.costs, let accuracy = trial.measurement?.int8.mean else { continue }
      for _ in 0..<14 {
        let factor = 1 + 0.9 * random.next() * random.next()
        summary.cloud.append(
          .init(
            trial: trial.number, accuracy: accuracy, carbon: costs.carbon * factor,
            latency: costs.latency * (0.5 + random.next()), energy: costs.energy * (1 + 0.4 * random.next())))
      }
      let isBeaten = summary.trials.contains { other in
        guard let theirs = other.best?.costs, let their = other.measurement?.int8.mean else { return false }
        return other.number != trial.number && theirs.carbon <= costs.carbon && their >= accuracy
      }
      if !isBeaten {
        var point = SearchSummary.Point(
          trial: trial.number, model: name(trial.sizes), accelerator: trial.best?.accelerator ?? "", costs: costs,
          measurement: trial.measurement)
        point.details = ["L2 256 KB at 32 B/cycle, buffer 1 MB", "peak 1.31 TOPS, 22 nm"]
        point.band = band(costs.carbon * 0.81, costs.carbon * 1.27)
        best.append(point)
      }
      summary.hypervolume.append(
        (trial: trial.number, value: 0.06 * (1 - 1 / (1 + 0.2 * Double(trial.number + 1)))))
      summary.fit.append(
        .init(
          trial: trial.number, measured: accuracy, predicted: accuracy * 0.94 + 0.02 + 0.02 * (random.next() - 0.5),
          standardDeviation: 0.009 + 0.004 * random.next()))
    }
    summary.front = best.sorted { $0.costs.carbon < $1.costs.carbon }
    let chosen = summary.front.count * 2 / 3
    summary.front[chosen].isChosen = true
    summary.hypervolumeUnit = "accuracy × kgCO2e"
    var dense = SearchSummary.Point(
      trial: 60, model: "checkpoints/base, unpruned", accelerator: "2 x 16x16", costs: costs(1.25, 2),
      measurement: measured(float32: 0.512, int8: 0.504, error: 0.009, parameters: 5_432_100))
    dense.band = band(KilogramsCO2e(0.28), KilogramsCO2e(0.46))
    summary.dense = dense
    let compared = summary.front[chosen]
    var fast = compared, frugal = compared
    fast.costs = costs(0.71, 4)
    fast.accelerator = "4 x 16x32"
    frugal.costs = costs(0.67, 1.3)
    frugal.accelerator = "1 x 16x16"
    frugal.costs.energy = compared.costs.energy * 0.93
    summary.comparisons = [
      .init(leastAccuracy: 0.40, rows: [(.carbon, compared), (.latency, fast), (.energy, frugal)]),
      .init(
        leastAccuracy: 0.45, rows: [(.carbon, summary.front[summary.front.count - 1])]),
    ]
    summary.axisEffects = axes.map { axis in
      let most = Double(axis.sizes.last ?? 1)
      return SurrogateView.Effect(
        axis: axis.name,
        sizes: axis.sizes.map { size in
          let accuracy = 0.5 - 0.13 * (1 - Double(size) / most) * (axis.name.hasPrefix("vision") ? 1 : 0.4)
          return (size, accuracy, 0.006)
        })
    }
    addContext(&summary, compared)
    return summary
  }

  private static func addContext(_ summary: inout SearchSummary, _ chosen: SearchSummary.Point) {
    let carbon = chosen.costs.carbon
    summary.sensitivity = [
      .init(
        "grid of use", stated: "world, 473 gCO2e/kWh",
        low: .init(
          "Norway, 30 gCO2e/kWh", carbon: carbon * 0.46,
          better: "B, trial 17 on 1 x 8x16"), high: .init("India, 708 gCO2e/kWh", carbon: carbon * 1.31)),
      .init(
        "lifetime", stated: "3 years", low: .init("1 year", carbon: carbon * 0.61),
        high: .init("6 years", carbon: carbon * 1.72)),
      .init(
        "yield", stated: "87.5 %", low: .init("70 %", carbon: carbon * 1.05), high: .init("98 %", carbon: carbon * 0.98)
      ),
    ]
    summary.testAccuracies = [
      .init(
        trial: chosen.trial, model: chosen.model, validation: chosen.measurement ?? measured(float32: 0, int8: 0),
        test: measured(float32: 0.437, int8: 0.429, error: 0.007)),
      .init(
        trial: 60, model: "checkpoints/base", validation: summary.dense?.measurement ?? measured(float32: 0, int8: 0),
        test: measured(float32: 0.507, int8: 0.501, error: 0.007)),
    ]
    summary.cost = SearchCost(spent: footprint(Seconds(7890), KilowattHours(0.0832), KilogramsCO2e(0.0394)))
  }

  private static var question: SearchSummary.Question {
    var question = SearchSummary.Question()
    question.mode = "carbon"
    question.objectives = ["accuracy", "total carbon"]
    question.limits = ["latency <= 50.0 ms", "area <= 32.0 mm²"]
    question.scenario = "edge: 1 inference a second for 3 years on the world's average grid, \(reading)"
    question.pretrained = "checkpoints/base"
    question.shapes = 18_432
    question.hardware = "edge"
    question.accelerators = 4_320
    question.budget = "60 trials of 4,096 samples at equal FLOPs"
    question.optimizer = "grey-box"
    question.seed = 0
    question.data = [("training", "scenes:train"), ("validation", "scenes:val"), ("test", "scenes:test")]
    question.versions = [("carbonclip", "0.4.0")]
    question.started = "2026-11-23T20:00:00Z"
    question.finished = "2026-11-23T22:11:30Z"
    return question
  }

  private static func trial(_ number: Int, _ random: inout Random) -> SearchSummary.Trial {
    let sizes = axes.map { $0.sizes[min(Int(random.next() * Double($0.sizes.count)), $0.sizes.count - 1)] }
    let state: SearchSummary.Trial.State = number == 23 ? .failed : number == 41 ? .infeasible : .done
    var trial = SearchSummary.Trial(
      number: number, origin: number < 12 ? "initial design" : "expected improvement", state: state, sizes: sizes)
    let shares = zip(axes, sizes).map { Double($1) / Double($0.sizes.last ?? 1) }
    let size = shares.reduce(0, +) / Double(shares.count)
    if state == .failed {
      trial.failure = "training: the loss is no number from step 31 on"
      return trial
    }
    let accuracy = 0.18 + 0.36 * size * size + 0.02 * (random.next() - 0.5)
    var measurement = measured(
      float32: accuracy + 0.007, int8: accuracy, error: 0.0088, parameters: Int(5_400_000 * size * size))
    measurement.multiplyAdds = Int(310_000_000 * size * size)
    measurement.samples = 4096
    (measurement.times.pruning, measurement.times.training) = (3.2, 95 + 30 * random.next())
    measurement.times.evaluation = 9.1
    trial.measurement = measurement
    if state == .done {
      let speed = 0.4 + 1.6 * random.next()
      trial.best = ("\(speed > 1 ? 2 : 1) x 8x\(8 + 8 * Int(speed * 3))", costs(size * size, speed))
    }
    return trial
  }
}
