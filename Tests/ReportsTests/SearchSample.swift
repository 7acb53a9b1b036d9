import CLIPReports
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

  static let axes: [SearchSummary.Axis] = [
    .init("vision-layers", sizes: [3, 4, 5, 6]), .init("vision-width", sizes: [96, 128, 160, 192]),
    .init("vision-heads", sizes: [2, 3]), .init("vision-mlp", sizes: [192, 384, 576, 768]),
    .init("text-layers", sizes: [1, 2, 3, 4]), .init("text-width", sizes: [64, 96, 128]),
    .init("text-mlp", sizes: [128, 256, 384, 512]), .init("embed-dim", sizes: [64, 96, 128]),
  ]

  static func costs(_ size: Double, _ speed: Double) -> SearchSummary.Costs {
    SearchSummary.Costs(
      latency: Seconds(0.006 * size / speed + 0.0008), energy: Joules(0.0011 * size + 0.0002 * speed),
      area: SquareMillimeters(1.1 + 2.4 * speed), power: Watts(0.11 * speed + 0.03),
      embodied: KilogramsCO2e(0.062 + 0.031 * speed), operational: KilogramsCO2e(0.148 * size + 0.011 * speed))
  }

  static func name(_ sizes: [Int]) -> String { zip(axes, sizes).map { "\($0.name) \($1)" }.joined(separator: ", ") }

  static let reading = "reading grid figures of 2024, a chip of 22 nm"

  /// The whole search.
  static func summary() -> SearchSummary {
    var random = Random()
    var summary = SearchSummary(title: "shapes, carbon first", question: question)
    summary.axes = axes
    summary.choice =
      "Of all designs of the front that lose at most 6 points against the most accurate one, it has the least carbon."
    for number in 0..<60 { summary.trials.append(trial(number, &random)) }
    var best: [SearchSummary.Point] = []
    for trial in summary.trials where trial.state == .done {
      guard let costs = trial.costs, let accuracy = trial.accuracies.int8?.value else { continue }
      for _ in 0..<14 {
        let factor = 1 + 0.9 * random.next() * random.next()
        summary.cloud.append(
          .init(
            trial: trial.number, accuracy: accuracy, carbon: costs.carbon * factor,
            latency: costs.latency * (0.5 + random.next()), energy: costs.energy * (1 + 0.4 * random.next())))
      }
      let isBeaten = summary.trials.contains { other in
        guard let theirs = other.costs, let their = other.accuracies.int8?.value else { return false }
        return other.number != trial.number && theirs.carbon <= costs.carbon && their >= accuracy
      }
      if !isBeaten {
        best.append(
          SearchSummary.Point(
            trial: trial.number, model: name(trial.sizes), accelerator: trial.accelerator ?? "",
            details: ["L2 256 KB at 32 B/cycle, buffer 1 MB", "peak 1.31 TOPS, 22 nm"], costs: costs,
            band: .init(
              low: costs.carbon * 0.81, high: costs.carbon * 1.27, shareOnFront: 0.3 + 0.65 * random.next()),
            accuracies: trial.accuracies, parameters: trial.parameters))
      }
      summary.hypervolume.append(
        .init(trial: trial.number, hypervolume: 0.06 * (1 - 1 / (1 + 0.2 * Double(trial.number + 1)))))
      summary.fit.append(
        .init(
          trial: trial.number, measured: accuracy, predicted: accuracy * 0.94 + 0.02 + 0.02 * (random.next() - 0.5),
          standardDeviation: 0.009 + 0.004 * random.next()))
    }
    summary.front = best.sorted { $0.costs.carbon < $1.costs.carbon }
    let chosen = summary.front.count * 2 / 3
    summary.front[chosen].isChosen = true
    summary.hypervolumeUnit = "accuracy × kgCO2e"
    summary.dense = SearchSummary.Point(
      trial: nil, model: "checkpoints/base, unpruned", accelerator: "2 x 16x16", details: ["L2 512 KB at 64 B/cycle"],
      costs: costs(1.25, 2), band: .init(low: KilogramsCO2e(0.28), high: KilogramsCO2e(0.46)),
      accuracies: .init(float32: .init(0.512, standardError: 0.009), int8: .init(0.504, standardError: 0.009)),
      parameters: 5_432_100)
    let compared = summary.front[chosen]
    var fast = compared, frugal = compared
    fast.costs = costs(0.71, 4)
    fast.accelerator = "4 x 16x32"
    frugal.costs = costs(0.67, 1.3)
    frugal.accelerator = "1 x 16x16"
    frugal.costs.energy = compared.costs.energy * 0.93
    summary.comparisons = [
      .init(leastAccuracy: 0.40, rows: [.init(.carbon, compared), .init(.latency, fast), .init(.energy, frugal)]),
      .init(
        leastAccuracy: 0.45, rows: [.init(.carbon, summary.front[summary.front.count - 1])]),
    ]
    summary.axisEffects = axes.map { axis in
      let most = Double(axis.sizes.last ?? 1)
      return SearchSummary.AxisEffect(
        axis: axis.name, others: "at their largest",
        sizes: axis.sizes.map { size in
          let accuracy = 0.5 - 0.13 * (1 - Double(size) / most) * (axis.name.hasPrefix("vision") ? 1 : 0.4)
          return .init(size, predicted: accuracy, low: accuracy - 0.012, high: accuracy + 0.012)
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
          betterDesign: "B, trial 17 on 1 x 8x16"), high: .init("India, 708 gCO2e/kWh", carbon: carbon * 1.31)),
      .init(
        "lifetime", stated: "3 years", low: .init("1 year", carbon: carbon * 0.61),
        high: .init("6 years", carbon: carbon * 1.72)),
      .init(
        "yield", stated: "87.5 %", low: .init("70 %", carbon: carbon * 1.05), high: .init("98 %", carbon: carbon * 0.98)
      ),
    ]
    summary.testAccuracies = [
      .init(
        trial: chosen.trial, model: chosen.model, validation: chosen.accuracies,
        test: .init(float32: .init(0.437, standardError: 0.007), int8: .init(0.429, standardError: 0.007))),
      .init(
        trial: nil, model: "checkpoints/base", validation: summary.dense?.accuracies ?? .init(),
        test: .init(float32: .init(0.507, standardError: 0.007), int8: .init(0.501, standardError: 0.007))),
    ]
    summary.footprint = .init(
      time: Seconds(7890), energy: KilowattHours(0.0832), carbon: KilogramsCO2e(0.0394),
      method: "estimated from processor time and the processor's rated power", grid: "world average, 473 gCO2e/kWh",
      notes: ["Only operation is counted, not the machine's making."])
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
    question.notes = ["Figures are of a made-up search."]
    return question
  }

  private static func trial(_ number: Int, _ random: inout Random) -> SearchSummary.Trial {
    let sizes = axes.map { $0.sizes[min(Int(random.next() * Double($0.sizes.count)), $0.sizes.count - 1)] }
    let state: SearchSummary.TrialState = number == 23 ? .failed : number == 41 ? .infeasible : .done
    var trial = SearchSummary.Trial(
      number: number, origin: number < 12 ? "initial design" : "expected improvement", state: state, sizes: sizes)
    let shares = zip(axes, sizes).map { Double($1) / Double($0.sizes.last ?? 1) }
    let size = shares.reduce(0, +) / Double(shares.count)
    if state == .failed {
      trial.failure = "training: the loss is no number from step 31 on"
      return trial
    }
    let accuracy = 0.18 + 0.36 * size * size + 0.02 * (random.next() - 0.5)
    trial.accuracies = .init(
      float32: .init(accuracy + 0.007, standardError: 0.0089), int8: .init(accuracy, standardError: 0.0088))
    trial.parameters = Int(5_400_000 * size * size)
    trial.multiplyAdds = Int(310_000_000 * size * size)
    trial.samples = 4096
    trial.stages = .init(pruning: Seconds(3.2), training: Seconds(95 + 30 * random.next()), evaluation: Seconds(9.1))
    if state == .done {
      let speed = 0.4 + 1.6 * random.next()
      trial.accelerator = "\(speed > 1 ? 2 : 1) x 8x\(8 + 8 * Int(speed * 3))"
      trial.costs = costs(size * size, speed)
    }
    return trial
  }
}
