internal import CLIPFiles
internal import CLIPSystem
package import CLIPUnits

/// What this process has used so far.
package struct ProcessUsage: Equatable, Sendable {
  /// A clock that never goes back; only differences mean something.
  package var wall: Seconds
  /// Processor time of all threads, in user and in system mode, as `getrusage` counts it.
  package var processor: Seconds
  /// Memory in use, in bytes.
  package var residentBytes: Double

  package init(wall: Seconds, processor: Seconds, residentBytes: Double) {
    self.wall = wall
    self.processor = processor
    self.residentBytes = residentBytes
  }

  /// As it stands now. Memory is 0 where `/proc` does not tell.
  package static func now() -> ProcessUsage {
    ProcessUsage(
      wall: time(CLOCK_MONOTONIC), processor: time(CLOCK_PROCESS_CPUTIME_ID), residentBytes: residentBytes)
  }

  private static func time(_ clock: clockid_t) -> Seconds {
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { return .zero }
    return Seconds(Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9)
  }

  /// The second field of `/proc/self/statm`, in pages.
  private static var residentBytes: Double {
    guard case .success(let text) = SystemFile.read("/proc/self/statm", limit: 256) else { return 0 }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Double(fields[1]) else { return 0 }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}
