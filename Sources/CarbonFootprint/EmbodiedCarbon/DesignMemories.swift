public import CLIPUnits

/// The memories that a design names itself, in place of the DRAM that a scenario puts beside every chip.
public struct DesignMemories: Equatable, Sendable {
  /// Memories of one kind beside the chip, each packaged.
  public struct Chip: Equatable, Sendable {
    /// A name such as `hyperram-8mb`.
    public var name: String
    /// All of them together.
    public var capacity: Gigabytes
    /// How many.
    public var count: Int
    /// Of making all of them, yield included.
    public var carbon: KilogramsCO2e
    /// Whether ``carbon`` was read at a source.
    public var isVerified: Bool

    /// Memories of one kind.
    public init(name: String, capacity: Gigabytes, count: Int, carbon: KilogramsCO2e, isVerified: Bool) {
      self.name = name
      self.capacity = capacity
      self.count = count
      self.carbon = carbon
      self.isVerified = isVerified
    }
  }

  /// Memories beside the chip.
  public var chips: [Chip]
  /// What a macro on the die adds to energy, gases and materials of making all of it, as a part of them.
  public var waferShare: Double
  /// What of an inference's energy is the memories'.
  public var energy: Joules
  /// Whether that was all read at a source.
  public var isEnergyVerified: Bool
  /// What was not.
  public var unverified: [String]

  /// The memories of a design.
  public init(
    chips: [Chip] = [], waferShare: Double = 0, energy: Joules = .zero, isEnergyVerified: Bool = true,
    unverified: [String] = []
  ) {
    self.chips = chips
    self.waferShare = waferShare
    self.energy = energy
    self.isEnergyVerified = isEnergyVerified
    self.unverified = unverified
  }

  /// How many packages they have.
  public var packages: Int { chips.reduce(0) { $0 + $1.count } }
  /// Of making all of them.
  public var carbon: KilogramsCO2e { chips.reduce(.zero) { $0 + $1.carbon } }
  /// Of all of them together.
  public var capacity: Gigabytes { Gigabytes(chips.reduce(0) { $0 + $1.capacity.value }) }
  /// The part of ``carbon`` that was read at a source.
  var verifiedCarbon: KilogramsCO2e { chips.filter(\.isVerified).reduce(.zero) { $0 + $1.carbon } }
  /// `2 x lpddr-64mb and flash`, or `none`.
  public var summary: String {
    chips.isEmpty
      ? "none" : chips.map { $0.count == 1 ? $0.name : "\($0.count) x \($0.name)" }.joined(separator: " and ")
  }

  /// Standard deviations of the energy of memories: of data sheets, and of figures that were not read, as parts of it. Data
  /// sheets give greatest values; typical ones are about half to two thirds.
  static let readSpread = 0.3, unverifiedSpread = 0.6
}
