public import CLIPUnits

/// What a fab needs and emits for each area of wafer at a process node, before yield.
///
///     carbon per area = intensity * EPA + GPA + MPA
///
/// Source: Gupta et al., "ACT", ISCA 2022, section 4.2 and table 1: EPA, GPA and MPA are energy, process gases and
/// materials per area.
public struct FabProcess: Equatable, Sendable {
  /// The node.
  public let node: Nanometers
  /// The part of the process gases that is destroyed before the chimney, 0.95 to 0.99.
  public let abatement: Double
  /// EPA, in kWh/cm².
  public let energyPerArea: KilowattHoursPerSquareCentimeter
  /// GPA at that abatement, in kgCO2e/cm².
  public let gasesPerArea: KilogramsPerSquareCentimeter
  /// MPA, in kgCO2e/cm².
  public let materialsPerArea: KilogramsPerSquareCentimeter
  /// Which edition of the figures was asked for.
  public let edition: String
  /// Where the figures are from.
  public let source: String
  /// The nodes of the table between which the figures lie; nil where the table has the node itself.
  public let interpolatedBetween: ClosedRange<Nanometers>?

  /// A process with its figures.
  /// - Parameters:
  ///   - abatement: 0.95 to 0.99, as a part of 1
  ///   - energyPerArea: EPA
  ///   - gasesPerArea: GPA at that abatement
  ///   - materialsPerArea: MPA
  public init(
    node: Nanometers, abatement: Double, energyPerArea: KilowattHoursPerSquareCentimeter,
    gasesPerArea: KilogramsPerSquareCentimeter, materialsPerArea: KilogramsPerSquareCentimeter,
    edition: String, source: String, interpolatedBetween: ClosedRange<Nanometers>? = nil
  ) {
    self.node = node
    self.abatement = abatement
    self.energyPerArea = energyPerArea
    self.gasesPerArea = gasesPerArea
    self.materialsPerArea = materialsPerArea
    self.edition = edition
    self.source = source
    self.interpolatedBetween = interpolatedBetween
  }

  /// Greenhouse gases for each area of wafer, before yield.
  /// - Parameter intensity: of the fab's grid
  public func carbonPerArea(on intensity: GramsPerKilowattHour) -> KilogramsPerSquareCentimeter {
    energyPerArea * intensity + gasesPerArea + materialsPerArea
  }

  /// What the reader should know about the figures; nil where they stand in the table as they are.
  public var note: String? {
    interpolatedBetween.map {
      "\(edition) has no figures for \(node): interpolated between \($0.lowerBound) and \($0.upperBound)"
    }
  }
}
