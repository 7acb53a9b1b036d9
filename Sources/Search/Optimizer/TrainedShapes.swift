internal import CLIPOptimization
public import CLIPStudies

/// The shapes that a search has trained, whichever arithmetic or accelerator they were tried in.
public struct TrainedShapes: Equatable, Sendable {
  /// Shapes that were given to be trained, whatever came of it: what a budget of trainings counts.
  public let begun: Set<[Int]>
  /// Shapes that can be measured again without a training: those with a measurement, and the base model, which is not trained.
  let known: Set<[Int]>

  /// - Throws: `InputError` for a point that the base model cannot be cut to.
  public init(_ trials: [Trial], _ recipe: SearchRecipe) throws {
    let lattice = SearchLattice(recipe)
    let largest = recipe.space.largestPoint
    var begun: Set<[Int]> = []
    var known: Set<[Int]> = try recipe.space.shape(largest) == recipe.dense ? [lattice.shape(largest)] : []
    for trial in trials {
      let shape = lattice.shape(trial.point)
      if trial.state == .finished { known.insert(shape) }
      if !begun.contains(shape), try recipe.space.shape(shape) != recipe.dense { begun.insert(shape) }
    }
    (self.begun, self.known) = (begun, known)
  }
}

extension SearchLattice {
  /// The levels of a point that make its shape: without arithmetic and accelerator.
  func shape(_ point: [Int]) -> [Int] {
    Array(point.prefix(model.axes.count - (model.arithmetics.isEmpty ? 0 : 1)))
  }

  /// The levels of a point that do not.
  func rest(_ point: [Int]) -> [Int] { Array(point.dropFirst(shape(point).count)) }
}

/// Once all trainings of the budget have begun, only what needs none is proposed: trained shapes in other arithmetics, or, where
/// the optimizer chooses the accelerator too, on others.
extension Proposer {
  /// What to try where all trainings have begun.
  enum Remeasuring {
    /// They have not.
    case isOpen
    /// A point; nil where nothing is left until a running trial ends.
    case next([Int]?)
  }

  func remeasuring(after trials: [Trial]) throws -> Remeasuring {
    guard let most = recipe.trainings else { return .isOpen }
    let shapes = try TrainedShapes(trials, recipe)
    guard shapes.begun.count >= most else { return .isOpen }
    let (told, pending) = observations(trials) { observation($0) }, taken = Set(trials.map(\.point))
    let known = shapes.known.sorted { $0.lexicographicallyPrecedes($1) }
    if let greyBox = strategy as? GreyBoxStrategy {
      return .next(try greyBox.best(among: points(of: known, taken), after: told, pending: pending))
    }
    guard let strategy, !known.isEmpty else { return .next(nil) }
    // What the optimizer would try, with the nearest shapes that are trained in the place of its own.
    let wish = try strategy.propose(1, after: told, pending: pending).first
    if let wish {
      let rest = lattice.rest(wish), own = lattice.shape(wish)
      let near = known.map { (distance($0, own), $0) }.sorted { $0.0 < $1.0 }
      for (_, shape) in near where !taken.contains(shape + rest) { return .next(shape + rest) }
    }
    return .next(lattice.hardware == nil ? points(of: known, taken).first : nil)
  }

  /// All points of some shapes that were not tried; where the optimizer does not choose accelerators.
  private func points(of shapes: [[Int]], _ taken: Set<[Int]>) -> [[Int]] {
    let count = max(1, recipe.space.arithmetics.count)
    let rests: [[Int]] = recipe.space.arithmetics.isEmpty ? [[]] : (0..<count).map { [$0] }
    return shapes.flatMap { shape in rests.map { shape + $0 } }.filter { !taken.contains($0) }
  }

  /// How far apart two shapes are, each axis as long as another.
  private func distance(_ a: [Int], _ b: [Int]) -> Double {
    zip(zip(a, b), recipe.space.axes).reduce(0) {
      $0 + Double(abs($1.0.0 - $1.0.1)) / Double(max(1, $1.1.sizes.count - 1))
    }
  }
}
