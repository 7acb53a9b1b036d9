internal import CLIPCompute
internal import CLIPSystem

/// A guess at what points cost, from those whose exact costs are known: for choosing which to price next, never for more.
///
/// The posterior mean of a Gaussian process with fixed lengths over each cost's logarithm (costs span decades), and of one
/// over whether any accelerator is within the limits.
struct CostProxy {
  private let kernel: Kernel
  private let places: [[Double]]
  private var weights: [[Double]] = []
  private var centers: [Double] = [], scales: [Double] = []
  private let isLogarithmic: [Bool]
  private let allPlaces: [[Double]]
  private let feasibility: [Double]

  /// More points are thinned out, the latest kept: the factor takes time with their cube.
  private static let most = 240

  /// - Parameter known: places and the least of each cost there, nil where nothing is within the limits.
  init?(_ known: [(place: [Double], least: [Double]?)]) {
    let known = Array(known.suffix(Self.most))
    guard let axes = known.first?.place.count else { return nil }
    let feasible = known.filter { $0.least != nil }
    guard let objectives = feasible.first?.least?.count else { return nil }
    let kernel = Kernel(
      lengthscales: Array(repeating: 0.6 * Double(axes).squareRoot(), count: axes), signalVariance: 1, trendVariance: 1)
    guard let exact = Self.factor(kernel, feasible.map(\.place)) else { return nil }
    self.kernel = kernel
    places = feasible.map(\.place)
    isLogarithmic = (0..<objectives).map { axis in feasible.allSatisfy { ($0.least?[axis] ?? 0) > 0 } }
    // Where everything was within the limits there is nothing to learn.
    if feasible.count < known.count, let all = Self.factor(kernel, known.map(\.place)) {
      feasibility = all.solve(known.map { $0.least == nil ? -1 : 1 })
      allPlaces = known.map(\.place)
    } else {
      feasibility = []
      allPlaces = []
    }
    for axis in 0..<objectives {
      let values = feasible.map { point -> Double in
        let value = point.least?[axis] ?? 0
        return isLogarithmic[axis] ? log(value) : value
      }
      let center = values.reduce(0, +) / Double(values.count)
      let spread = (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)).squareRoot()
      centers.append(center)
      scales.append(max(spread, 1e-12))
      weights.append(exact.solve(values.map { ($0 - center) / max(spread, 1e-12) }))
    }
  }

  private static func factor(_ kernel: Kernel, _ places: [[Double]]) -> CholeskyFactor? {
    var matrix = kernel(places, places)
    for index in places.indices { matrix[index, index] += 1e-6 }
    return CholeskyFactor.jittered(matrix)
  }

  /// For each place the guessed least costs, and the logarithm of how likely it is within the limits at all.
  func guess(at targets: [[Double]]) -> [(least: [Double], logLikelihood: Double)] {
    let covariance = kernel(targets, places), all = kernel(targets, allPlaces)
    return targets.indices.map { row in
      let least = weights.indices.map { axis in
        var value = 0.0
        for column in places.indices { value += covariance[row, column] * weights[axis][column] }
        value = centers[axis] + scales[axis] * value
        return isLogarithmic[axis] ? exp(min(value, 700)) : value
      }
      guard !feasibility.isEmpty else { return (least, 0) }
      var label = 0.0
      for column in allPlaces.indices { label += all[row, column] * feasibility[column] }
      return (least, log(min(1, max(0.02, 0.5 + label))))
    }
  }
}
