internal import CLIPOptimization

/// What the accuracy model of a search has learnt: how well it predicts each trial from the others, and what each axis
/// costs.
public struct SurrogateView: Sendable {
  /// One trial's accuracy, measured and predicted from all others.
  public struct Fit: Sendable {
    public let trial: Int
    public let measured: Double
    public let predicted: Double
    public let standardDeviation: Double
  }

  /// Predicted accuracy along one axis.
  public struct Effect: Sendable {
    /// The axis by its number in the model space.
    public let axis: Int
    /// For each of its sizes: mean and one standard deviation.
    public let accuracies: [(mean: Double, standardDeviation: Double)]
  }

  public let fit: [Fit]
  /// With the other axes as the answer has them.
  public let effects: [Effect]

  /// Fewer trials say nothing about so many axes.
  public static let fewest = 6

  /// - Throws: `InputError` for measurements that are not finite.
  public init?(_ front: SearchFront) throws {
    let space = front.recipe.space
    guard front.finished.count >= Self.fewest, !space.axes.isEmpty, let answer = front.answer else { return nil }
    func inputs(_ point: [Int]) -> [Double] {
      zip(point, space.axes).map { $1.sizes.count > 1 ? Double($0) / Double($1.sizes.count - 1) : 0 }
    }
    let accuracies = front.finished.map { $0.record.measurement.accuracy(front.recipe.precision) }
    let process = try GaussianProcess(
      inputs: front.finished.map { inputs($0.point) }, outputs: accuracies.map(\.mean),
      noise: accuracies.map(\.standardError), trend: true)
    fit = zip(zip(front.finished, accuracies), process.leaveOneOut()).map { one, prediction in
      Fit(
        trial: one.0.trial.number, measured: one.1.mean, predicted: prediction.mean,
        standardDeviation: max(0, prediction.variance).squareRoot())
    }
    let home = front.finished[answer.index].point
    effects = space.axes.indices.filter { space.axes[$0].sizes.count > 1 }.map { axis in
      let places = space.axes[axis].sizes.indices.map { level in
        var point = home
        point[axis] = level
        return inputs(point)
      }
      return Effect(
        axis: axis,
        accuracies: process.posterior(at: places).map { ($0.mean, max(0, $0.variance).squareRoot()) })
    }
  }
}
