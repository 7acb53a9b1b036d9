import CLIPCompute
import CLIPFiles
import Foundation
import CLIPOptimization
import CLIPSearch

/// Looks at any shape of a recorded table's lattice: the recorded ones, and between them what a Gaussian process over the
/// shape foretells, with as much luck added as leaves looks no more telling than the recorded ones are.
///
/// The luck is one normal number a shape and seed, on the look's logit. Its spread is the least at which both hold:
///
/// - a line through the looks misses the surrogate's accuracies by as much as one through the recorded looks misses the
///   recorded accuracies (spread of logits, over points drawn from all of the lattice);
/// - and a process over the shape that learns what the line misses (leave one out, on the table's shapes) is left with as much
///   as in the records. So nothing can be learned of the looks' errors that could not be learned there.
struct RecordedLooks {
  /// Of the luck, in logits.
  let luck: Double
  /// What a look costs, as a share of a trial: both in the same minutes on the same machine, of those trained again.
  let cost: Double
  let count: Int
  /// The recorded looks, and looks at the same number of other shapes.
  let recorded: Foretelling, others: Foretelling
  /// What is left to a process over the shape, in logits: recorded, and of surrogate looks.
  let left: (recorded: Double, others: Double)
  private let known: [[Int]: Double]
  private let process: GaussianProcess
  private let lattice: Lattice
  private let errorShare: Double

  /// - Parameters:
  ///   - points: of the table
  ///   - accuracies: recorded at these
  ///   - surrogate: of accuracies anywhere
  init(
    _ path: String, _ points: [[Int]], _ accuracies: [Double], _ space: ModelSpace, on lattice: Lattice,
    surrogate: ([Int]) -> Double
  ) throws {
    var looks: [[Int]: (share: Double, error: Double)] = [:], lookTime = 0.0, trialTime = 0.0
    for line in try TextFile.lines(of: path) {
      let row = try JSONParser.parse(line)
      guard let sizes = row["shape"]?.objectValue, let point = space.point(sizes),
        let share = row["look"]?["mean_recall@1"]?.doubleValue,
        let error = row["look"]?["standard_error"]?.doubleValue
      else { throw InputError("a line is no look at this model space", file: path) }
      looks[point] = (share, error)
      if let trained = row["trained"]?["seconds"], let time = row["look"]?["seconds"]?.doubleValue {
        lookTime += time
        // What was cut for the look was trained from there; a trial without a look cuts too.
        trialTime += ["training", "evaluation"].reduce(row["look"]?["cut_seconds"]?.doubleValue ?? 0) {
          $0 + (trained[$1]?.doubleValue ?? 0)
        }
      }
    }
    let chosen = points.indices.filter { looks[points[$0]] != nil }
    let accuracies = chosen.map { accuracies[$0] }, points = chosen.map { points[$0] }
    guard points.count >= 40, trialTime > 0 else {
      throw InputError(
        "holds too few looks at the table's candidates, or none of them trained again", file: path,
        advice: "record them with Benchmarks looks")
    }
    let shares = points.map { looks[$0]?.share ?? 0 }, errors = points.map { looks[$0]?.error ?? 0 }
    let logits = shares.map(Foretelling.logit)
    errorShare =
      zip(shares, errors).reduce(0) { $0 + $1.1 / max(0.02, ($1.0 * (1 - $1.0)).squareRoot()) } / Double(shares.count)
    let process = try GaussianProcess(
      inputs: points.map(lattice.coordinates), outputs: logits,
      noise: zip(shares, errors).map { $1 / max(0.01, $0 * (1 - $0)) })
    let recorded = Foretelling(logits, accuracies)
    let left = try Self.left(points, logits, accuracies, lattice)

    var random = Philox(seed: 0, purpose: .search, index: 5 << 60), drawn = Set<[Int]>()
    while drawn.count < min(2000, lattice.count / 2) {
      drawn.insert((lattice.sizes.map { random.integer(below: $0) }))
    }
    let others = drawn.sorted { $0.lexicographicallyPrecedes($1) }
    let means = process.posterior(at: others.map(lattice.coordinates)).map(\.mean), truths = others.map(surrogate)
    let own = process.posterior(at: points.map(lattice.coordinates)).map(\.mean), ownTruths = points.map(surrogate)
    let luckOfOthers = others.map { Self.normal($0, 0, lattice) }, ownLuck = points.map { Self.normal($0, 0, lattice) }
    func seen(_ luck: Double) -> Foretelling { Foretelling(zip(means, luckOfOthers).map { $0 + luck * $1 }, truths) }
    func leftOfOthers(_ luck: Double) throws -> Double {
      try Self.left(points, zip(own, ownLuck).map { $0 + luck * $1 }, ownTruths, lattice)
    }
    var luck = 0.0
    while luck < 3, seen(luck).spread < recorded.spread { luck += 0.01 }
    while luck < 3, try leftOfOthers(luck) < left { luck += 0.02 }
    self.luck = luck
    self.recorded = recorded
    self.others = seen(luck)
    self.left = (left, try leftOfOthers(luck))
    cost = lookTime / trialTime
    count = looks.count
    known = looks.mapValues(\.share)
    self.process = process
    self.lattice = lattice
  }

  /// What a process over the shape, which learns what a line through the looks misses, misses of a shape it has not seen.
  private static func left(
    _ points: [[Int]], _ looks: [Double], _ accuracies: [Double], _ lattice: Lattice
  ) throws -> Double {
    let line = Foretelling(looks, accuracies)
    let rest = zip(looks, accuracies).map { Foretelling.logit($1) - line.offset - line.slope * $0 }
    let process = try GaussianProcess(
      inputs: points.map(lattice.coordinates), outputs: rest, noise: rest.map { _ in 0.05 })
    let squares = zip(process.leaveOneOut(), rest).map { ($0.mean - $1) * ($0.mean - $1) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  private static func normal(_ point: [Int], _ seed: UInt64, _ lattice: Lattice) -> Double {
    var number: UInt64 = 0
    for (level, size) in zip(point, lattice.sizes) { number = number &* UInt64(size) &+ UInt64(level) }
    var random = Philox(seed: seed, purpose: .search, index: 6 << 60 | number)
    return Double(random.normal())
  }

  /// The negative accuracy that a look shows, and its standard error.
  func see(_ point: [Int], seed: UInt64) -> (value: Double, error: Double) {
    let share =
      known[point]
      ?? Foretelling.share(
        process.posterior(at: lattice.coordinates(of: point)).mean + luck * Self.normal(point, seed, lattice))
    return (-share, errorShare * max(0.02, (share * (1 - share)).squareRoot()))
  }

  /// How it was made, in a sentence or two.
  var note: String {
    String(
      format:
        "%d recorded looks, each %.1f %% of a trial's time: Spearman %.3f, a line misses %.2f logits (%.1f points), a "
        + "process over the shape is left with %.2f. Looks at other shapes are a process over the shape with luck of %.2f "
        + "logits: a line misses %.2f (%.1f points), a process is left with %.2f. ",
      count, 100 * cost, recorded.rank, recorded.spread, 100 * recorded.error, left.recorded, luck, others.spread,
      100 * others.error, left.others)
  }
}
