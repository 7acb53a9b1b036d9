internal import CLIPSystem

/// Accuracies that are in line with what cheap looks said: on logits,
///
///     trained(x) = slope look(x) + rest(x)
///
/// with a process over the shape for the looks, so that shapes not looked at are foretold too, and another for the rest.
/// Where a shape was looked at, only the rest is unsure.
///
/// Source: autoregressive co-kriging, Kennedy and O'Hagan, "Predicting the output from a complex computer code when fast
/// approximations are available", Biometrika 87 (2000), fitted level by level as in Le Gratiet and Garnier (Int. J.
/// Uncertainty Quantification 4, 2014).
struct LookBelief: AccuracyBelief {
  private let lattice: Lattice
  /// Logits and variances of the looks there were.
  private let looks: [[Int]: (logit: Double, variance: Double)]
  /// Of the looks, and of what is taken for one.
  private var process: GaussianProcess
  private var places: [[Double]], logits: [Double], noise: [Double]
  private var rest: PosteriorSamples
  /// Of the line from looks to trained accuracies.
  let slope: Double
  let observed: [[Double]]

  /// Before anything is trained a step in a look's logit is believed to be one in the trained logit, more or less.
  private static let priorSlope = 0.8, priorSpread = 0.25
  /// Of trained logits around the line, for weighing the prior of its slope.
  private static let lineSpread = 0.3

  /// - Parameters:
  ///   - told: trainings, `[-accuracy]` each
  ///   - looks: likewise
  /// - Returns: nil where matrices are not definite, or nothing was looked at.
  init?(_ told: Observations, looks seen: Observations, on lattice: Lattice, normals: inout SampleNormals) throws {
    self.lattice = lattice
    var looks: [[Int]: (logit: Double, variance: Double)] = [:]
    for look in seen.usable {
      let share = -look.values[0], error = look.noise[0] * Logit.slope(share)
      looks[look.point] = (Logit.of(share), error * error)
    }
    guard looks.count > 1 else { return nil }
    self.looks = looks
    let points = looks.keys.sorted { $0.stands(before: $1) }
    places = points.map(lattice.coordinates)
    logits = points.map { looks[$0]?.logit ?? 0 }
    noise = points.map { (looks[$0]?.variance ?? 0).squareRoot() }
    let process = try GaussianProcess(inputs: places, outputs: logits, noise: noise)
    self.process = process

    func look(_ point: [Int]) -> (logit: Double, variance: Double) {
      if let known = looks[point] { return known }
      let found = process.posterior(at: lattice.coordinates(of: point))
      return (found.mean, found.variance)
    }
    let x = told.usable.map { look($0.point) }, y = told.usable.map { Logit.of(-$0.values[0]) }
    let slope = Self.slope(x.map(\.logit), y)
    self.slope = slope
    let errors = zip(told.usable, x).map { training, look in
      let error = training.noise[0] * Logit.slope(-training.values[0])
      return (error * error + slope * slope * look.variance).squareRoot()
    }
    let restProcess = try GaussianProcess(
      inputs: told.usable.map { lattice.coordinates(of: $0.point) }, outputs: zip(x, y).map { $1 - slope * $0.logit },
      noise: errors)
    guard let rest = PosteriorSamples(restProcess, normals: &normals) else { return nil }
    self.rest = rest
    observed = rest.observed.map { draw in zip(draw, x).map { -Logit.share($0 + slope * $1.logit) } }
  }

  /// The slope of least squares, drawn towards the prior's.
  private static func slope(_ x: [Double], _ y: [Double]) -> Double {
    let count = Double(max(x.count, 1)), xMean = x.reduce(0, +) / count, yMean = y.reduce(0, +) / count
    var xx = 0.0, xy = 0.0
    for (a, b) in zip(x, y) {
      xx += (a - xMean) * (a - xMean)
      xy += (a - xMean) * (b - yMean)
    }
    let weight = lineSpread * lineSpread / (priorSpread * priorSpread)
    return min(2, max(0.05, (xy + weight * priorSlope) / (xx + weight)))
  }

  /// What the looks say of some points: a mean and a variance of the trained logit.
  private func lines(_ points: [[Int]]) -> [(mean: Double, variance: Double)] {
    let unseen = points.filter { looks[$0] == nil }
    let foretold = Dictionary(
      zip(unseen, process.posterior(at: unseen.map(lattice.coordinates))), uniquingKeysWith: { first, _ in first })
    return points.map { point in
      if let seen = looks[point] { return (slope * seen.logit, slope * slope * seen.variance) }
      guard let found = foretold[point] else { return (0, 1) }
      return (slope * found.mean, slope * slope * found.variance)
    }
  }

  func paths(at points: [[Int]]) -> PosteriorSamples.Paths {
    var paths = rest.paths(at: points.map(lattice.coordinates))
    for (index, line) in lines(points).enumerated() {
      let draws = paths.means[index], mean = draws.reduce(0, +) / Double(max(draws.count, 1))
      let own = paths.spreads[index], share = Logit.share(mean + line.mean)
      paths.means[index] = draws.map { -Logit.share($0 + line.mean) }
      paths.spreads[index] = (own * own + line.variance).squareRoot() / Logit.slope(share)
    }
    return paths
  }

  mutating func fix(_ point: [Int], normals: [Double], further: () -> [Double]) -> [Double] {
    let place = lattice.coordinates(of: point), line = lines([point])[0]
    let values = rest.fix(place, normals: normals), spread = line.variance.squareRoot()
    let others = spread > 0 ? further() : normals.map { _ in 0 }
    if looks[point] == nil {
      // It will be looked at: its neighbors are no longer as unsure. What it will say is not known, so the best guess.
      places.append(place)
      logits.append(line.mean / slope)
      noise.append(noise.reduce(0, +) / Double(noise.count))
      if let next = try? GaussianProcess(
        inputs: places, outputs: logits, noise: noise, hyperparameters: process.hyperparameters)
      {
        process = next
      }
    }
    return zip(values, others).map { -Logit.share($0 + line.mean + spread * $1) }
  }
}

/// The scale on which looks and trainings are in line.
enum Logit {
  private static func inside(_ share: Double) -> Double { min(max(share, 0.002), 0.998) }

  static func of(_ share: Double) -> Double {
    let share = inside(share)
    return log(share / (1 - share))
  }

  static func share(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }

  /// How much a logit changes with a share.
  static func slope(_ share: Double) -> Double {
    let share = inside(share)
    return 1 / (share * (1 - share))
  }
}
