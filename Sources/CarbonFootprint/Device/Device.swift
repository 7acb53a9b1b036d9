public import CLIPFiles
public import CLIPUnits

/// The device around a chip: what else is made, brought and thrown away, and what else draws electricity.
///
/// A bill of materials in YAML, `data/devices/NAME.yaml`; every line says where its figure is from, and whether it was read
/// there or only remembered.
public struct Device: Equatable, Sendable {
  /// One line of the bill.
  public struct Part: Equatable, Sendable {
    /// What it is, such as `battery`.
    public let name: String
    /// Of one device, in kgCO2e.
    public let carbon: KilogramsCO2e
    /// The standard deviation of a log-normal factor, as a part of the value.
    public let spread: Double
    /// Where the figure is from.
    public let source: String
    /// Whether the figure was read at its source; false where it was only remembered or assumed.
    public let isVerified: Bool
  }

  /// The file's name.
  public let code: String
  /// A name for people.
  public let name: String
  /// The bill of materials; the chip that is priced, and its memory, are no part of it.
  public let parts: [Part]
  /// What the rest of the device draws all the time that it is on.
  public let alwaysPower: Watts
  /// What the rest of the device uses for each inference: taking the picture, telling the answer.
  public let energyPerInference: Joules
  /// The part of the electricity paid for that reaches device and chip: supply, or charger and battery.
  public let efficiency: Double
  /// The part of the device that this model answers for; a device that does other things too bears the rest.
  public let share: Double
  /// What power and efficiency are known from, and whether that was read.
  public let powerSource: String
  public let isPowerVerified: Bool

  /// Lines that no bill may lack; one of the last two is needed.
  public static let neededParts = ["board", "sensor", "enclosure", "transport", "end-of-life"]
  public static let supplies = ["battery", "supply"]
  /// Standard deviations where a line says none: of figures that were read, and of those that were not.
  public static let readSpread = 0.3, rememberedSpread = 0.6

  /// The parts together, before ``share``.
  public var partsCarbon: KilogramsCO2e { parts.reduce(.zero) { $0 + $1.carbon } }
  /// What this model answers for.
  public var carbon: KilogramsCO2e { partsCarbon * share }

  /// The standard deviation of ``carbon``, as a part of it; parts err independently.
  public var spread: Double {
    let sum = partsCarbon.value
    guard sum > 0 else { return 0 }
    let variance = parts.reduce(0) { $0 + ($1.carbon.value * $1.spread) * ($1.carbon.value * $1.spread) }
    return min(Spread.range(.logNormal).upperBound, variance.squareRoot() / sum)
  }

  /// The standard deviation of what the rest of the device draws, as a part of it.
  public var powerSpread: Double { isPowerVerified ? Self.readSpread : Self.rememberedSpread }

  /// Names of the parts whose figures were only remembered.
  public var unverified: [String] {
    parts.filter { !$0.isVerified }.map(\.name) + (isPowerVerified ? [] : ["power"])
  }

  /// What the rest of the device draws in a life, and what is lost on the way to chip and device.
  /// - Parameter chip: the chip's own energy of a life
  /// - Throws: `InputError` where only a number of inferences is known: a device is on for a time.
  func energy(besides chip: Joules, over lifetime: Lifetime) throws -> Joules {
    // What draws nothing between inferences needs no time to be counted over.
    if alwaysPower == .zero {
      return energyPerInference * lifetime.inferences * (share / efficiency) + chip * (1 / efficiency - 1)
    }
    guard let span = lifetime.span, let hours = lifetime.hoursPerDay else {
      throw InputError(
        "device: needs the time of use, not only a number of inferences", advice: "give lifetime, rate and duty instead"
      )
    }
    let rest = alwaysPower * (span * (hours / 24)) + energyPerInference * lifetime.inferences
    return rest * (share / efficiency) + chip * (1 / efficiency - 1)
  }

  /// All of it as plain data; names carry their units.
  public var json: JSONObject {
    [
      "device": .string(code), "name": .string(name), "share": .number(share), "carbon_kgco2e": .number(carbon.value),
      "spread": .number(spread), "always_power_w": .number(alwaysPower.value),
      "energy_per_inference_j": .number(energyPerInference.value), "efficiency": .number(efficiency),
      "unverified": .array(unverified.map { .string($0) }),
      "parts": .array(
        parts.map { part in
          [
            "name": .string(part.name), "carbon_kgco2e": .number(part.carbon.value), "spread": .number(part.spread),
            "source": .string(part.source), "verified": .bool(part.isVerified),
          ]
        }),
    ]
  }
}
