public import CLIPAssessment
internal import CLIPOptimization

/// Would another objective have found the answer? What carbon, latency, energy and multiply-adds each choose among the
/// models that were trained, at the same accuracy.
///
/// Made from the trials at hand: of every trial the accelerators of least latency, energy and carbon are known, so nothing
/// is priced anew. Accuracies are those that models were chosen by.
public struct ObjectiveFronts: Sendable {
  /// What a choice is made by.
  public enum Aim: String, CaseIterable, Sendable {
    /// The least of it, model and accelerator together.
    case carbon, latency, energy
    /// The model of the fewest multiply-adds, on its accelerator of least latency.
    case multiplyAdds = "multiply-adds"
  }

  /// What one objective chooses.
  public struct Choice: Sendable {
    /// The objective.
    public let aim: Aim
    /// The trial of the model.
    public let trial: Int
    /// The model, for people.
    public let model: String
    /// In the order of `TrialRecord.Extreme.metrics`.
    public let values: [Double]
    /// Of one image and one text.
    public let multiplyAdds: Int
    /// By how much more of ``ObjectiveFronts/base`` than the best choice, as a share of that.
    public let excess: Double
    /// Whether it is the model that ``ObjectiveFronts/base`` chooses.
    public let isSameModel: Bool
    /// The same model on its best accelerator: what would be lost by its choice alone, as a share.
    public let modelExcess: Double

    /// The value of a metric.
    public func value(of metric: Metric) -> Double? {
      TrialRecord.Extreme.metrics.firstIndex(of: metric).map { values[$0] }
    }
  }

  /// What all objectives choose at one accuracy.
  public struct Level: Sendable {
    /// At least this accuracy, 0 to 1.
    public let leastAccuracy: Double
    /// By aim; those of which nothing is within the limits are missing.
    public let choices: [Choice]
  }

  /// How much of the front by ``base`` another objective's front has.
  public struct Overlap: Sendable {
    /// The other objective.
    public let aim: Aim
    /// So many models of the front by ``base`` are on its front, too.
    public let shared: Int
  }

  /// What choices are compared in: what the search made small.
  public let base: Metric
  /// The accuracy that an answer has at the least.
  public let accepted: Double
  /// From the strictest accuracy on.
  public let levels: [Level]
  /// How many models are on the front of accuracy and ``base``.
  public let frontSize: Int
  /// For each other objective.
  public let overlaps: [Overlap]

  /// At multiples of the accepted loss below the whole model.
  private static let losses = [0.5, 1, 2, 4]

  /// Nil where nothing was finished within the limits.
  public init?(_ front: SearchFront) {
    let known = TrialRecord.Extreme.metrics
    base =
      front.recipe.metrics.contains(.carbon) ? .carbon : front.recipe.metrics.first { known.contains($0) } ?? .carbon
    let models = front.finished.indices.filter { !front.finished[$0].record.extremes.isEmpty }
    guard !models.isEmpty, let accepted = front.acceptedAccuracy else { return nil }
    self.accepted = accepted
    let measured = Measured(front: front, base: base)
    let whole = front.dense.map { measured.accuracy($0) } ?? accepted + front.recipe.acceptedLoss
    let floors = Self.losses.map { whole - $0 * max(front.recipe.acceptedLoss, 1e-3) } + [accepted]
    var seen = Set<Double>()
    levels = floors.filter { $0 > 0 && seen.insert(($0 * 1e6).rounded()).inserted }.sorted(by: >).compactMap { floor in
      measured.level(models.filter { measured.accuracy($0) >= floor - 1e-12 }, floor)
    }
    guard !levels.isEmpty else { return nil }
    func members(_ aim: Aim) -> Set<Int> {
      let points = models.map { [-measured.accuracy($0), measured.least($0, aim)] }
      return Set(ParetoFront.indices(points).map { models[$0] })
    }
    let aim = Aim(rawValue: base.rawValue) ?? .carbon, own = members(aim)
    frontSize = own.count
    overlaps = Aim.allCases.filter { $0 != aim }.map { other in
      Overlap(aim: other, shared: members(other).intersection(own).count)
    }
  }

  /// The verdict at the search's own accuracy, in sentences.
  public var sentences: [String] {
    func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
    guard let level = levels.first(where: { abs($0.leastAccuracy - accepted) < 1e-5 }) else { return [] }
    return level.choices.filter { $0.aim.rawValue != base.rawValue }.map { choice in
      let title = choice.aim.rawValue
      if choice.excess < 0.005 {
        return "\(title): yes; what it chooses has no more \(base.title) (within half a percent)."
      }
      if choice.isSameModel {
        return "\(title): the same model, but on an accelerator with \(percent(choice.excess)) more \(base.title)."
      }
      return "\(title): no; what it chooses has \(percent(choice.excess)) more \(base.title), "
        + (choice.modelExcess < 0.005
          ? "all of it by the accelerator." : "\(percent(choice.modelExcess)) by the model alone.")
    }
  }
}

/// The figures of a front's trials.
private struct Measured {
  let front: SearchFront
  let base: Metric

  func accuracy(_ index: Int) -> Double {
    front.finished[index].record.measurement.accuracy(front.recipe.precision).mean
  }

  /// The accelerator that an aim chooses for a model.
  func extreme(_ index: Int, _ aim: ObjectiveFronts.Aim) -> TrialRecord.Extreme? {
    let metric: Metric =
      switch aim {
      case .carbon: .carbon
      case .energy: .energy
      case .latency, .multiplyAdds: .latency
      }
    return front.finished[index].record.extremes.first { $0.metric == metric }
  }

  /// What an aim makes small.
  func least(_ index: Int, _ aim: ObjectiveFronts.Aim) -> Double {
    if aim == .multiplyAdds { return Double(front.finished[index].record.measurement.multiplyAdds) }
    return extreme(index, aim).flatMap { $0.value(of: $0.metric) } ?? .infinity
  }

  func level(_ models: [Int], _ floor: Double) -> ObjectiveFronts.Level? {
    let own = ObjectiveFronts.Aim(rawValue: base.rawValue) ?? .carbon
    func first(_ aim: ObjectiveFronts.Aim) -> Int? {
      models.min { (least($0, aim), -accuracy($0), $0) < (least($1, aim), -accuracy($1), $1) }
    }
    guard let best = first(own), let bestValue = extreme(best, own)?.value(of: base), bestValue > 0 else { return nil }
    let choices = ObjectiveFronts.Aim.allCases.compactMap { aim -> ObjectiveFronts.Choice? in
      guard let index = first(aim), let extreme = extreme(index, aim), let value = extreme.value(of: base) else {
        return nil
      }
      let one = front.finished[index]
      return ObjectiveFronts.Choice(
        aim: aim, trial: one.trial.number,
        model: front.dense == index ? "the whole model" : front.recipe.space.shortName(one.point),
        values: extreme.values, multiplyAdds: one.record.measurement.multiplyAdds, excess: value / bestValue - 1,
        isSameModel: index == best, modelExcess: (self.extreme(index, own)?.value(of: base) ?? value) / bestValue - 1)
    }
    return ObjectiveFronts.Level(leastAccuracy: floor, choices: choices)
  }
}
