internal import CLIPFiles
internal import CLIPUnits

/// An input of a chip's carbon that is known only roughly.
public enum UncertainInput: String, CaseIterable, Sendable {
  /// The fab's energy for each area.
  case epa
  /// Process gases for each area.
  case gpa
  /// Materials for each area.
  case mpa
  /// The part of the dies that works, in points.
  case yield
  /// Carbon intensity of the fab's grid.
  case fabGrid = "fab-grid"
  /// Carbon intensity of the grid of use.
  case useGrid = "use-grid"
  /// Carbon of a gigabyte of DRAM, its yield included.
  case dram
  /// Carbon of a package.
  case packaging
  /// How much the device is used.
  case lifetime
  /// The energy model, where it errs alike for all designs.
  case energy
  /// The area model, where it errs alike for all designs.
  case area
  /// The energy model, where it errs differently for each design.
  case energyOwn = "energy-own"
  /// The area model, where it errs differently for each design.
  case areaOwn = "area-own"
  /// The rest of the device, in the boundary device: as its bill of materials says, unless a scenario says otherwise.
  case device
}

/// How an input may differ from its stated value.
public struct Spread: Equatable, Sendable {
  /// The shape.
  public enum Distribution: String, CaseIterable, Sendable {
    /// Factors whose logarithm is normal; their mean is 1, the spread is their standard deviation.
    case logNormal = "log-normal"
    /// Normal with a standard deviation of the spread.
    case normal
    /// Even between 1 - spread and 1 + spread.
    case uniform
  }

  /// The shape.
  public let distribution: Distribution
  /// As a part of the value; for the yield in points as a part of 1.
  public private(set) var width: Double

  /// Certain.
  public static let none = Spread(certain: .normal)
  /// Widths that are accepted: up to 300 % for log-normal, 33 % for normal, 95 % for uniform spreads.
  public static func range(_ distribution: Distribution) -> ClosedRange<Double> {
    switch distribution {
    case .logNormal: 0...3
    // Three standard deviations below the value there must still be something left.
    case .normal: 0...0.33
    case .uniform: 0...0.95
    }
  }

  private init(certain distribution: Distribution) {
    self.distribution = distribution
    width = 0
  }

  /// A log-normal spread of a width that is known to be accepted.
  init(logNormal width: Double) {
    distribution = .logNormal
    self.width = min(width, Self.range(.logNormal).upperBound)
  }

  /// The same, so many times as wide, but no wider than is accepted.
  func widened(by factor: Double) -> Spread {
    var wide = self
    wide.width = min(width * factor, Self.range(distribution).upperBound)
    return wide
  }

  /// - Throws: `InputError` for a width outside ``range(_:)``.
  public init(_ distribution: Distribution, _ width: Double) throws {
    let range = Self.range(distribution)
    guard range.contains(width) else {
      throw InputError(
        "spread: expected 0 to \(Figures.percent(range.upperBound, places: 3)) for \(distribution.rawValue), "
          + "found \(Figures.percent(width, places: 3))")
    }
    self.distribution = distribution
    self.width = width
  }
}

/// How well each input of a chip's carbon is known.
public struct UncertaintyRanges: Equatable, Sendable {
  private var spreads: [UncertainInput: Spread]

  /// Every input is certain.
  public static let none = UncertaintyRanges()

  private init() { spreads = [:] }

  /// Reads a table with the columns `input,distribution,spread,source`; inputs that it does not name are certain.
  /// - Parameter path: the user's own file; nil for `data/carbon/uncertainty.csv`, which comes with the toolkit
  /// - Throws: `InputError` naming file, line and column.
  public init(file path: String? = nil) throws {
    let path = try path ?? DataFolder.path("carbon/uncertainty.csv")
    let table = try FigureTable(file: path, columns: ["input", "distribution", "spread", "source"])
    spreads = [:]
    for row in table.rows {
      try namingFile(path) {
        let input = try Self.word(row.text("input"), UncertainInput.self, "input", row)
        let distribution = try Self.word(row.text("distribution"), Spread.Distribution.self, "distribution", row)
        guard spreads[input] == nil else {
          throw InputError("\(input.rawValue) stands twice", at: row.place("input"))
        }
        let width = try row.number("spread", in: Spread.range(distribution))
        try set(input, Spread(distribution, width))
        _ = try row.text("source")
      }
    }
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ text: String, _ type: Word.Type, _ column: String, _ row: FigureTable.Row
  ) throws -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: text) else {
      throw InputError(
        "unknown \(column) \(text.quoted())", at: row.place(column),
        advice: Suggestion.advice(for: text, among: Word.allCases.map(\.rawValue)))
    }
    return word
  }

  /// Whether nothing is uncertain.
  var isCertain: Bool { spreads.values.allSatisfy { $0.width == 0 } }

  /// An input's spread.
  public subscript(input: UncertainInput) -> Spread { spreads[input] ?? .none }

  /// Changes an input's spread.
  /// - Throws: `InputError` for a log-normal yield: points are added, not multiplied.
  public mutating func set(_ input: UncertainInput, _ spread: Spread) throws {
    if input == .yield, spread.distribution == .logNormal {
      throw InputError(
        "yield: expected normal or uniform, found log-normal", advice: "its spread is in points of yield")
    }
    spreads[input] = spread
  }
}
