public import CLIPUnits

/// What a run of this program cost: time, energy and greenhouse gases, with all that is needed to judge the figures.
///
/// Only operation is counted; see `docs/footprint.md` for what is not.
public struct RunFootprint: Equatable, Sendable {
  /// Time from beginning to end, pauses between sessions left out.
  public var wall: Seconds
  /// Processor time of all threads.
  public var processorTime: Seconds
  /// Energy of processor and memory, before PUE.
  public var energy: Joules
  /// How the energy was found, as ``EnergyMeter/method`` says it.
  public var method: String
  /// What the energy covers.
  public var scope: EnergyScope
  /// The grid; of sessions on several grids the mean, weighted by energy.
  public var grid: GridIntensity
  /// Power usage effectiveness; of several sessions the mean, weighted by energy.
  public var pue: Double
  /// `energy * pue * grid.intensity`, in kgCO2e.
  public var carbon: KilogramsCO2e
  /// The processor's name.
  public var processor: String
  /// Threads that the run computed with.
  public var threads: Int
  /// Where the run took place, in the user's words.
  public var location: String?
  /// How many processes the figures add up: 1 and one more for every resumption.
  public var sessions: Int
  /// What the reader should know besides, as ``EnergyMeter/notes`` says it.
  public var notes: [String]

  /// A footprint from its parts; the carbon is computed.
  public init(
    wall: Seconds, processorTime: Seconds, energy: Joules, method: String, scope: EnergyScope, grid: GridIntensity,
    pue: Double = OperationalCarbon.defaultPUE, processor: String, threads: Int, location: String? = nil,
    sessions: Int = 1, notes: [String] = []
  ) {
    self.wall = wall
    self.processorTime = processorTime
    self.energy = energy
    self.method = method
    self.scope = scope
    self.grid = grid
    self.pue = pue
    self.carbon = OperationalCarbon.carbon(of: energy, pue: pue, on: grid.intensity)
    self.processor = processor
    self.threads = threads
    self.location = location
    self.sessions = sessions
    self.notes = notes
  }

  /// What `meter` counted up to its last sample.
  /// - Parameters:
  ///   - grid: from ``GridTable/grid(_:)``
  ///   - pue: from ``OperationalCarbon/checkedPUE(_:)``
  ///   - threads: that the run computes with
  ///   - location: the place in the user's words, as granular as they like
  public init(
    of meter: EnergyMeter, grid: GridIntensity, pue: Double = OperationalCarbon.defaultPUE, threads: Int,
    location: String? = nil
  ) {
    self.init(
      wall: meter.wall, processorTime: meter.processorTime, energy: meter.energy, method: meter.method,
      scope: meter.scope, grid: grid, pue: pue, processor: meter.processor.name, threads: threads, location: location,
      notes: meter.notes)
  }

  /// Two sessions of one run as one: an earlier one on the left, the next on the right.
  ///
  /// Sums stay sums; names that differ stand side by side; PUE and intensity become the means with which
  /// `energy * pue * intensity` is still the sum of both sessions' carbon.
  public static func + (earlier: RunFootprint, later: RunFootprint) -> RunFootprint {
    let energy = earlier.energy + later.energy
    let drawn = earlier.energy * earlier.pue + later.energy * later.pue
    let carbon = earlier.carbon + later.carbon
    var grid = earlier.grid
    if earlier.grid != later.grid {
      grid.code = joined(earlier.grid.code, later.grid.code)
      grid.name = joined(earlier.grid.name, later.grid.name)
      grid.source = joined(earlier.grid.source, later.grid.source)
      if earlier.grid.year != later.grid.year { grid.year = nil }
      grid.isAssumed = earlier.grid.isAssumed || later.grid.isAssumed
      if drawn > .zero { grid.intensity = GramsPerKilowattHour(carbon.grams / KilowattHours(drawn).value) }
    }
    var sum = RunFootprint(
      wall: earlier.wall + later.wall, processorTime: earlier.processorTime + later.processorTime, energy: energy,
      method: joined(earlier.method, later.method),
      scope: earlier.scope == .wholeMachine || later.scope == .wholeMachine ? .wholeMachine : .thisProcess,
      grid: grid, pue: earlier.pue == later.pue || energy <= .zero ? earlier.pue : drawn / energy,
      processor: joined(earlier.processor, later.processor), threads: max(earlier.threads, later.threads),
      location: joined(earlier.location ?? "", later.location ?? ""),
      sessions: earlier.sessions + later.sessions,
      notes: earlier.notes + later.notes.filter { !earlier.notes.contains($0) })
    if sum.location == "" { sum.location = nil }
    if earlier.scope != later.scope { sum.notes.append("some sessions cover the whole machine, some this process") }
    // Exactly the sum, not what rounding makes of the means.
    sum.carbon = carbon
    return sum
  }

  /// Adds a process that ran beside this one: energy, carbon, processor time and threads; the time that passed is one.
  package mutating func add(rank other: RunFootprint) {
    let wall = max(wall, other.wall), sessions = sessions, threads = threads + other.threads
    self = self + other
    (self.wall, self.sessions, self.threads) = (wall, sessions, threads)
  }

  /// Counts no energy: somebody else's meter did.
  package mutating func leaveOutEnergy() {
    energy = .zero
    carbon = .zero
  }

  /// Both texts with " + " between them, each part once.
  private static func joined(_ first: String, _ second: String) -> String {
    if first.isEmpty || second.isEmpty { return first + second }
    return " + \(first) + ".contains(" + \(second) + ") ? first : "\(first) + \(second)"
  }

  /// One line for people.
  public var summary: String {
    let place = location.map { " in \($0)" } ?? ""
    let overhead = pue == 1 ? "" : " x PUE \((pue * 1000).rounded() / 1000)"
    return "\(carbon) = \(KilowattHours(energy))\(overhead) on the grid \(grid.summary)\(place); "
      + "\(wall) (\(processorTime) of processor time) on \(threads) threads of \(processor); "
      + "\(method), \(scope.rawValue)"
  }
}
