internal import CLIPModelShapes
public import CLIPUnits

/// A way to price the work of a model on a design.
public protocol CostModel: Sendable {
  /// What the command line calls it.
  var name: String { get }

  /// The work that it prices for one inference.
  /// - Throws: `InputError` for a model that it cannot express.
  func operations(of model: any Workload) throws -> OperationList

  /// One run of an operation.
  /// - Throws: `InputError` for a design that it has no figures for.
  func cost(of operation: Operation, on design: AcceleratorDesign) throws -> OperationCost

  /// The chip's area by component.
  /// - Throws: `InputError` for a design that it has no figures for.
  func area(of design: AcceleratorDesign) throws -> ChipArea

  /// Whether a design's voltage carries its clock; where it does not, a space of designs is read as if it had no such one.
  /// - Throws: `InputError` for a node that it has no figures for.
  func carriesClock(of design: AcceleratorDesign) throws -> Bool

  /// Prices a list of operations; one after another, unless a model knows better.
  /// - Throws: `InputError` for a design that it cannot price.
  func estimate(_ list: OperationList, on design: AcceleratorDesign) throws -> Estimate
}

extension CostModel {
  /// Always: voltages are not told.
  public func carriesClock(of design: AcceleratorDesign) throws -> Bool { true }

  /// Prices one inference of a whole model.
  /// - Throws: `InputError` for a model or a design that it cannot price.
  public func estimate(_ model: any Workload, on design: AcceleratorDesign) throws -> Estimate {
    try estimate(operations(of: model), on: design)
  }

  /// Prices a list of operations, done one after another.
  /// - Throws: `InputError` for a design that it cannot price.
  public func estimate(_ list: OperationList, on design: AcceleratorDesign) throws -> Estimate {
    let design = try design.checked()
    func lines(_ operations: [Operation]) throws -> [Estimate.Line] {
      try operations.map { Estimate.Line(operation: $0, cost: try cost(of: $0, on: design)) }
    }
    var estimate = Estimate(
      costModel: name, design: design, lines: try lines(list.operations), area: try area(of: design),
      images: list.images)
    if let preparation = list.preparation {
      estimate.preparationEnergy =
        try lines(preparation.operations).reduce(.zero) { $0 + $1.energy } * preparation.share
    }
    return estimate
  }
}

/// What one run of an operation takes.
public struct OperationCost: Equatable, Sendable {
  /// Clock cycles; infinite where the operation does not fit the design at all.
  public var cycles: Double
  /// Energy, DRAM's included.
  public var energy: Joules

  /// A cost.
  public init(cycles: Double, energy: Joules) {
    self.cycles = cycles
    self.energy = energy
  }

  /// Nothing fits.
  public static let impossible = OperationCost(cycles: .infinity, energy: Joules(.infinity))
}

/// A chip's area by component.
public struct ChipArea: Equatable, Sendable {
  /// One component of all clusters.
  public struct Component: Equatable, Sendable {
    /// A name for people and files, such as `tensor_l2`.
    public let name: String
    /// Its area, all clusters together.
    public let area: SquareMillimeters

    /// A component.
    public init(_ name: String, _ area: SquareMillimeters) {
      self.name = name
      self.area = area
    }
  }

  /// The components, in the order in which they are shown.
  public let components: [Component]
  /// All components together; not a number where it is ``unknown``.
  public var total: SquareMillimeters {
    isKnown ? components.reduce(.zero) { $0 + $1.area } : SquareMillimeters(.nan)
  }
  /// Whether there is a chip whose area can be told.
  public var isKnown: Bool { self != .unknown }

  /// Of a device that was measured: nobody can tell.
  public static let unknown = ChipArea([Component("unknown", SquareMillimeters(.infinity))])

  /// An area of components.
  public init(_ components: [Component]) { self.components = components }
}
