internal import CLIPUnits

/// The pads around a die: one row of bond pads over their cells.
///
///     side = max(side of what is inside + 2 * depth, 2 * depth + pads * pitch / 4)
///
/// A die whose inside is too small for its pads grows; what is grown is charged as area. Source of pitch and depth:
/// `data/technology/physical.csv`; they do not shrink with the process.
struct PadRing: Equatable, Sendable {
  /// Millimeters.
  let pitch: Double, depth: Double
  /// Pads for supplies, as a part of the signals, and of the core at the least.
  let supplies: Double, leastSupplies: Double
  /// pJ of a byte that a pad drives.
  let driveEnergy: Double

  /// - Throws: `InputError` naming file and row.
  init(_ table: ComponentTable) throws {
    pitch = try table.value("pad pitch", in: "um") / 1000
    depth = try table.value("pad depth", in: "um") / 1000
    supplies = try table.value("pad supplies", in: "ratio")
    leastSupplies = try table.value("pad least_supplies", in: "pads")
    // Half of C V^2 each time that a bit toggles.
    let capacitance = try table.value("pad capacitance", in: "pF"), voltage = try table.value("pad voltage", in: "V")
    driveEnergy = try 8 * capacitance * voltage * voltage / 2 * table.value("pad activity", in: "ratio")
  }

  /// Pads for so many signals, supplies included.
  func pads(signals: Int) -> Int {
    signals + Int((Double(signals) * supplies).rounded(.up)) + Int(leastSupplies.rounded(.up))
  }

  /// The whole die in mm², from what is inside, and whether pads decide it.
  func die(inside: Double, signals: Int) -> (area: Double, isPadLimited: Bool) {
    let core = inside.squareRoot() + 2 * depth, edge = 2 * depth + Double(pads(signals: signals)) * pitch / 4
    let side = max(core, edge)
    return (side * side, edge > core)
  }
}
