public import CLIPFiles

/// How warm and how fast this machine is at a moment, as far as the kernel tells: without it a measurement on a device that
/// throttles cannot be judged.
public struct MachineState: Equatable, Sendable {
  /// One sensor.
  public struct Zone: Equatable, Sendable {
    /// What the kernel calls it, such as `cpu-thermal` or `x86_pkg_temp`.
    public let name: String
    /// In degrees C.
    public let celsius: Double
  }

  /// The sensors of `/sys/class/thermal`; empty where the kernel shows none.
  public let zones: [Zone]
  /// Each core's frequency now, in MHz; empty where the kernel tells none.
  public let megahertz: [Double]
  /// What decides on frequencies, such as `performance`; nil where the kernel does not tell.
  public let governor: String?
  /// Processes that wanted to run in the last minute, on the mean; nil where the kernel does not tell.
  public let load: Double?

  /// Looks now.
  /// - Parameter root: put before `/sys` and `/proc`: a folder that imitates a machine
  public init(root: String = "") {
    let thermal = "\(root)/sys/class/thermal"
    zones = Self.numbered("thermal_zone", in: thermal).compactMap { name in
      guard let value = try? SystemFile.read("\(thermal)/\(name)/temp", limit: 64).get(),
        let thousandths = Double(value.trimmed)
      else { return nil }
      let kind = (try? SystemFile.read("\(thermal)/\(name)/type", limit: 256).get())?.trimmed ?? name
      return Zone(name: kind, celsius: thousandths / 1000)
    }
    let cores = "\(root)/sys/devices/system/cpu", names = Self.numbered("cpu", in: cores)
    var frequencies = names.compactMap { name in
      (try? SystemFile.integer(in: "\(cores)/\(name)/cpufreq/scaling_cur_freq").get()).map { Double($0) / 1000 }
    }
    if frequencies.isEmpty, let text = try? SystemFile.read("\(root)/proc/cpuinfo").get() {
      frequencies = text.split(separator: "\n").filter { $0.hasPrefix("cpu MHz") }.compactMap { line in
        line.split(separator: ":").last.flatMap { Double(String($0).trimmed) }
      }
    }
    megahertz = frequencies
    governor = names.first.flatMap { name in
      (try? SystemFile.read("\(cores)/\(name)/cpufreq/scaling_governor", limit: 64).get())?.trimmed
    }
    load = (try? SystemFile.read("\(root)/proc/loadavg", limit: 256).get()).flatMap { text in
      text.split(separator: " ").first.flatMap { Double($0) }
    }
  }

  /// Names of a folder that are a word and a number, in the order of the numbers.
  private static func numbered(_ word: String, in folder: String) -> [String] {
    let names = (try? Folder.names(in: folder)) ?? []
    return names.compactMap { name -> (Int, String)? in
      guard name.hasPrefix(word), let number = Int(name.dropFirst(word.count)) else { return nil }
      return (number, name)
    }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// The warmest sensor; nil where there is none.
  public var warmest: Zone? { zones.max { $0.celsius < $1.celsius } }

  /// One line for people: `61 C (cpu-thermal), 1500 to 2400 MHz (governor performance), load 0.3`.
  public var summary: String {
    var parts = [warmest.map { "\(Self.whole($0.celsius)) C (\($0.name))" } ?? "no temperature is told here"]
    if let least = megahertz.min(), let most = megahertz.max() {
      let range =
        Self.whole(least) == Self.whole(most) ? Self.whole(most) : "\(Self.whole(least)) to \(Self.whole(most))"
      parts.append("\(range) MHz\(governor.map { " (governor \($0))" } ?? "")")
    } else {
      parts.append("no frequency is told here")
    }
    if let load { parts.append("load \(load)") }
    return parts.joined(separator: ", ")
  }

  private static func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }

  /// As plain data; names carry their units.
  public var json: JSONObject {
    [
      "zones": .array(zones.map { ["name": .string($0.name), "celsius": .number($0.celsius)] }),
      "mhz": .array(megahertz.map { .number($0) }), "governor": governor.map { .string($0) } ?? .null,
      "load": load.map { .number($0) } ?? .null,
    ]
  }
}
