/// Energy in joules.
public typealias Joules = Quantity<Joule>
/// Power in watts.
public typealias Watts = Quantity<Watt>
/// Time in seconds.
public typealias Seconds = Quantity<Second>
/// Energy in kilowatt-hours, as electricity is billed and its carbon counted.
public typealias KilowattHours = Quantity<KilowattHour>
/// Carbon intensity of electricity in grams of CO2 equivalent for each kilowatt-hour.
public typealias GramsPerKilowattHour = Quantity<GramPerKilowattHour>
/// Mass of greenhouse gases in kilograms of CO2 equivalent.
public typealias KilogramsCO2e = Quantity<KilogramCO2e>
/// Area in square millimeters.
public typealias SquareMillimeters = Quantity<SquareMillimeter>
/// Rate of arithmetic in 10^12 operations for each second, a multiply-add counted as two.
public typealias TeraOperationsPerSecond = Quantity<TeraOperationPerSecond>
/// Rate in events for each second.
public typealias Hertz = Quantity<EventPerSecond>
/// Memory in gigabytes of 2³⁰ bytes, as memory chips are sold.
public typealias Gigabytes = Quantity<Gigabyte>

/// The unit of ``Joules``.
public enum Joule: UnitOfMeasure {
  /// From nJ to GJ.
  public static let steps = [
    UnitStep(1e-9, "nJ", from: 0), UnitStep(1e-6, "µJ"), UnitStep(1e-3, "mJ"), UnitStep(1, "J"), UnitStep(1e3, "kJ"),
    UnitStep(1e6, "MJ"), UnitStep(1e9, "GJ"),
  ]
}

/// The unit of ``Watts``.
public enum Watt: UnitOfMeasure {
  /// From µW to MW.
  public static let steps = [
    UnitStep(1e-6, "µW", from: 0), UnitStep(1e-3, "mW"), UnitStep(1, "W"), UnitStep(1e3, "kW"), UnitStep(1e6, "MW"),
  ]
}

/// The unit of ``Seconds``; long times are written in minutes (from two on) and hours (from two on).
public enum Second: UnitOfMeasure {
  /// From ns to s, then minutes and hours.
  public static let steps = [
    UnitStep(1e-9, "ns", from: 0), UnitStep(1e-6, "µs"), UnitStep(1e-3, "ms"), UnitStep(1, "s"),
    UnitStep(60, "min", from: 120), UnitStep(3600, "h", from: 7200),
  ]
}

/// The unit of ``KilowattHours``; a tenth is still written in kWh.
public enum KilowattHour: UnitOfMeasure {
  /// From mWh to GWh.
  public static let steps = [
    UnitStep(1e-6, "mWh", from: 0), UnitStep(1e-3, "Wh"), UnitStep(1, "kWh", from: 0.1), UnitStep(1e3, "MWh"),
    UnitStep(1e6, "GWh"),
  ]
}

/// The unit of ``GramsPerKilowattHour``.
public enum GramPerKilowattHour: UnitOfMeasure {
  /// Always gCO2e/kWh.
  public static let steps = [UnitStep(1, "gCO2e/kWh", from: 0)]
}

/// The unit of ``KilogramsCO2e``.
public enum KilogramCO2e: UnitOfMeasure {
  /// From µgCO2e to tCO2e.
  public static let steps = [
    UnitStep(1e-9, "µgCO2e", from: 0), UnitStep(1e-6, "mgCO2e"), UnitStep(1e-3, "gCO2e"), UnitStep(1, "kgCO2e"),
    UnitStep(1e3, "tCO2e"),
  ]
}

/// The unit of ``TeraOperationsPerSecond``.
public enum TeraOperationPerSecond: UnitOfMeasure {
  /// GOPS below 0.1 TOPS, then TOPS.
  public static let steps = [UnitStep(1e-3, "GOPS", from: 0), UnitStep(1, "TOPS", from: 0.1)]
}

/// The unit of ``SquareMillimeters``.
public enum SquareMillimeter: UnitOfMeasure {
  /// Always mm².
  public static let steps = [UnitStep(1, "mm²", from: 0)]
}

extension Quantity where Unit == KilowattHour {
  /// The same energy; 1 kWh is 3.6 million joules.
  public init(_ energy: Joules) { self.init(energy.value / 3.6e6) }
}

extension Quantity where Unit == Joule {
  /// The same energy; 1 kWh is 3.6 million joules.
  public init(_ energy: KilowattHours) { self.init(energy.value * 3.6e6) }
}

extension Quantity where Unit == KilogramCO2e {
  /// The same mass in grams, as model cards state it.
  public var grams: Double { value * 1000 }
}

/// Power over a time: energy.
public func * (power: Watts, time: Seconds) -> Joules { Joules(power.value * time.value) }
/// Power over a time: energy.
public func * (time: Seconds, power: Watts) -> Joules { power * time }
/// Energy spread over a time: mean power.
public func / (energy: Joules, time: Seconds) -> Watts { Watts(energy.value / time.value) }
/// How long a power takes to use an energy up.
public func / (energy: Joules, power: Watts) -> Seconds { Seconds(energy.value / power.value) }

/// Electricity of an intensity: the mass of greenhouse gases.
public func * (energy: KilowattHours, intensity: GramsPerKilowattHour) -> KilogramsCO2e {
  KilogramsCO2e(energy.value * intensity.value / 1000)
}
/// Electricity of an intensity: the mass of greenhouse gases.
public func * (energy: Joules, intensity: GramsPerKilowattHour) -> KilogramsCO2e {
  KilowattHours(energy) * intensity
}
