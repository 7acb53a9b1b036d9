/// What a strategy is made for.
public struct SearchProblem: Sendable {
  /// The points to choose from.
  public let lattice: Lattice
  /// The points to begin with, in order.
  public let first: [[Int]]
  /// Of all choices.
  public let seed: UInt64
  /// Up to where volume counts, `[-accuracy, costs...]`; nil takes it from the front so far.
  public let reference: [Double]?
  /// The costs of a point, one list for each way to have it that no other beats; for strategies that compute costs instead
  /// of learning them.
  public let consequences: @Sendable ([Int]) throws -> [[Double]]
  /// The logarithm of what a point is at work, such as a shape's multiply-adds: what training makes of a look depends on it.
  /// nil where nothing is known.
  public var size: (@Sendable ([Int]) throws -> Double)?

  /// A problem of its parts.
  public init(
    lattice: Lattice, first: [[Int]], seed: UInt64, reference: [Double]?,
    consequences: @escaping @Sendable ([Int]) throws -> [[Double]]
  ) {
    self.lattice = lattice
    self.first = first
    self.seed = seed
    self.reference = reference
    self.consequences = consequences
  }
}

/// Makes a strategy for a search: one of ``StandardStrategy``, or a user's own.
public protocol StrategyMaker: Sendable {
  /// As recipes and reports call it.
  var name: String { get }
  /// Whether costs are computed: points are then of what is measured alone, and so are the observations. Else a point
  /// holds every axis, and an observation every objective.
  var computesCosts: Bool { get }

  /// - Throws: what making it throws.
  func strategy(for problem: SearchProblem) throws -> any SearchStrategy
}

/// The strategies that recipes know by name; the first is the standard.
public enum StandardStrategy: String, CaseIterable, StrategyMaker {
  /// ``GreyBoxStrategy``.
  case greyBox = "grey-box"
  /// ``BlackBoxStrategy``.
  case blackBox = "black-box"
  /// ``NSGAII``.
  case nsga2 = "nsga-ii"
  /// ``SobolStrategy``.
  case sobol
  /// ``RandomStrategy``.
  case random

  /// The raw value.
  public var name: String { rawValue }

  /// Of `grey-box` only.
  public var computesCosts: Bool { self == .greyBox }

  /// One line for help texts.
  public var summary: String {
    switch self {
    case .greyBox: "learns accuracy, computes costs"
    case .blackBox: "learns every objective over all axes"
    case .nsga2: "the genetic algorithm"
    case .sobol: "an even spread"
    case .random: "by chance"
    }
  }

  /// The strategy for a problem. `sobol` and `random` leave out the points to begin with; `grey-box` alone asks for
  /// costs; it and `black-box` alone look at the reference.
  public func strategy(for problem: SearchProblem) -> any SearchStrategy {
    switch self {
    case .greyBox:
      GreyBoxStrategy(
        lattice: problem.lattice, first: problem.first, seed: problem.seed, reference: problem.reference,
        consequences: problem.consequences)
    case .blackBox:
      BlackBoxStrategy(
        lattice: problem.lattice, first: problem.first, seed: problem.seed, reference: problem.reference)
    case .nsga2: NSGAII(lattice: problem.lattice, first: problem.first, seed: problem.seed)
    case .sobol: SobolStrategy(lattice: problem.lattice, seed: problem.seed)
    case .random: RandomStrategy(lattice: problem.lattice, seed: problem.seed)
    }
  }
}
