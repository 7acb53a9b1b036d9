internal import CLIPFiles
public import CLIPUnits

/// How and where a chip is made, and what is packed beside it.
///
///     chip      = wafer area for each die / yield * (intensity * EPA + GPA + MPA)
///     DRAM      = capacity * carbon per gigabyte / DRAM yield
///     packaging = ICs * carbon of a package
///     embodied  = chip + DRAM [+ packaging [+ rest of the device]], by the boundary
///
/// Source: Gupta et al., "ACT", ISCA 2022, equations 3 to 5, and ACT 2.0. The wafer's area for each die is the die's own
/// unless a ``Wafer`` says what its rim and cuts add.
public struct Manufacture: Equatable, Sendable {
  /// The process.
  public var process: FabProcess
  /// The fab's grid.
  public var grid: GridIntensity
  /// Which part of the dies works.
  public var yield: YieldModel
  /// Charges the die with what the wafer loses at its rim and in its cuts; nil charges the die's own area.
  public var wafer: Wafer?
  /// The DRAM; nil for none.
  public var memory: MemoryPlan?
  /// The packages; nil, ACT's own default, counts none.
  public var packaging: Packaging?
  /// What is counted.
  public var boundary: Boundary
  /// The device that the chip works in; nil where none is named.
  public var device: Device?
  /// The user's own file of fabs' figures; nil for the toolkit's.
  public var fabFile: String?

  /// Areas of dies that are accepted, in mm²: up to a whole wafer.
  public static let areas: ClosedRange<Double> = 1e-4...70_000
  /// Below this part of working dies a design is refused.
  public static let leastYield = 0.001

  /// A way of making.
  public init(
    process: FabProcess, grid: GridIntensity, yield: YieldModel = .standard, wafer: Wafer? = nil,
    memory: MemoryPlan?, packaging: Packaging? = nil,
    boundary: Boundary = .packaged, device: Device? = nil
  ) {
    self.process = process
    self.grid = grid
    self.yield = yield
    self.wafer = wafer
    self.memory = memory
    self.packaging = packaging
    self.boundary = boundary
    self.device = device
  }

  /// The process at another node, by the same figures.
  /// - Throws: `InputError` for a node that the figures do not cover.
  public func process(at node: Nanometers) throws -> FabProcess {
    try FabTable(file: fabFile).process(node, abatement: process.abatement, edition: process.edition)
  }

  /// What making a device that was measured costs: the bill of ``device``, its own chip and memory in it.
  var embodiedOfDevice: EmbodiedCarbon {
    var device = self
    device.memory = nil
    device.packaging = nil
    var embodied = EmbodiedCarbon(
      manufacture: device, area: .zero, waferArea: .zero, dieYield: 1, fabEnergy: .zero, gases: .zero,
      materials: .zero, memoryCapacity: .zero, memory: .zero, memories: nil, packaging: .zero)
    embodied.isOfDevice = true
    return embodied
  }

  /// What making one chip with its DRAM costs.
  /// - Parameters:
  ///   - area: of the die
  ///   - modelBytes: size of the model that the DRAM has to hold, where the capacity follows it
  ///   - memories: those that the design names, in place of ``memory``
  /// - Throws: `InputError` for an area outside 0.0001 to 70000 mm², for a die that does not fit the wafer or of which
  ///   hardly one works, and where the model's size is needed and missing.
  public func embodied(
    area: SquareMillimeters, modelBytes: Int? = nil, memories: DesignMemories? = nil
  ) throws -> EmbodiedCarbon {
    guard Self.areas.contains(area.value) else {
      throw InputError("area: expected 0.0001 to 70000 mm², found \(area)")
    }
    let dieYield = try yield.checked().yield(of: area)
    guard dieYield >= Self.leastYield else {
      throw InputError(
        "area: of dies of \(area) fewer than one in 1000 works (\(yield.summary))",
        advice: "take a smaller die or fewer defects")
    }
    let waferArea = try wafer?.areaPerDie(of: area) ?? area
    var energy = process.energyPerArea * grid.intensity * waferArea / dieYield
    var gases = process.gasesPerArea * waferArea / dieYield, materials = process.materialsPerArea * waferArea / dieYield
    if let memories {
      let process = 1 + memories.waferShare
      (energy, gases, materials) = (energy * process, gases * process, materials * process)
    }
    let capacity = try memories?.capacity ?? memory?.capacity(forModelOf: modelBytes) ?? .zero
    let dram = memories?.carbon ?? memory.map { $0.type.carbonPerGigabyte * capacity / $0.yield } ?? .zero
    return EmbodiedCarbon(
      manufacture: self, area: area, waferArea: waferArea, dieYield: dieYield, fabEnergy: energy,
      gases: gases, materials: materials, memoryCapacity: capacity, memory: dram, memories: memories,
      packaging: packaging?.carbon(memories: memories?.packages ?? (memory == nil ? 0 : 1)) ?? .zero)
  }
}
