import CLIPCarbonFootprint
import CLIPFiles
import CLIPRanks
import CLIPUnits

/// What a run has cost so far: time, energy and carbon, earlier sessions included.
struct RunMeter {
  private let grid: GridIntensity
  private let pue: Double
  private let threads: Int
  private var meter: EnergyMeter?
  private var earlier: RunFootprint?
  /// What the other ranks' processes of this session cost.
  private var others: [RunFootprint] = []
  private var before = 0.0
  private var clock: ContinuousClock.Instant?
  private var lastSample = -Double.infinity
  private var total: Double?

  /// - Throws: ``InputError`` for a grid that no table knows.
  init(_ settings: TrainingSettings, threads: Int) throws {
    grid = try GridTable().grid(settings.grid)
    pue = try OperationalCarbon.checkedPUE(settings.pue)
    self.threads = threads
  }

  /// Starts the clock of this session.
  mutating func start(after seconds: Double) throws {
    before = seconds
    clock = .now
    meter = try EnergyMeter()
  }

  /// Takes over what earlier sessions cost.
  mutating func restore(_ json: JSONObject?) throws { earlier = try json.map { try RunFootprint(json: $0) } }

  /// Wall time in seconds.
  var seconds: Double { total ?? before + (clock.map { (ContinuousClock.now - $0).seconds } ?? 0) }

  /// Reads the meter: at most once a second, or whenever a figure is written down.
  mutating func sample(always: Bool = false) {
    let now = seconds
    guard total == nil, always || now - lastSample >= 1 else { return }
    lastSample = now
    meter?.sample()
  }

  /// Reads the meter for the last time: whatever is asked of it later is as of now.
  mutating func stop() {
    sample(always: true)
    total = seconds
  }

  /// As of the last sample; of other ranks as they told last.
  var footprint: RunFootprint? {
    guard let meter else { return earlier }
    var own = RunFootprint(of: meter, grid: grid, pue: pue, threads: threads)
    for other in others { own.add(rank: other) }
    return earlier.map { $0 + own } ?? own
  }

  /// Learns what the other ranks cost. A meter of a whole machine counts once for all ranks there.
  mutating func add(_ ranks: any RankGroup) throws {
    guard let meter else { return }
    let own = RunFootprint(of: meter, grid: grid, pue: pue, threads: threads)
    let hosts = try ranks.gather(RankPlace.here.host), told = try ranks.gather(JSONValue.object(own.json).text())
    let others = try told.indices.filter { $0 != ranks.rank }.map { rank in
      guard let json = try JSONParser.parse(told[rank]).objectValue else {
        throw InputError("rank \(rank) told no footprint")
      }
      var footprint = try RunFootprint(json: json)
      let isCounted = (hosts[..<rank] + [hosts[ranks.rank]]).contains(hosts[rank])
      if isCounted, footprint.scope == .wholeMachine { footprint.leaveOutEnergy() }
      return footprint
    }
    self.others = others
  }
}
