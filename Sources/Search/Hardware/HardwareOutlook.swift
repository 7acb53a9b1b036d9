public import CLIPAccelerators
public import CLIPAssessment
public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPOptimization
internal import CLIPSystem

/// What model shapes cost on the accelerators of a search: exact, and cheap beside any training.
///
/// A trial is priced on every design. A proposal compares thousands of shapes, each on a *short list*: the designs on the
/// fronts of some shapes from all over the space. Its answers are exact for the designs it holds, and a front that it finds
/// is at most a little behind the whole space's (`docs/search.md` has the measured gap).
public final class HardwareOutlook: Sendable {
  /// One design of the short list with the metrics that are made small.
  public struct Consequence: Sendable {
    /// The design's number in the space; 0 for a fixed design.
    public let design: Int
    /// In the order of the recipe's metrics.
    public let values: [Double]
  }

  /// What one shape costs, on every design.
  public let prices: HardwarePrices
  private let recipe: SearchRecipe
  private let space: ModelSpace
  /// The designs whose costs proposals see; of several arithmetics, in that of most bits.
  public let shortlist: [AcceleratorDesign]
  private let numbers: [Int]
  private let known = Lock<[[Int]: [Consequence]]>([:])

  /// No short list is longer: proposals take time in proportion.
  private static let longest = 96
  private static let mostKnown = 200_000

  /// Prices shapes from all over the model space to find the short list.
  /// - Throws: `InputError` where no accelerator is within the limits for any of these shapes: which limit excludes all, and
  ///   by how much.
  public init(_ recipe: SearchRecipe, on pool: ThreadPool) throws {
    self.recipe = recipe
    space = recipe.space
    let prices = try HardwarePrices(recipe)
    self.prices = prices
    let hardware: DesignSpace
    switch recipe.hardware {
    case .space(let space): hardware = space
    case .design(let design):
      shortlist = [design]
      numbers = [0]
      try checkFixed(design)
      return
    }
    var votes: [Int: Int] = [:], excuse: String?, isFeasible = false
    for point in Self.anchors(space) {
      guard case .space(let own) = prices.accelerators(point) else { continue }
      let found = try recipe.assessor(at: point).best(
        of: [recipe.metrics] + recipe.metrics.map { [$0] }, of: recipe.space.shape(point), across: own,
        limits: recipe.limits, on: pool)
      if let reason = found.excuse {
        // The smallest shape's reason is the one to tell: larger ones only miss by more.
        if point == space.smallestPoint || excuse == nil { excuse = reason }
        continue
      }
      isFeasible = true
      // Designs a little behind the front for one shape may be on it for the next.
      for design in found.front(of: recipe.metrics) { votes[design.number, default: 0] += 2 }
      for metric in recipe.metrics { if let best = found.least(metric) { votes[best.number, default: 0] += 1000 } }
    }
    guard isFeasible else {
      throw InputError(
        "no accelerator of \(recipe.hardwareName) is within the limits, not even for the smallest model: \(excuse ?? "")",
        advice: "loosen the limit, or widen the spaces")
    }
    let chosen = votes.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.prefix(Self.longest)
    numbers = chosen.map(\.key).sorted()
    shortlist = numbers.map { hardware[$0] }
  }

  private func checkFixed(_ design: AcceleratorDesign) throws {
    let least = space.smallestPoint, own = self.design(0, for: least) ?? design
    let cheapest = try recipe.assessor(at: least).assess(space.shape(least), on: own, named: recipe.hardwareName)
    for limit in recipe.limits where cheapest.value(of: limit.metric) > limit.most {
      throw InputError(
        "\(recipe.hardwareName) is not within \(limit), not even for the smallest model: "
          + limit.metric.text(cheapest.value(of: limit.metric)),
        advice: "loosen the limit, or take another design")
    }
  }

  /// The corners that matter most: everything, nothing, each axis alone at its least, and each alone at its most.
  private static func anchors(_ space: ModelSpace) -> [[Int]] {
    var anchors = [space.largestPoint, space.smallestPoint]
    for axis in space.axes.indices where space.axes[axis].sizes.count > 1 {
      var point = space.largestPoint
      point[axis] = 0
      anchors.append(point)
    }
    return anchors
  }

  /// What a shape costs on the designs of the short list that are within the limits and that no other of them beats; empty
  /// where none is.
  /// - Throws: `InputError` for a shape that cannot be priced.
  public func consequences(_ point: [Int]) throws -> [Consequence] {
    if let found = known.withLock({ $0[point] }) { return found }
    let assessor = recipe.assessor(at: point), work = try assessor.work(of: space.shape(point))
    let costModel = try assessor.costModel(for: work), list = try costModel.operations(of: work)
    var found: [Consequence] = []
    for (number, design) in zip(numbers, designs(point)) {
      let estimate = try costModel.estimate(list, on: design)
      guard estimate.isPossible else { continue }
      let priced = try assessor.assessment(of: estimate, work, named: "").priced(as: number)
      guard recipe.limits.allSatisfy({ $0.allows(priced) }) else { continue }
      found.append(Consequence(design: number, values: recipe.metrics.map { priced.value(of: $0) }))
    }
    found = ParetoFront.indices(found.map(\.values)).map { found[$0] }
    known.withLock {
      if $0.count >= Self.mostKnown { $0.removeAll(keepingCapacity: true) }
      $0[point] = found
    }
    return found
  }

  /// The short list in a point's arithmetic.
  private func designs(_ point: [Int]) -> [AcceleratorDesign] {
    guard space.arithmetic(point) != nil else { return shortlist }
    return switch prices.accelerators(point) {
    case .space(let space): numbers.map { space[$0] }
    case .design(let design): [design]
    }
  }

  /// As ``HardwarePrices/design(_:for:)``.
  public func design(_ number: Int, for point: [Int]) -> AcceleratorDesign? { prices.design(number, for: point) }

  /// As ``HardwarePrices/assessment(_:design:)``.
  /// - Throws: `InputError` for a number that the space does not have, or a shape that does not fit the design.
  public func assessment(_ point: [Int], design number: Int) throws -> Assessment {
    try prices.assessment(point, design: number)
  }

  /// As ``HardwarePrices/everything(_:fronts:design:on:)``.
  public func everything(
    _ point: [Int], fronts: [[Metric]] = [], design: Int? = nil, on pool: ThreadPool
  ) throws -> SpaceAssessment {
    try prices.everything(point, fronts: fronts, design: design, on: pool)
  }
}
