internal import CLIPSystem

/// Moments for people, in UTC.
public enum UTCDate {
  /// `2026-03-01 09:30 UTC`.
  /// - Parameter seconds: since 1970
  public static func text(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 2.5e11 else { return "unknown" }
    var time = time_t(seconds), parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return "unknown" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
  }

  /// Now, in seconds since 1970.
  public static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
