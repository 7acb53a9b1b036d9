import CLIPAccelerators
import CLIPCarbonFootprint
import CLIPDevices
import CLIPFiles
import CLIPModelShapes
import CLIPUnits

/// What `bench` found: a table, JSON, and a table for cost models.
struct BenchReport {
  private let meter: EnergyMeter
  private let threads: Int
  private let bench: EncoderBench
  private let device: String
  private let state: MachineState
  private var measured: [(model: BenchModel, precision: String, times: EncoderTimes)] = []

  init(_ meter: EnergyMeter, threads: Int, bench: EncoderBench, device: String, state: MachineState) {
    self.meter = meter
    self.threads = threads
    self.bench = bench
    self.device = device
    self.state = state
  }

  mutating func add(_ times: EncoderTimes, of model: BenchModel, precision: String) {
    measured.append((model, precision, times))
  }

  var count: Int { measured.count }

  private var isEstimated: Bool { !meter.method.hasPrefix("RAPL") }

  var text: String {
    var parts = [
      "\(meter.processor.name), \(threads) thread\(threads == 1 ? "" : "s")\nenergy: \(meter.method), above idle"
    ]
    var names: [String] = []
    for one in measured where !names.contains(one.model.name) { names.append(one.model.name) }
    for name in names {
      let own = measured.filter { $0.model.name == name }
      var table = Table(
        [
          "encoder", "precision", "batch", "runs", "p50", "p99", "samples/s",
          isEstimated ? "J/sample (estimated)" : "J/sample",
        ],
        words: [0, 1])
      for one in own {
        table.add([
          one.times.encoder.rawValue, one.precision, "\(one.times.batchSize)", "\(one.times.times.count)",
          "\(one.times.median)", "\(one.times.p99)", Figures.significant(one.times.rate),
          one.times.energyPerSample.map { "\($0)" } ?? "-",
        ])
      }
      let random = own.contains { $0.model.hasRandomWeights } ? ", random weights" : ""
      parts.append("\(name)\(random)\n\n\(table.text)")
    }
    let fewest = measured.map(\.times.times.count).min() ?? 0
    parts.append(
      """
      measured for \(Figures.significant(bench.seconds)) s each after \(Figures.significant(bench.warmUp)) s of warm-up, \
      one run at a time; the fewest runs are \(fewest)\(fewest < 100 ? ", and of fewer than 100 the p99 is the longest" : "")
      idle: \(idle)
      machine before: \(state.summary)
      machine after: \((measured.last?.times.after ?? state).summary)
      """)
    return parts.joined(separator: "\n\n")
  }

  private var idle: String {
    let powers = measured.map(\.times.idle)
    guard let least = powers.map(\.value).min(), let most = powers.map(\.value).max() else { return "not measured" }
    let range = least == most ? "\(Watts(least))" : "\(Watts(least)) to \(Watts(most))"
    return
      "\(range), over \(Figures.significant(bench.idleSeconds)) s\(isEstimated ? " (the model's: memory alone)" : "")"
  }

  var json: JSONObject {
    [
      "processor": .string(meter.processor.name), "threads": .integer(threads),
      "energy_method": .string(meter.method), "energy_is_estimated": .bool(isEstimated),
      "energy_scope": .string(meter.scope.rawValue), "notes": .array(meter.notes.map { .string($0) }),
      "seconds": .number(bench.seconds), "warm_up_s": .number(bench.warmUp), "idle_s": .number(bench.idleSeconds),
      "measurements": .array(
        measured.map { one in
          var object: JSONObject = [
            "model": .string(one.model.name), "random_weights": .bool(one.model.hasRandomWeights),
            "precision": .string(one.precision),
          ]
          for (key, value) in one.times.json.pairs { object[key] = value }
          return .object(object)
        }),
    ]
  }

  /// The measurements whose energy is known.
  var table: CostTable {
    CostTable(
      measured.compactMap { one -> CostTable.Row? in
        guard let energy = one.times.energyPerSample else { return nil }
        let configuration = one.model.configuration, isText = one.times.encoder == .text
        return CostTable.Row(
          device: device, encoder: isText ? .text : .image, precision: one.precision, batchSize: one.times.batchSize,
          of: configuration,
          textTokens: isText && configuration.text.isCausal
            ? bench.textTokens ?? configuration.text.contextLength : nil, latency: one.times.median,
          energy: energy * Double(one.times.batchSize), idle: isEstimated ? nil : one.times.idle,
          method:
            "carbonclip bench, \(threads) thread\(threads == 1 ? "" : "s"), \(isEstimated ? "energy estimated by a power model" : meter.method)"
        )
      })
  }
}
