internal import CLIPCarbonFootprint
public import CLIPCompute
public import CLIPFiles
public import CLIPModels
internal import CLIPTensors
public import CLIPUnits

/// Measures how long an encoder takes on this machine, and the energy that it takes above what the machine takes idle.
///
///     let bench = EncoderBench()
///     let idle = try bench.idlePower()
///     let times = try bench.run(model, .image, batchSize: 1, idle: idle, on: pool)
///
/// An encoder runs for ``warmUp`` unmeasured, then again and again for ``seconds``, each run timed, one at a time. Inputs are
/// random and the same every time; preparing pictures and reading texts is no part of it. Energy is ``EnergyMeter``'s: the
/// processor's counters where they can be read, else the power model of this process, which is an estimate.
public struct EncoderBench: Sendable {
  /// What of a model is measured.
  public enum Encoder: String, CaseIterable, Sendable {
    /// Pictures to features.
    case image
    /// Texts to features.
    case text
  }

  /// How long each is measured, in seconds.
  public var seconds = 2.0
  /// How long each runs before that, in seconds; once at the least.
  public var warmUp = 0.5
  /// How long the machine is looked at idle, in seconds.
  public var idleSeconds = 1.0
  /// Tokens of each text, its end among them; nil for the model's whole context.
  public var textTokens: Int?
  /// Of the inputs.
  public var seed: UInt64 = 0

  /// So often each is measured, however long it takes.
  public static let fewestRuns = 3
  /// Times that are accepted, in seconds.
  public static let secondsRange = 0.01...600.0
  /// Batch sizes that are accepted.
  public static let batchRange = 1...4096
  /// Counters wrap around, so they are read so often, in seconds.
  private static let longestUnread = 1.0

  /// The standard.
  public init() {}

  /// The power of this machine, as far as the meter sees it, while this process waits.
  /// - Throws: `InputError` where no counter can be read and the toolkit's power figures are missing.
  public func idlePower() throws -> Watts {
    var meter = try EnergyMeter()
    Pause.milliseconds(UInt32(max(1, idleSeconds * 1000)))
    meter.sample()
    return meter.wall > .zero ? meter.energy / meter.wall : .zero
  }

  /// Measures one encoder at one batch size.
  /// - Parameters:
  ///   - model: as it is to be run; what can be done once is done here
  ///   - idle: from ``idlePower()``, with the model in memory
  /// - Throws: `InputError` where inputs do not fit the model; what the encoder throws.
  public func run(
    _ model: any FeatureEncoder, _ encoder: Encoder, batchSize: Int, idle: Watts, on pool: ThreadPool
  ) throws -> EncoderTimes {
    let prepared = model.prepared(), inputs = BenchInputs(model.configuration, seed: seed)
    let encode: () throws -> Tensor
    switch encoder {
    case .image:
      let images = inputs.images(batchSize)
      encode = { try prepared.imageFeatures(images, on: pool) }
    case .text:
      let ids = try inputs.texts(batchSize, tokens: textTokens)
      encode = { try prepared.textFeatures(ids, on: pool) }
    }
    let clock = ContinuousClock()
    var warmUpRuns = 0
    let warm = clock.now
    while warmUpRuns < 1 || (clock.now - warm).seconds < warmUp {
      _ = try encode()
      warmUpRuns += 1
    }
    let before = MachineState()
    var times: [Double] = [], read = 0.0
    var meter = try EnergyMeter()
    let start = clock.now
    while times.count < Self.fewestRuns || (clock.now - start).seconds < seconds {
      let begun = clock.now
      _ = try encode()
      times.append((clock.now - begun).seconds)
      let sofar = (clock.now - start).seconds
      if sofar - read > Self.longestUnread {
        meter.sample()
        read = sofar
      }
    }
    meter.sample()
    return EncoderTimes(
      encoder: encoder, batchSize: batchSize, warmUpRuns: warmUpRuns, times: times.map { Seconds($0) },
      energy: meter.energy, wall: meter.wall, idle: idle, before: before, after: MachineState())
  }
}

/// What measuring an encoder at one batch size gave.
public struct EncoderTimes: Sendable {
  /// What was measured.
  public let encoder: EncoderBench.Encoder
  /// Pictures or texts of a run.
  public let batchSize: Int
  /// Runs before the first that was measured.
  public let warmUpRuns: Int
  /// Every run's time, ascending.
  public let times: [Seconds]
  /// Of all runs together, idle power included.
  public let energy: Joules
  /// Time of all runs together.
  public let wall: Seconds
  /// What is subtracted.
  public let idle: Watts
  /// The machine before the first and after the last run.
  public let before: MachineState, after: MachineState

  /// What was measured, times in any order.
  public init(
    encoder: EncoderBench.Encoder, batchSize: Int, warmUpRuns: Int, times: [Seconds], energy: Joules, wall: Seconds,
    idle: Watts, before: MachineState, after: MachineState
  ) {
    self.encoder = encoder
    self.batchSize = batchSize
    self.warmUpRuns = warmUpRuns
    self.times = times.sorted { $0.value < $1.value }
    self.energy = energy
    self.wall = wall
    self.idle = idle
    self.before = before
    self.after = after
  }

  /// The time that such a share of the runs does not exceed: the nearest rank, so always one that was measured.
  public func percentile(_ share: Double) -> Seconds {
    guard !times.isEmpty else { return .zero }
    let rank = Int((share * Double(times.count)).rounded(.up))
    return times[min(max(rank, 1), times.count) - 1]
  }

  /// The median time of a run.
  public var median: Seconds { percentile(0.5) }
  /// 99 of 100 runs take no longer; with fewer than 100 runs the longest.
  public var p99: Seconds { percentile(0.99) }
  /// Pictures or texts a second, by the median.
  public var rate: Double { Double(batchSize) / median.value }

  /// Of one picture or text, above idle; nil where the meter saw no more than idle power: measure longer.
  public var energyPerSample: Joules? {
    guard !times.isEmpty else { return nil }
    let net = energy - idle * wall
    return net > .zero ? net * (1 / Double(times.count * batchSize)) : nil
  }

  /// As plain data; names carry their units.
  public var json: JSONObject {
    [
      "encoder": .string(encoder.rawValue), "batch_size": .integer(batchSize), "runs": .integer(times.count),
      "warm_up_runs": .integer(warmUpRuns), "p50_s": .number(median.value), "p99_s": .number(p99.value),
      "least_s": .number(times.first?.value ?? .nan), "samples_per_second": .number(rate),
      "energy_per_sample_j": energyPerSample.map { .number($0.value) } ?? .null,
      "energy_j": .number(energy.value), "wall_s": .number(wall.value), "idle_w": .number(idle.value),
      "before": .object(before.json), "after": .object(after.json),
    ]
  }
}
