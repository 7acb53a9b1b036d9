internal import CLIPSystem

/// Accuracies that are in line with what cheap looks said: on logits,
///
///     trained(x) = slope look(x) + bend size(x) + rest(x)
///
/// with the logarithm of the shape's multiply-adds as its size, for training does not do the same for all sizes, a process over
/// the shape for the looks, so that shapes not looked at are foretold too, and another for the rest. Where a shape was looked
/// at, only the rest is unsure.
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
  /// How much a step in size adds, and what sizes are counted from.
  let bend: Double
  private let size: (@Sendable ([Int]) throws -> Double)?, middle: Double
  let observed: [[Double]]

  /// Before anything is trained a step in a look's logit is believed to be one in the trained logit, more or less.
  private static let priorSlope = 0.8, priorSpread = 0.25
  /// Whether size counts, and which way, is not known.
  private static let bendSpread = 0.5
  /// Of trained logits around the line, for weighing the prior of its slope.
  private static let lineSpread = 0.3

  /// - Parameters:
  ///   - told: trainings, `[-accuracy]` each
  ///   - looks: likewise
  ///   - size: see ``SearchProblem/size``
  /// - Returns: nil where matrices are not definite, or nothing was looked at.
  init?(
    _ told: Observations, looks seen: Observations, size: (@Sendable ([Int]) throws -> Double)? = nil,
    on lattice: Lattice, normals: inout SampleNormals
  ) throws {
    self.lattice = lattice
    self.size = size
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
    let sizes = try told.usable.map { try size?($0.point) ?? 0 }
    let middle = sizes.reduce(0, +) / Double(max(sizes.count, 1))
    let (slope, bend) = Self.line(x.map(\.logit), sizes.map { $0 - middle }, y)
    (self.slope, self.bend, self.middle) = (slope, bend, middle)
    let lines = zip(x, sizes).map { slope * $0.logit + bend * ($1 - middle) }
    let errors = zip(told.usable, x).map { training, look in
      let error = training.noise[0] * Logit.slope(-training.values[0])
      return (error * error + slope * slope * look.variance).squareRoot()
    }
    let restProcess = try GaussianProcess(
      inputs: told.usable.map { lattice.coordinates(of: $0.point) }, outputs: zip(lines, y).map { $1 - $0 },
      noise: errors)
    guard let rest = PosteriorSamples(restProcess, normals: &normals) else { return nil }
    self.rest = rest
    observed = rest.observed.map { draw in zip(draw, lines).map { -Logit.share($0 + $1) } }
  }

  /// Slope and bend of least squares, both drawn towards the prior's.
  private static func line(_ x: [Double], _ sizes: [Double], _ y: [Double]) -> (slope: Double, bend: Double) {
    let count = Double(max(x.count, 1)), xMean = x.reduce(0, +) / count, yMean = y.reduce(0, +) / count
    var xx = 0.0, xy = 0.0, xs = 0.0, ss = 0.0, sy = 0.0
    for ((a, size), b) in zip(zip(x, sizes), y) {
      xx += (a - xMean) * (a - xMean)
      xy += (a - xMean) * (b - yMean)
      xs += (a - xMean) * size
      ss += size * size
      sy += size * (b - yMean)
    }
    let weight = lineSpread * lineSpread / (priorSpread * priorSpread)
    xx += weight
    xy += weight * priorSlope
    ss += lineSpread * lineSpread / (bendSpread * bendSpread)
    let determinant = xx * ss - xs * xs
    let slope = (ss * xy - xs * sy) / determinant, bend = (xx * sy - xs * xy) / determinant
    return (min(2, max(0.05, slope)), min(2, max(-2, bend)))
  }

  /// What the looks say of some points: a mean and a variance of the trained logit.
  private func lines(_ points: [[Int]]) -> [(mean: Double, variance: Double)] {
    let unseen = points.filter { looks[$0] == nil }
    let foretold = Dictionary(
      zip(unseen, process.posterior(at: unseen.map(lattice.coordinates))), uniquingKeysWith: { first, _ in first })
    return points.map { point in
      let extra = bend * (((try? size?(point)) ?? middle) - middle)
      if let seen = looks[point] { return (slope * seen.logit + extra, slope * slope * seen.variance) }
      guard let found = foretold[point] else { return (extra, 1) }
      return (slope * found.mean + extra, slope * slope * found.variance)
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
      logits.append((line.mean - bend * (((try? size?(point)) ?? middle) - middle)) / slope)
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
