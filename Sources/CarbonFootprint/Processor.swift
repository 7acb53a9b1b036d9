internal import CLIPFiles
internal import CLIPSystem

/// The machine's processor, as `/proc/cpuinfo` describes it.
public struct Processor: Equatable, Sendable {
  /// The model's name, such as `AMD EPYC 7B13`; `unknown processor` where the system does not tell.
  public var name: String
  /// `GenuineIntel`, `AuthenticAMD`, `Arm`, or empty.
  public var vendor: String
  /// The family; of Arm's processors the implementer.
  public var family: Int?
  /// The model in its family; of Arm's processors the part.
  public var model: Int?
  /// Hardware threads that this machine offers.
  public var threads: Int

  /// Reads `/proc/cpuinfo` of the tree at `root`.
  init(root: String) {
    // Every core repeats the lines; the first core's stand at the beginning.
    let text = (try? SystemFile.read("\(root)/proc/cpuinfo").get()) ?? ""
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = String(line[..<colon]).trimmed
      if fields[key] == nil { fields[key] = String(line[line.index(after: colon)...]).trimmed }
    }
    func number(_ key: String) -> Int? {
      fields[key].flatMap { $0.hasPrefix("0x") ? Int($0.dropFirst(2), radix: 16) : Int($0) }
    }
    let isArm = fields["CPU implementer"] != nil
    vendor = isArm ? "Arm" : fields["vendor_id"] ?? ""
    family = number(isArm ? "CPU implementer" : "cpu family")
    model = number(isArm ? "CPU part" : "model")
    name = (fields["model name"] ?? (isArm ? "Arm processor" : "unknown processor")).singleSpaced
    threads = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }
}

extension String {
  /// The words of a text with one space between them; vendors pad names with many.
  fileprivate var singleSpaced: String { split { $0.isWhitespace }.joined(separator: " ") }
}
