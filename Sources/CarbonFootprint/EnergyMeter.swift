internal import CLIPFiles
public import CLIPUnits

/// What an energy figure covers.
public enum EnergyScope: String, Sendable, CaseIterable {
  /// Everything that ran on the machine's processors meanwhile.
  case wholeMachine = "whole machine"
  /// This process alone.
  case thisProcess = "this process"
}

/// Measures the energy of processor and memory since the meter was made: by the machine's RAPL counters where they can
/// be read, else by a model of this process's power.
///
///     var meter = try EnergyMeter()
///     ...                                    // once a second, at the least once a minute
///     let soFar = meter.sample()
///
/// A reading takes microseconds. A meter knows its own process only: who resumes a run adds the ``RunFootprint`` of
/// the earlier ones.
public struct EnergyMeter: Sendable {
  /// `RAPL: package+dram`, `RAPL: package`, or `power model: ...` with the figures used.
  public let method: String
  /// What the energy covers.
  public let scope: EnergyScope
  /// What the reader of the result should know: why no counter was read, what is missing.
  public let notes: [String]
  /// The processor found.
  public let processor: Processor
  /// The energy up to the last ``sample()``.
  public private(set) var energy = Joules.zero
  /// Time up to the last sample.
  public private(set) var wall = Seconds.zero
  /// Processor time of this process, all threads together, up to the last sample.
  public private(set) var processorTime = Seconds.zero

  private enum Source {
    case counters(RAPLCounters)
    case model(PowerModel)
  }
  private var source: Source
  private let usage: @Sendable () -> ProcessUsage
  private let start: ProcessUsage
  private var last: ProcessUsage

  /// A meter that begins to count now.
  /// - Parameter root: put before `/sys` and `/proc`: a folder that imitates a machine
  /// - Throws: `InputError` when no counter can be read and the toolkit's power figures are missing.
  public init(root: String = "") throws { try self.init(root: root) { ProcessUsage.now() } }

  /// A meter with its own idea of what the process uses.
  package init(root: String, usage: @escaping @Sendable () -> ProcessUsage) throws {
    processor = Processor(root: root)
    switch RAPLCounters.open(root: root) {
    case .success(let counters):
      source = .counters(counters)
      method = counters.countsMemory ? "RAPL: package+dram" : "RAPL: package"
      scope = .wholeMachine
      let memory = "the processor reports no memory counter: memory is not counted"
      notes = counters.countsMemory || !counters.notes.isEmpty ? counters.notes : [memory]
    case .failure(let reason):
      let model = try PowerModel(for: processor)
      source = .model(model)
      method =
        "power model: \(model.thread) a busy thread (\(model.processorName)), \(model.gigabyte) a GB "
        + "(Cloud Carbon Footprint)"
      scope = .thisProcess
      let unknown = "the processor is in no family of data/carbon/processors.csv: its mean is used"
      notes = ["estimated, not measured: \(reason)"] + (model.isDefault ? [unknown] : [])
    }
    self.usage = usage
    start = usage()
    last = start
  }

  /// Reads the counters or clocks and returns the energy since the meter was made.
  @discardableResult
  public mutating func sample() -> Joules {
    let now = usage()
    switch source {
    case .counters(var counters):
      counters.sample()
      energy = counters.energy
      source = .counters(counters)
    case .model(let model):
      energy += model.energy(from: last, to: now)
    }
    wall = now.wall - start.wall
    processorTime = now.processor - start.processor
    last = now
    return energy
  }
}
