internal import CLIPCarbonFootprint
internal import CLIPFiles

/// What making one candidate costs, over all processes that work on it: what an interrupted one cost is kept in the
/// candidate's folder, and counted on by whoever goes on.
final class CandidateMeter {
  private let path: String
  private let earlier: RunFootprint?
  private let grid: GridIntensity
  private let pue: Double
  private let threads: Int
  private var meter: EnergyMeter
  private var kept = ContinuousClock.now

  /// A killed process loses the account of so many seconds at most.
  private static let interval = 10.0

  /// - Parameters:
  ///   - home: the candidate's folder
  ///   - threads: that are computed with
  /// - Throws: `InputError` where the toolkit's power figures are missing.
  init(home: String, grid: GridIntensity, pue: Double, threads: Int) throws {
    path = "\(home)/footprint.json"
    self.grid = grid
    self.pue = pue
    self.threads = threads
    let known = Folder.containsFile(path) ? try? JSONParser.parse(TextFile.text(of: path)).objectValue : nil
    earlier = known.flatMap { try? RunFootprint(json: $0) }
    meter = try EnergyMeter()
  }

  /// Everything up to now.
  func footprint() -> RunFootprint {
    meter.sample()
    let own = RunFootprint(of: meter, grid: grid, pue: pue, threads: threads)
    return earlier.map { $0 + own } ?? own
  }

  /// Writes the account down, now and then. What cannot be written is missing from an account only if the process dies.
  func keep() {
    guard (ContinuousClock.now - kept).seconds > Self.interval else { return }
    save()
  }

  /// Writes the account down, for whoever goes on.
  func save() {
    kept = .now
    guard Folder.exists(Folder.parent(of: path)) else { return }
    try? AtomicFile.write(JSONValue.object(footprint().json).text() + "\n", to: path)
  }

  /// The candidate is finished: its measurement has the account.
  func discard() throws { if Folder.containsFile(path) { try Folder.remove(path) } }
}
