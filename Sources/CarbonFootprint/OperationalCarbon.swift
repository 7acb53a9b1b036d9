internal import CLIPFiles
public import CLIPUnits

/// What using electricity costs the climate.
///
///     carbon = energy * PUE * intensity
///
/// The use phase of ACT's model (Gupta et al., ISCA 2022: operational footprint = energy x carbon intensity), the
/// location-based method of the GHG Protocol's scope 2 guidance, and the term E * I of the Green Software Foundation's
/// Software Carbon Intensity (ISO/IEC 21031). PUE (ISO/IEC 30134-2) is the energy of a whole data center for each
/// unit of energy of its computers: cooling, conversion, light.
public enum OperationalCarbon {
  /// The power usage effectiveness of a computer without a data center around it.
  public static let defaultPUE = 1.0

  /// The greenhouse gases of `energy` drawn by computers.
  /// - Parameters:
  ///   - energy: of the computers alone
  ///   - pue: power usage effectiveness, 1 or more
  ///   - intensity: of the grid
  public static func carbon(
    of energy: Joules, pue: Double = defaultPUE, on intensity: GramsPerKilowattHour
  ) -> KilogramsCO2e {
    (energy * pue) * intensity
  }

  /// A power usage effectiveness that makes sense.
  /// - Throws: `InputError` unless it is from 1 to 10.
  public static func checkedPUE(_ pue: Double) throws -> Double {
    guard (1.0...10.0).contains(pue) else {
      throw InputError(
        "pue: expected 1 to 10, found \(pue)",
        advice: "1 is a computer without cooling, 1.1 to 1.6 a data center")
    }
    return pue
  }
}
