internal import CLIPSystem

/// How much memory this process can still have: the least of what the machine has left and of every limit that it runs
/// under.
///
/// Read from `/proc/meminfo`, from the memory limits of the process's control group and those above it (version 1 and 2),
/// and from RLIMIT_AS and RLIMIT_DATA (`ulimit -v` and `-d`).
package struct AvailableMemory: Equatable, Sendable {
  /// What sets the bound.
  package enum Bound: Equatable, Sendable {
    /// All memory of the machine.
    case machine
    /// A control group's: a container's or a batch system's.
    case controlGroup
    /// RLIMIT_AS.
    case addressSpace
    /// RLIMIT_DATA.
    case dataSegment
  }

  /// In bytes.
  package let bytes: Double
  /// What sets it.
  package let bound: Bound

  package init(bytes: Double, bound: Bound) {
    self.bytes = bytes
    self.bound = bound
  }

  /// What it is called in messages: `are free`, or `are left of ulimit -v`.
  package var words: String {
    switch bound {
    case .machine: "are free"
    case .controlGroup: "are left of the container's or job's limit"
    case .addressSpace: "are left of the limit on address space (ulimit -v)"
    case .dataSegment: "are left of the limit on data (ulimit -d)"
    }
  }

  /// Refuses what needs more than is left.
  /// - Parameters:
  ///   - needed: bytes that will be held at once, a careful guess: too low rather than too high
  ///   - purpose: what needs them
  ///   - advice: what to do, told how many bytes there are
  /// - Throws: ``InputError`` with both sizes, and what sets the bound.
  package func require(_ needed: Double, for purpose: String, advice: (Double) -> String) throws {
    guard needed > bytes else { return }
    throw InputError(
      "\(purpose) needs about \(Self.text(needed)) of memory, and \(Self.text(bytes)) \(words)", advice: advice(bytes))
  }

  /// A size for people: `12 GB`, `3.2 GB`, `604 MB`.
  package static func text(_ bytes: Double) -> String {
    if bytes < 1e9 { return "\(Int((bytes / 1e6).rounded(.up))) MB" }
    if bytes >= 1e10 { return "\(Int((min(bytes, 1e18) / 1e9).rounded(.up))) GB" }
    let tenths = Int((bytes / 1e8).rounded(.up))
    return "\(tenths / 10).\(tenths % 10) GB"
  }

  /// The memory left now; nil where the system does not say.
  package static func now() -> AvailableMemory? { least(root: "", limits: Self.limit) }

  /// - Parameters:
  ///   - root: what stands before `/proc` and `/sys`
  ///   - limits: a resource's limit in bytes; nil for none
  package static func least(root: String, limits: (Bound) -> Double?) -> AvailableMemory? {
    var found: [AvailableMemory] = []
    if let free = meminfo(root) { found.append(AvailableMemory(bytes: free, bound: .machine)) }
    found += controlGroups(root).map { AvailableMemory(bytes: $0, bound: .controlGroup) }
    // Sizes in pages: all, resident, shared, code, unused, data and stack.
    let pages = words("\(root)/proc/self/statm").compactMap { Double($0) }, page = Double(sysconf(Int32(_SC_PAGESIZE)))
    if let limit = limits(.addressSpace), let used = pages.first {
      found.append(AvailableMemory(bytes: max(0, limit - used * page), bound: .addressSpace))
    }
    if let limit = limits(.dataSegment), pages.count > 5 {
      found.append(AvailableMemory(bytes: max(0, limit - pages[5] * page), bound: .dataSegment))
    }
    return found.min { $0.bytes < $1.bytes }
  }

  private static func limit(_ bound: Bound) -> Double? {
    var limit = rlimit()
    let resource: __rlimit_resource_t
    switch bound {
    case .addressSpace: resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    case .dataSegment: resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
    default: return nil
    }
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 1 << 60 else { return nil }
    return Double(limit.rlim_cur)
  }

  private static func meminfo(_ root: String) -> Double? {
    guard case .success(let text) = SystemFile.read("\(root)/proc/meminfo") else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Double($0) }.map { $0 * 1024 }
  }

  private static func words(_ path: String) -> [Substring] {
    guard case .success(let text) = SystemFile.read(path) else { return [] }
    return text.split { $0 == " " || $0 == "\n" }
  }

  /// What is left in the process's control group and in each above it. Inside a container the path may be the host's:
  /// then the mounted root is the process's own group.
  private static func controlGroups(_ root: String) -> [Double] {
    guard case .success(let text) = SystemFile.read("\(root)/proc/self/cgroup") else { return [] }
    var left: [Double] = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isUnified = fields[0] == "0" && fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains("memory") else { continue }
      let mount = "\(root)/sys/fs/cgroup" + (isUnified ? "" : "/memory")
      var path = String(fields[2])
      while true {
        let folder = path == "/" || path.isEmpty ? mount : mount + path
        if let bytes = isUnified ? unified(folder) : first(folder) { left.append(bytes) }
        guard path.count > 1 else { break }
        path = Folder.parent(of: path)
      }
    }
    return left
  }

  private static func unified(_ folder: String) -> Double? {
    left(
      limit: number("\(folder)/memory.max"), used: number("\(folder)/memory.current"),
      cache: counter("inactive_file", "\(folder)/memory.stat"))
  }

  private static func first(_ folder: String) -> Double? {
    left(
      limit: number("\(folder)/memory.limit_in_bytes"), used: number("\(folder)/memory.usage_in_bytes"),
      cache: counter("total_inactive_file", "\(folder)/memory.stat"))
  }

  /// Pages of files that nobody uses are given back under pressure, so they count as free.
  private static func left(limit: Double?, used: Double?, cache: Double?) -> Double? {
    // Version 1 writes "no limit" as the largest number of pages.
    guard let limit, limit < 0x1p60 else { return nil }
    return max(0, limit - max(0, (used ?? 0) - (cache ?? 0)))
  }

  private static func number(_ path: String) -> Double? { words(path).first.flatMap { Double($0) } }

  private static func counter(_ name: String, _ path: String) -> Double? {
    guard case .success(let text) = SystemFile.read(path) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}
