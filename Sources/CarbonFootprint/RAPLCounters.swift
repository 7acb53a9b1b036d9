import CLIPFiles
import CLIPUnits

/// The energy counters of a machine's processors: Intel's and AMD's Running Average Power Limit (RAPL) as Linux shows
/// it under `/sys/class/powercap`.
///
/// Counted are the packages (`intel-rapl:0` named `package-0`, ...) and the memory beside them (`intel-rapl:0:2` named
/// `dram`). The domains `core` and `uncore` lie inside a package and `psys` around everything, so counting them too
/// would count energy twice. A counter wraps around at `max_energy_range_uj`: after minutes under full load, so it
/// must be read more often than that.
///
/// Source: kernel documentation, "Power Capping Framework" (docs.kernel.org/power/powercap/powercap.html).
struct RAPLCounters: Sendable {
  private struct Counter {
    let path: String
    /// Where the counter begins again at 0, in µJ.
    let range: UInt64?
    var last: UInt64
  }

  private var counters: [Counter] = []
  /// What was counted since the beginning.
  private(set) var energy = Joules.zero
  /// Whether memory has counters of its own.
  private(set) var countsMemory = false
  /// What could not be read although the packages could.
  private(set) var notes: [String] = []

  /// Opens the counters of the tree at `root`, or says why there are none, or not all, to read: the sum over only
  /// some of the packages would be silently too small.
  static func open(root: String) -> Result<RAPLCounters, SystemFile.Unreadable> {
    let folder = "\(root)/sys/class/powercap"
    let names = ((try? Folder.names(in: folder)) ?? []).filter { $0.hasPrefix("intel-rapl:") }
    var result = RAPLCounters()
    for name in names {
      guard let label = try? SystemFile.read("\(folder)/\(name)/name", limit: 256).get().trimmed else { continue }
      let depth = name.utf8.count { $0 == UInt8(ascii: ":") }
      let isPackage = depth == 1 && label.hasPrefix("package"), isMemory = depth == 2 && label == "dram"
      guard isPackage || isMemory else { continue }
      let path = "\(folder)/\(name)/energy_uj"
      switch SystemFile.integer(in: path) {
      case .failure(let unreadable):
        if isPackage { return .failure(unreadable) }
        result.notes.append("some memory is not counted: \(unreadable)")
      case .success(0) where isPackage:
        // A running processor has used some energy: guests of some hypervisors see a counter that never moves.
        return .failure(SystemFile.Unreadable(path: path, reason: "the counter stands at 0"))
      case .success(let value):
        let range = try? SystemFile.integer(in: "\(folder)/\(name)/max_energy_range_uj").get()
        result.counters.append(Counter(path: path, range: range, last: value))
        if isMemory { result.countsMemory = true } else { result.hasPackage = true }
      }
    }
    guard result.hasPackage else {
      return .failure(SystemFile.Unreadable(path: folder, reason: "the machine shows no energy counters"))
    }
    return .success(result)
  }

  private var hasPackage = false

  /// Reads all counters. One that cannot be read now is caught up with at the next reading.
  mutating func sample() {
    for index in counters.indices {
      guard case .success(let now) = SystemFile.integer(in: counters[index].path) else { continue }
      let step = Self.step(from: counters[index].last, to: now, range: counters[index].range)
      counters[index].last = now
      energy += Joules(Double(step) * 1e-6)
    }
  }

  /// What was counted between two readings, in µJ, over at most one wrap.
  static func step(from last: UInt64, to now: UInt64, range: UInt64?) -> UInt64 {
    if now >= last { return now - last }
    guard let range, last <= range else { return 0 }
    return (range - last).addingReportingOverflow(now).partialValue
  }
}
