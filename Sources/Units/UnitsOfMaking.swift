// Quantities of making chips: lengths, energies, defects and greenhouse gases for each area or gigabyte.

/// Size of a process node in nanometers, as fabs name it.
public typealias Nanometers = Quantity<Nanometer>
/// Length in millimeters.
public typealias Millimeters = Quantity<Millimeter>
/// Energy for each area of wafer, in kWh/cm².
public typealias KilowattHoursPerSquareCentimeter = Quantity<KilowattHourPerSquareCentimeter>
/// Greenhouse gases for each area of wafer or chip, in kgCO2e/cm².
public typealias KilogramsPerSquareCentimeter = Quantity<KilogramPerSquareCentimeter>
/// Defects for each area of wafer, in 1/cm².
public typealias DefectsPerSquareCentimeter = Quantity<DefectPerSquareCentimeter>
/// Greenhouse gases for each gigabyte of memory, in gCO2e/GB.
public typealias GramsPerGigabyte = Quantity<GramPerGigabyte>

/// The unit of ``Nanometers``.
public enum Nanometer: UnitOfMeasure {
  /// Always nm.
  public static let steps = [UnitStep(1, "nm", from: 0)]
}

/// The unit of ``Millimeters``.
public enum Millimeter: UnitOfMeasure {
  /// µm below 0.1 mm, then mm.
  public static let steps = [UnitStep(1e-3, "µm", from: 0), UnitStep(1, "mm", from: 0.1)]
}

/// The unit of ``KilowattHoursPerSquareCentimeter``.
public enum KilowattHourPerSquareCentimeter: UnitOfMeasure {
  /// Always kWh/cm².
  public static let steps = [UnitStep(1, "kWh/cm²", from: 0)]
}

/// The unit of ``KilogramsPerSquareCentimeter``.
public enum KilogramPerSquareCentimeter: UnitOfMeasure {
  /// gCO2e/cm² below 1 kgCO2e/cm².
  public static let steps = [UnitStep(1e-3, "gCO2e/cm²", from: 0), UnitStep(1, "kgCO2e/cm²")]
}

/// The unit of ``DefectsPerSquareCentimeter``.
public enum DefectPerSquareCentimeter: UnitOfMeasure {
  /// Always defects/cm².
  public static let steps = [UnitStep(1, "defects/cm²", from: 0)]
}

/// The unit of ``GramsPerGigabyte``.
public enum GramPerGigabyte: UnitOfMeasure {
  /// Always gCO2e/GB.
  public static let steps = [UnitStep(1, "gCO2e/GB", from: 0)]
}

/// The unit of ``Gigabytes``; a gigabyte is 1024 megabytes.
public enum Gigabyte: UnitOfMeasure {
  /// From KB to TB, by 1024.
  public static let steps = [
    UnitStep(0x1p-20, "KB", from: 0), UnitStep(0x1p-10, "MB"), UnitStep(1, "GB"), UnitStep(0x1p10, "TB"),
  ]
}

/// The unit of ``Hertz``.
public enum EventPerSecond: UnitOfMeasure {
  /// From mHz to GHz; a tenth is still written in Hz.
  public static let steps = [
    UnitStep(1e-3, "mHz", from: 0), UnitStep(1, "Hz", from: 0.1), UnitStep(1e3, "kHz"), UnitStep(1e6, "MHz"),
    UnitStep(1e9, "GHz"),
  ]
}

extension Quantity where Unit == Gigabyte {
  /// The size of so many bytes.
  public init(bytes: Int) { self.init(Double(bytes) * 0x1p-30) }
}

extension Quantity where Unit == KilogramPerSquareCentimeter {
  /// From grams for each square centimeter, as fab figures are published.
  public init(grams: Double) { self.init(grams / 1000) }
}

extension Quantity where Unit == SquareMillimeter {
  /// The same area in square centimeters, to which fab figures refer; 1 cm² is 100 mm².
  public var squareCentimeters: Double { value / 100 }
}

/// Electricity for each area, of an intensity: greenhouse gases for each area.
public func * (
  energy: KilowattHoursPerSquareCentimeter, intensity: GramsPerKilowattHour
) -> KilogramsPerSquareCentimeter {
  KilogramsPerSquareCentimeter(energy.value * intensity.value / 1000)
}

/// Greenhouse gases for each area, of an area.
public func * (density: KilogramsPerSquareCentimeter, area: SquareMillimeters) -> KilogramsCO2e {
  KilogramsCO2e(density.value * area.squareCentimeters)
}

/// How many defects an area has on average.
public func * (density: DefectsPerSquareCentimeter, area: SquareMillimeters) -> Double {
  density.value * area.squareCentimeters
}

/// Greenhouse gases of a capacity.
public func * (density: GramsPerGigabyte, capacity: Gigabytes) -> KilogramsCO2e {
  KilogramsCO2e(density.value * capacity.value / 1000)
}

/// How many events happen in a time.
public func * (rate: Hertz, time: Seconds) -> Double { rate.value * time.value }
