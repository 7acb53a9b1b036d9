import Files

/// What a run has cost so far.
struct RunMeter {
  private var before = 0.0
  private var clock: ContinuousClock.Instant?

  init(_ settings: TrainingSettings, threads: Int) throws {}

  mutating func start(after seconds: Double) {
    before = seconds
    clock = .now
  }

  /// Wall time of the run, earlier sessions included.
  var seconds: Double { before + (clock.map { (ContinuousClock.now - $0).seconds } ?? 0) }
  var energyJoules: Double? { nil }
  var emissionsKilograms: Double? { nil }
  var footprint: JSONObject { ["seconds": .number(seconds)] }
  mutating func restore(_ json: JSONObject?) throws {}
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
