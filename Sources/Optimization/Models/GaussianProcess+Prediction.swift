internal import CLIPCompute

extension GaussianProcess {
  /// A mean and the variance around it, in the outputs' unit; without the noise of a measurement.
  public struct Prediction: Equatable, Sendable {
    /// What is expected, in the outputs' unit.
    public var mean: Double
    /// In the square of the outputs' unit.
    public var variance: Double
  }

  /// What is known of the function at each of some places.
  public func posterior(at places: [[Double]]) -> [Prediction] {
    guard !places.isEmpty else { return [] }
    let covariance = kernel(places, inputs)
    let spread = DoubleMatrix.product(covariance, inverse)
    let count = inputs.count
    return places.indices.map { row in
      var mean = 0.0, explained = 0.0
      for column in 0..<count {
        let k = covariance.elements[row * count + column]
        mean += k * weights[column]
        explained += k * spread.elements[row * count + column]
      }
      return Prediction(
        mean: center + scale * mean, variance: scale * scale * max(0, kernel.variance(at: places[row]) - explained))
    }
  }

  /// What is known of the function at one place.
  public func posterior(at place: [Double]) -> Prediction {
    posterior(at: [place]).first ?? Prediction(mean: center, variance: scale * scale)
  }

  /// Means and covariances `[places, places]` of the function at some places together.
  public func jointPosterior(at places: [[Double]]) -> (means: [Double], covariance: [[Double]]) {
    let covariance = kernel(places, inputs)
    let explained = DoubleMatrix.product(
      DoubleMatrix.product(covariance, inverse), covariance, transposingB: true)
    let prior = kernel(places, places)
    let rows = places.indices.map { i in
      places.indices.map { j in scale * scale * (prior[i, j] - explained[i, j]) }
    }
    return (posterior(at: places).map(\.mean), rows)
  }

  /// What each output would have been predicted as from all the others, with its own noise in the variance.
  ///
  ///     mean = y - α / A⁻¹ᵢᵢ,   variance = 1 / A⁻¹ᵢᵢ
  ///
  /// Source: Rasmussen and Williams, "Gaussian processes for machine learning", formula 5.12. The hyper-parameters and the
  /// standardization stay those of all observations.
  public func leaveOneOut() -> [Prediction] {
    inputs.indices.map { index in
      let precision = inverse[index, index]
      return Prediction(
        mean: center + scale * (standardized[index] - weights[index] / precision),
        variance: scale * scale / precision)
    }
  }
}
