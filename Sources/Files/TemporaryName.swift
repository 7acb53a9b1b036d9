internal import CLIPSystem

/// Names of files and folders while they are written: `NAME.partial-` and 16 random digits, so that no other process, in
/// whatever container or on whatever machine, has the same, and nobody can put a link there beforehand.
enum TemporaryName {
  private static let mark = ".partial-"
  private static let digits = 16
  /// Names may have 255 bytes on all common file systems.
  private static let longestStem = 200

  /// A new name beside a path.
  static func beside(_ path: String) -> String {
    var random = String(UInt64.random(in: .min ... .max), radix: 16)
    random = String(repeating: "0", count: digits - random.count) + random
    var name = Folder.name(of: path)
    if name.utf8.count > longestStem { name = String(decoding: name.utf8.prefix(longestStem), as: UTF8.self) }
    let folder = Folder.parent(of: path)
    return (path.contains("/") ? (folder == "/" ? "/" : "\(folder)/") : "") + name + mark + random
  }

  /// Whether a name is one of these.
  static func isTemporary(_ name: String) -> Bool {
    guard let tail = tail(name) else { return false }
    return tail.utf8.count == digits && tail.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// The process in a name of versions before 1.1: `NAME.partial-PID`.
  static func process(in name: String) -> pid_t? {
    guard let tail = tail(name), tail.utf8.count < digits, tail.utf8.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return pid_t(tail)
  }

  private static func tail(_ name: String) -> Substring? {
    guard let hyphen = name.lastIndex(of: "-"), name[...hyphen].hasSuffix(mark) else { return nil }
    return name[hyphen...].dropFirst()
  }
}
