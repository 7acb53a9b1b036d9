import CLIPSystem

/// Where a rank runs: its host, and which of its processors it may use.
public struct RankPlace: Sendable, Equatable {
  /// The host's name.
  public let host: String
  /// The processors that the launcher left to it, as Linux lists them (`0-3,8`); empty where the system does not say.
  public let processors: String

  /// This process's.
  public static let here = RankPlace()

  private init() {
    var name = [CChar](repeating: 0, count: 256)
    let isKnown = gethostname(&name, name.count - 1) == 0
    host = isKnown ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    processors = Self.allowed()
  }

  /// Source: `Cpus_allowed_list` of `/proc/self/status`, proc(5).
  private static func allowed() -> String {
    guard let file = fopen("/proc/self/status", "re") else { return "" }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?, size = 0
    defer { free(line) }
    while getline(&line, &size, file) > 0, let text = line.map({ String(cString: $0) }) {
      guard text.hasPrefix("Cpus_allowed_list:") else { continue }
      return String(text.dropFirst("Cpus_allowed_list:".count).filter { !$0.isWhitespace })
    }
    return ""
  }
}

extension RankGroup {
  /// How many threads this rank may start so that ranks that share processors do not wait for one another.
  /// - Parameter available: processors that this process may use
  public func threads(available: Int) throws -> Int {
    let place = "\(RankPlace.here.host) \(RankPlace.here.processors)"
    return max(1, available / (try gather(place).count { $0 == place }))
  }
}
