public import CLIPModelShapes
public import CLIPUnits

/// The reference's verdict on a model and a design: time, energy, area, carbon over three years, and its limits.
///
///     chip        = area * (CI_fab * EPA + GPA + MPA) / yield
///     DRAM        = capacity * carbon per GB / yield
///     operational = energy * CI_use
///     total       = chip + DRAM + inferences * operational
///
/// Source: ACT (Gupta et al., ISCA 2022) as CATransformers calls it, figures in `data/technology/reference-carbon.csv`.
/// Packaging, transport, end of life and standby are left out.
public struct ReferenceAssessment: Sendable {
  /// Time and energy by operation.
  public let estimate: Estimate
  /// The area that the reference's table gives, which for 81 of its designs is not what its rule gives.
  public let area: SquareMillimeters
  /// Of making the chip.
  public let embodiedChip: KilogramsCO2e
  /// Of making its DRAM.
  public let embodiedDRAM: KilogramsCO2e
  /// Of one inference.
  public let operationalPerInference: KilogramsCO2e
  /// Inferences of a lifetime.
  public let lifetimeInferences: Double

  /// The reference's limits: 50 ms, the area of its largest design at 20.48 TOPS, and those.
  static let longestLatency = Seconds(0.05)
  static let largestArea = SquareMillimeters(31.990347)
  static let highestTOPS = 20.48

  /// Of making chip and DRAM.
  public var embodied: KilogramsCO2e { embodiedChip + embodiedDRAM }
  /// Of a lifetime.
  public var total: KilogramsCO2e { embodied + operationalPerInference * lifetimeInferences }
  /// What a lifetime's inferences use.
  public var lifetimeEnergy: KilowattHours { KilowattHours(estimate.energy) * lifetimeInferences }
  /// Whether an inference takes at most 50 ms.
  public var isFastEnough: Bool { estimate.latency <= Self.longestLatency }
  /// Whether the chip is within the limit of area.
  public var isSmallEnough: Bool { area <= Self.largestArea }
  /// Whether the peak rate is within its limit.
  public var isWithinPeak: Bool { estimate.design.peakTOPS <= Self.highestTOPS }

  /// Assesses a model on a design.
  /// - Throws: `InputError` for a model or a design that the reference cannot price.
  public init(
    of configuration: CLIPConfiguration, on design: AcceleratorDesign, _ model: ReferenceCostModel
  ) throws {
    estimate = try model.estimate(configuration, on: design)
    area = try model.tabulatedArea(of: design).total
    let figures = model.carbon
    embodiedChip = figures.chip(area)
    embodiedDRAM = figures.memory
    operationalPerInference = estimate.energy * figures.useIntensity
    lifetimeInferences = figures.lifetimeInferences
  }
}

/// What the reference fixes about fab, DRAM and use.
struct ReferenceCarbonFigures {
  /// Of making a square centimeter, in grams.
  let gramsPerSquareCentimeter: Double
  /// Of making the DRAM.
  let memory: KilogramsCO2e
  let useIntensity: GramsPerKilowattHour
  let lifetimeInferences: Double

  /// Reads `data/technology/reference-carbon.csv`.
  /// - Throws: `InputError` naming file and row.
  init() throws {
    let table = try ComponentTable(data: "reference-carbon.csv", keys: ["choice"])
    let yield = try table.value("fab_yield", in: "ratio")
    let energy = try table.value("fab_intensity", in: "g/kWh") * table.value("fab_energy", in: "kWh/cm2")
    gramsPerSquareCentimeter =
      (energy + (try table.value("fab_gases", in: "g/cm2")) + (try table.value("fab_materials", in: "g/cm2"))) / yield
    let grams = try table.value("dram_carbon", in: "g/GB") * table.value("dram_capacity", in: "GB") / yield
    memory = KilogramsCO2e(grams / 1000)
    useIntensity = GramsPerKilowattHour(try table.value("use_intensity", in: "g/kWh"))
    lifetimeInferences = try table.value("lifetime_inferences", in: "inferences")
  }

  func chip(_ area: SquareMillimeters) -> KilogramsCO2e {
    KilogramsCO2e(area.value / 100 * gramsPerSquareCentimeter / 1000)
  }
}
