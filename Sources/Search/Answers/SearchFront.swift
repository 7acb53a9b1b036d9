public import CLIPAssessment
internal import CLIPFiles
internal import CLIPOptimization
public import CLIPStudies

/// What the finished trials of a study say together: which models on which accelerators no other beats.
public struct SearchFront: Sendable {
  /// A finished trial with what it left.
  public struct Finished: Sendable {
    /// The trial.
    public let trial: Trial
    /// Its model shape in the recipe's space.
    public let point: [Int]
    /// What it left.
    public let record: TrialRecord
  }

  /// A model on an accelerator.
  public struct Member: Equatable, Sendable {
    /// Which of ``finished``.
    public let index: Int
    /// The design's number in its space.
    public let design: Int
    /// The accuracy that counts.
    public let accuracy: Double
    /// In the order of the recipe's metrics.
    public let values: [Double]

    /// A member of its parts.
    public init(index: Int, design: Int, accuracy: Double, values: [Double]) {
      self.index = index
      self.design = design
      self.accuracy = accuracy
      self.values = values
    }

    var objectives: [Double] { [-accuracy] + values }
  }

  /// What was asked.
  public let recipe: SearchRecipe
  /// The finished trials, by number.
  public let finished: [Finished]
  /// The models on accelerators that no other beats, by falling accuracy.
  public let members: [Member]
  /// From where hypervolume counts: the negative accuracy, then the metrics.
  public let reference: [Double]
  /// Hypervolume after each finished trial, in the order in which they finished.
  public let hypervolume: [(trial: Int, value: Double)]

  /// - Parameters:
  ///   - outlook: of the same recipe
  ///   - seeds: what else was measured of a trial's shape, by its number (``SeedAccuracies``): accuracies are then means
  /// - Throws: `InputError` for a study whose trials are not of this recipe.
  public init(
    _ recipe: SearchRecipe, _ trials: [Trial], _ outlook: HardwareOutlook, seeds: [Int: [CandidateMeasurement]] = [:]
  ) throws {
    self.recipe = recipe
    let lattice = SearchLattice(recipe)
    let finished = try trials.filter { $0.state == .finished }.sorted { $0.number < $1.number }.map { trial in
      let point = lattice.modelPoint(trial.point)
      guard trial.point.count == lattice.sizes.count,
        zip(trial.point, lattice.sizes).allSatisfy({ (0..<$1).contains($0) }),
        let json = trial.measurement, let record = TrialRecord(json, metrics: recipe.metrics.count)
      else {
        throw InputError(
          "trial \(trial.number) of the study is not of this recipe or was written by another version",
          advice: "start a new study")
      }
      return Finished(trial: trial, point: point, record: record.pooled(with: seeds[trial.number] ?? []))
    }
    self.finished = finished
    let all = finished.indices.flatMap { Self.members(finished[$0], index: $0, recipe) }
    let front = ParetoFront.indices(all.map(\.objectives)).map { all[$0] }
    members = front.sorted { a, b in
      a.accuracy == b.accuracy ? a.values.lexicographicallyPrecedes(b.values) : a.accuracy > b.accuracy
    }
    reference = [-recipe.leastAccuracy] + (try Proposer.worst(recipe, outlook))
    hypervolume = Self.volumes(finished, recipe, reference)
  }

  private static func members(_ one: Finished, index: Int, _ recipe: SearchRecipe) -> [Member] {
    let found = one.record.measurement.accuracy(recipe.precision), accuracy = found.mean
    guard accuracy >= recipe.leastAccuracy, recipe.lack(of: found) <= 0 else { return [] }
    return one.record.placements.map {
      Member(index: index, design: $0.design, accuracy: accuracy, values: $0.values)
    }
  }

  private static func volumes(
    _ finished: [Finished], _ recipe: SearchRecipe, _ reference: [Double]
  ) -> [(trial: Int, value: Double)] {
    let order = finished.indices.sorted {
      let a = finished[$0].trial, b = finished[$1].trial
      return (a.finished ?? 0, a.number) < (b.finished ?? 0, b.number)
    }
    var front: [[Double]] = [], volumes: [(trial: Int, value: Double)] = []
    for index in order {
      front += members(finished[index], index: index, recipe).map(\.objectives)
      front = ParetoFront.indices(front).map { front[$0] }
      volumes.append((finished[index].trial.number, Hypervolume.of(front, reference: reference)))
    }
    return volumes
  }

  /// The whole model's places in ``finished``: one for each arithmetic that it was measured in.
  public var wholes: [Int] {
    finished.indices.filter { (try? recipe.space.shape(finished[$0].point)) == recipe.dense }
  }

  /// The whole model's place in ``finished``, of several arithmetics in that of most bits; nil where it was not tried.
  public var dense: Int? {
    wholes.max {
      let a = finished[$0], b = finished[$1]
      return (a.point.last ?? 0, -a.trial.number) < (b.point.last ?? 0, -b.trial.number)
    }
  }

  /// The accuracy that an answer may have at the least: the whole model's less the recipe's accepted loss, or the best
  /// model's where the whole one was not tried.
  public var acceptedAccuracy: Double? {
    let best = dense.map { finished[$0].record.measurement.accuracy(recipe.precision).mean } ?? members.first?.accuracy
    return best.map { max($0 - recipe.acceptedLoss, recipe.leastAccuracy) }
  }

  /// The front's member that a user who wants nearly the whole model's accuracy takes: the least of the first metric among
  /// those that are accurate enough; nil where nothing was finished.
  public var answer: Member? {
    guard let accepted = acceptedAccuracy else { return nil }
    return members.filter { $0.accuracy >= accepted }.min {
      ($0.values[0], -$0.accuracy) < ($1.values[0], -$1.accuracy)
    }
  }

  /// Why no model is a member, where the limit of accuracy excludes all; nil where it does not.
  public var accuracyExcuse: String? {
    let accuracies = finished.map { $0.record.measurement.accuracy(recipe.precision).mean }
    func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
    let lacks = finished.map { recipe.lack(of: $0.record.measurement.accuracy(recipe.precision)) }
    if let least = lacks.min(), least > 0 {
      return
        "There is no front: \(recipe.floors.joined(separator: ", ")) excludes all \(finished.count) models that were "
        + "measured; the nearest lacks \(percent(least))."
    }
    guard let best = accuracies.max(), best < recipe.leastAccuracy else { return nil }
    return
      "There is no front: accuracy >= \(percent(recipe.leastAccuracy)) excludes all \(finished.count) models that were "
      + "measured; the best has \(percent(best))."
  }

  /// Whether nothing was learnt that an answer could stand on: the whole model, or the answer, cannot be told from
  /// guessing.
  public var isAtChance: Bool {
    let looked = [dense, answer?.index].compactMap { $0 }
    return looked.contains { finished[$0].record.measurement.accuracy(recipe.precision).isAtChance }
  }

  /// Among all trials that are accurate enough: which has the least of a metric on its best accelerator. One row of the
  /// comparison that CATransformers makes in its table 4.
  public func least(_ metric: Metric, accuracy: Double) -> (index: Int, extreme: TrialRecord.Extreme)? {
    var best: (index: Int, extreme: TrialRecord.Extreme)?
    for (index, one) in finished.enumerated()
    where one.record.measurement.accuracy(recipe.precision).mean >= accuracy
      && recipe.lack(of: one.record.measurement.accuracy(recipe.precision)) <= 0
    {
      for extreme in one.record.extremes where extreme.metric == metric {
        guard let value = extreme.value(of: metric) else { continue }
        if best.flatMap({ $0.extreme.value(of: metric) }).map({ value < $0 }) ?? true { best = (index, extreme) }
      }
    }
    return best
  }
}
