/// What a technology's parts cost: read once, handed to the cost models.
public struct Technology: Sendable {
  /// SRAM by size.
  public let sram: SRAMTable
  /// Energy in pJ of one 8-bit multiply-add in a lane.
  public let laneMAC: Double
  /// Area in square micrometers of one 8-bit multiply-adder.
  public let laneMACArea: Double
  /// Energy in pJ of one multiply-add as the reference's mapper has it in its code.
  public let mapperMAC: Double
  /// The registers of an array's lane, and of a vector core's.
  public let tensorRegister: Register, vectorRegister: Register
  /// Energy in pJ of one look-up of an exponential.
  public let exponentialTable: Double
  /// Energy in pJ of one 32-bit DRAM access.
  public let memoryRead: Double, memoryWrite: Double
  /// What the reference adds to its share of CACTI's energy for addresses, in pJ an access.
  public let addressRead: Double, addressWrite: Double
  /// The share of CACTI's energy that the reference takes.
  public let accessShare: Double

  /// A register file of one lane: energies in pJ an access, area in square micrometers.
  public struct Register: Equatable, Sendable {
    /// Energy of a read.
    public let read: Double
    /// Energy of a write.
    public let write: Double
    /// Area of the whole file.
    public let area: Double
  }

  /// What the physical cost model adds.
  let physical: ComponentTable
  /// The memories that a design may name.
  public let memories: MemoryCatalog
  let memoryFigures: MemoryFigures

  /// Reads `data/technology`, and what the user knows better.
  /// - Parameter figures: files like `components-22nm.csv`, `physical.csv`, `sram-22nm.csv`, `dram-devices.csv` or
  ///   `weight-memories.csv`, told apart by their headers; they need only the rows that differ or are new
  /// - Throws: `InputError` naming file and row.
  public init(figures: [String] = []) throws {
    let own = try OwnFigures(figures)
    sram = try SRAMTable().overridden(by: own.memories)
    let shipped = try ComponentTable(data: "components-22nm.csv"), logic = try ComponentTable(data: "physical.csv")
    try own.check(among: [shipped, logic])
    let table = try shipped.overridden(by: own.components)
    physical = try logic.overridden(by: own.components)
    memories = try MemoryCatalog().overridden(dram: own.dram, weights: own.weights)
    memoryFigures = try MemoryFigures(physical)
    func register(_ name: String) throws -> Register {
      Register(
        read: try table.value("\(name) read", in: "pJ"), write: try table.value("\(name) write", in: "pJ"),
        area: try table.value("\(name) area", in: "um2"))
    }
    laneMAC = try table.value("lane_mac energy", in: "pJ")
    laneMACArea = try table.value("lane_mac area", in: "um2")
    mapperMAC = try table.value("mapper_mac energy", in: "pJ")
    tensorRegister = try register("tensor_register")
    vectorRegister = try register("vector_register")
    exponentialTable = try table.value("exponential_table read", in: "pJ")
    memoryRead = try table.value("dram read", in: "pJ")
    memoryWrite = try table.value("dram write", in: "pJ")
    addressRead = try table.value("sram_address read", in: "pJ")
    addressWrite = try table.value("sram_address write", in: "pJ")
    accessShare = try table.value("sram_access share", in: "ratio")
  }
}
