internal import CLIPOptimization

/// What the accuracy model of a search has learnt: how well it predicts each trial from the others, and what each axis
/// costs.
public struct SurrogateView: Sendable {
  /// One trial's accuracy, measured and predicted from all others.
  public struct Fit: Sendable {
    /// The trial's number.
    public var trial: Int
    /// As measured, 0 to 1.
    public var measured: Double
    /// As predicted without it, 0 to 1.
    public var predicted: Double
    /// How sure the prediction was: one standard deviation.
    public var standardDeviation: Double

    /// A prediction beside the truth.
    package init(trial: Int, measured: Double, predicted: Double, standardDeviation: Double) {
      self.trial = trial
      self.measured = measured
      self.predicted = predicted
      self.standardDeviation = standardDeviation
    }
  }

  /// Predicted accuracy along one axis, the others as the answer has them.
  public struct Effect: Sendable {
    /// One size of the axis, with the predicted accuracy and one standard deviation, both 0 to 1.
    public typealias Size = (size: Int, mean: Double, standardDeviation: Double)

    /// Such as `vision-layers`.
    public var axis: String
    /// Ascending in size.
    public var sizes: [Size]

    /// An effect.
    package init(axis: String, sizes: [Size]) {
      self.axis = axis
      self.sizes = sizes
    }
  }

  /// One a trial.
  public let fit: [Fit]
  /// One an axis with a choice.
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
        axis: space.axes[axis].name,
        sizes: zip(space.axes[axis].sizes, process.posterior(at: places)).map {
          ($0, $1.mean, max(0, $1.variance).squareRoot())
        })
    }
  }
}
