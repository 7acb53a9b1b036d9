public import CLIPAccelerators
public import CLIPAssessment
public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes

/// What a model shape costs on the accelerators of a search: all that a trial needs. ``HardwareOutlook`` adds what proposals do.
public struct HardwarePrices: Sendable {
  private let recipe: SearchRecipe
  /// The accelerators by arithmetic, where there is a choice: the same numbers, other prices.
  private let spaces: [SearchRecipe.Hardware]

  /// - Throws: `InputError` where the accelerators cannot be read in one of the arithmetics.
  public init(_ recipe: SearchRecipe) throws {
    self.recipe = recipe
    spaces = try recipe.space.arithmetics.indices.map { level in
      try recipe.hardware(at: recipe.space.largestPoint.dropLast() + [level])
    }
  }

  /// The accelerators in a point's arithmetic.
  func accelerators(_ point: [Int]) -> SearchRecipe.Hardware {
    guard let level = point.last, recipe.space.arithmetic(point) != nil else { return recipe.hardware }
    return spaces[level]
  }

  /// An accelerator by its number, in a point's arithmetic.
  public func design(_ number: Int, for point: [Int]) -> AcceleratorDesign? {
    switch accelerators(point) {
    case .space(let space): (0..<space.count).contains(number) ? space[number] : nil
    case .design(let design): number == 0 ? design : nil
    }
  }

  /// A shape on one accelerator by its number.
  /// - Throws: `InputError` for a number that the space does not have, or a shape that does not fit the design.
  public func assessment(_ point: [Int], design number: Int) throws -> Assessment {
    guard let design = design(number, for: point) else {
      throw InputError("\(recipe.hardwareName) has no design \(number)", advice: "the study is of another space")
    }
    return try recipe.assessor(at: point).assess(recipe.space.shape(point), on: design, named: design.description)
  }

  /// A shape on every accelerator of the space; of a space too large for that on those that no other beats in the recipe's
  /// metrics, the least of each metric, and those of more fronts or of a number.
  /// - Throws: `InputError` for a shape that cannot be priced.
  public func everything(
    _ point: [Int], fronts: [[Metric]] = [], design: Int? = nil, on pool: ThreadPool
  ) throws -> SpaceAssessment {
    let shape = try recipe.space.shape(point), assessor = recipe.assessor(at: point)
    switch accelerators(point) {
    case .space(let hardware):
      return try assessor.best(
        of: [recipe.metrics] + TrialRecord.Extreme.metrics.map { [$0] } + fronts, of: shape, across: hardware,
        limits: recipe.limits, including: design, on: pool)
    case .design(let design): return try assessor.assess(shape, onOnly: design, limits: recipe.limits)
    }
  }
}
