internal import CLIPCompute
internal import CLIPOptimization

/// What the next trial is expected to add: how much there still is to be gained, as far as the trials so far tell.
public struct ExpectedGain: Sendable {
  /// Of the front's hypervolume, the share that the most promising shape is expected to add.
  public let share: Double
  /// That shape, for people.
  public let model: String
  /// How many shapes were looked at.
  public let looked: Int

  private static let mostNear = 400, random = 200

  /// Looks at the shapes around the front and at some from all over the space: accuracy by a process of all trials, costs
  /// exact on the short list of accelerators.
  ///
  /// The expectation counts the front as it was measured, so noise makes it a little small.
  /// - Returns: nil where too few trials say anything, or no other shape is within the limits.
  /// - Throws: `InputError` for measurements that are not finite, or a shape that cannot be priced.
  public init?(_ front: SearchFront, _ outlook: HardwareOutlook) throws {
    let space = front.recipe.space
    guard front.finished.count >= SurrogateView.fewest, !space.axes.isEmpty,
      let volume = front.hypervolume.last?.value, volume > 0
    else { return nil }
    let lattice = try Lattice(space.axes.map(\.sizes.count))
    let accuracies = front.finished.map { $0.record.measurement.accuracy(front.recipe.precision) }
    let process = try GaussianProcess(
      inputs: front.finished.map { lattice.coordinates(of: $0.point) }, outputs: accuracies.map(\.mean),
      noise: accuracies.map(\.standardError), trend: true)
    var seen = Set(front.finished.map(\.point)), points: [[Int]] = []
    for index in Set(front.members.map(\.index)).sorted() {
      for near in lattice.variations(of: front.finished[index].point)
      where points.count < Self.mostNear && seen.insert(near).inserted { points.append(near) }
    }
    var random = Philox(seed: front.recipe.seed, purpose: .search, index: UInt64.max)
    for _ in 0..<Self.random {
      let point = lattice.randomPoint(using: &random)
      if seen.insert(point).inserted { points.append(point) }
    }
    let costs = Array(front.reference.dropFirst())
    let sliced = SlicedFront(
      zip(front.finished, accuracies).map { one, accuracy in
        (first: -accuracy.mean, rest: Staircase(one.record.placements.map(\.values), reference: costs))
      }, reference: front.reference)
    var best: (gain: Double, point: [Int])?, looked = 0
    for (point, guess) in zip(points, process.posterior(at: points.map(lattice.coordinates))) {
      let consequences = try outlook.consequences(point).map(\.values)
      if consequences.isEmpty { continue }
      looked += 1
      let gain = sliced.expectedGain(
        Staircase(consequences, reference: costs), mean: -guess.mean, spread: max(0, guess.variance).squareRoot())
      if gain > best?.gain ?? -1 { best = (gain, point) }
    }
    guard let best else { return nil }
    share = best.gain / volume
    model = space.shortName(best.point)
    self.looked = looked
  }
}
