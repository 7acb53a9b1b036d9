import CLIPCompute
import CLIPFiles
import Foundation
import CLIPOptimization
import CLIPTestProblems
import CLIPSearch

/// How many trials does each optimizer need? Volume dominated against the number of trials, on a recorded table of really
/// trained candidates and on standard problems.
struct SearchComparison {
  var recipe = "recipes/candidates.yaml"
  var table: String?
  var problems = ["recorded", "co-design", "bnh", "disc-brake", "dtlz2-2", "osy"]
  var contestants: [StandardStrategy] = StandardStrategy.allCases
  var trials = 100, seeds = 10
  /// Points that are laid out before a strategy learns.
  var initial = 14
  var curves = "Benchmarks/results/search-botorch.csv"
  var output: String?
  /// Where to write each problem's first points, for `peers/botorch_search.py`.
  var first: String?
  var threads = 2
  /// Recorded looks; plans of searches with looks that are compared.
  var looks: String?
  var plans = [LookingStrategy.Plan()]

  static let usage = """
    usage: Benchmarks search-comparison [--table FILE] [--recipe RECIPE] [--problems NAMES] [--strategies NAMES]
                                        [--trials N] [--seeds N] [--initial N] [--threads N] [--first FILE.json] [--output FILE.md]
                                        [--looks FILE.jsonl] [--plans 24/4/8,...]
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw InputError(Self.usage) }
      func number(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(value), range.contains(number) else {
          throw InputError(
            "\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), found \(value.quoted())")
        }
        return number
      }
      switch name {
      case "--table": table = value
      case "--recipe": recipe = value
      case "--problems": problems = value.split(separator: ",").map(String.init)
      case "--strategies":
        contestants = try value.split(separator: ",").map {
          guard let found = StandardStrategy(rawValue: String($0)) else {
            throw InputError(
              "unknown strategy \(String($0).quoted())",
              advice: StandardStrategy.allCases.map(\.rawValue).joined(separator: ", "))
          }
          return found
        }
      case "--trials": trials = try number(20...1000)
      case "--initial": initial = try number(1...100)
      case "--seeds": seeds = try number(1...1000)
      case "--threads": threads = try number(1...1024)
      case "--first": first = value
      case "--output": output = value
      case "--looks": looks = value
      case "--plans":
        plans = try value.split(separator: ",").map { text in
          let numbers = text.split(separator: "/").compactMap { Int($0) }
          guard numbers.count == 3 else {
            throw InputError("--plans needs first looks/first trainings/looks per training, such as 24/4/8")
          }
          return LookingStrategy.Plan(
            firstLooks: numbers[0], firstTrainings: numbers[1], looksPerTraining: numbers[2])
        }
      case "--botorch": curves = value
      default: throw InputError(Self.usage)
      }
    }
  }

  func run(_ arguments: [String]) throws {
    let pool = ThreadPool(threads: threads)
    if let first { return try writeFirstPoints(to: first) }
    var report = Report(arguments, output: output)
    let recorded = Self.recordedCurves(curves)
    for name in problems {
      var notes: [String] = []
      let problem: TestProblem, best: Double
      if name == "recorded" {
        let table = try table ?? DataFolder.path("search/candidates.jsonl")
        let search = try RecordedSearch(
          table, recipe: SearchRecipe(file: recipe), looks: looks ?? (try? DataFolder.path("search/looks.jsonl")),
          on: pool)
        problem = search.problem
        best = try search.bestVolume(on: pool)
        notes.append(
          String(
            format: "%d trained candidates; the surrogate misses one that it has not seen by %.1f points (the table's "
              + "standard deviation is %.1f). ", search.count, 100 * search.misfit, 100 * search.spread)
            + (search.looks?.note ?? ""))
      } else {
        problem = try Self.problem(name)
        best = try problem.bestVolume(on: pool)
      }
      notes.append(
        "Median over \(seeds) seeds of the share of the best volume, \(Samples.text(best)), after so many trials; in "
          + "brackets least and most. The last column: trials until the black box's median after \(trials) is reached.")
      try report.add(name, notes.joined(), table(problem, best, recorded[name] ?? [:], on: pool))
    }
    try report.finish()
  }

  private var milestones: [Int] { [15, 20, 30, 40, 60, 100, 200].filter { $0 < trials } + [trials] }

  private func table(
    _ problem: TestProblem, _ best: Double, _ peer: [Int: [Double]], on pool: ThreadPool
  ) throws -> Table {
    // A problem without hidden axes has no grey box.
    let isGrey = problem.visibleAxes < problem.lattice.axes
    var lines: [(name: String, curve: StrategyComparison.Curve)] = []
    for contestant in contestants where isGrey || contestant != .greyBox {
      let comparison = try StrategyComparison(problem, trials: trials, first: initial)
      let start = ContinuousClock.now
      lines.append((contestant.rawValue, try comparison.run(contestant, seeds: 0..<UInt64(seeds), on: pool)))
      if isGrey, contestant == .blackBox || contestant == .nsga2 || contestant == .random {
        let all = try StrategyComparison(problem, trials: trials, first: initial, countsAllHidden: true)
        lines.append(
          ("\(contestant.rawValue), priced on all", try all.run(contestant, seeds: 0..<UInt64(seeds), on: pool)))
      }
      FileHandle.standardError.write(
        Data("\(problem.name), \(contestant.rawValue): \((ContinuousClock.now - start).components.seconds) s\n".utf8))
    }
    if isGrey, problem.looks != nil {
      for plan in plans {
        let comparison = try StrategyComparison(problem, trials: trials, first: initial)
        let start = ContinuousClock.now
        lines.insert(
          (
            "grey-box with looks (\(plan.firstLooks)/\(plan.firstTrainings)/\(plan.looksPerTraining))",
            try comparison.runLooking(plan, seeds: 0..<UInt64(seeds), on: pool)
          ), at: 0)
        FileHandle.standardError.write(Data("looks: \((ContinuousClock.now - start).components.seconds) s\n".utf8))
      }
    }
    let goal = lines.first { $0.name == StandardStrategy.blackBox.name }?.curve.medians.last
    var table = Table(["strategy"] + milestones.map { "\($0)" } + ["reaches it"])
    for (name, curve) in lines {
      let least = curve.quantiles(0), most = curve.quantiles(1), medians = curve.medians
      var row = [name]
      for trial in milestones { row.append(Self.cell(medians[trial - 1], least[trial - 1], most[trial - 1], best)) }
      let reached = goal.flatMap { goal in medians.firstIndex { $0 >= goal * (1 - 1e-12) } }
      table.add(row + [reached.map { "\($0 + 1)" } ?? "-"])
    }
    if isGrey {
      let oracle = try OracleCurve.volumes(problem, count: trials, on: pool)
      table.add(
        ["all accuracies known"] + milestones.map { String(format: "%.1f %%", 100 * oracle[$0 - 1] / best) }
          + [goal.flatMap { goal in oracle.firstIndex { $0 >= goal * (1 - 1e-12) } }.map { "\($0 + 1)" } ?? "-"])
    }
    if !peer.isEmpty {
      var row = ["BoTorch qLogNEHVI"]
      for trial in milestones {
        row.append(peer[trial].map { Self.cell($0[0], $0[1], $0[2], best) } ?? "-")
      }
      let reached = goal.flatMap { goal in peer.keys.sorted().first { (peer[$0]?[0] ?? 0) >= goal * (1 - 1e-12) } }
      table.add(row + [reached.map { "\($0)" } ?? "-"])
    }
    return table
  }

  private static func cell(_ median: Double, _ least: Double, _ most: Double, _ best: Double) -> String {
    String(format: "%.1f %% (%.1f-%.1f)", 100 * median / best, 100 * least / best, 100 * most / best)
  }

  private static func problem(_ name: String) throws -> TestProblem {
    switch name {
    case "co-design": try .coDesign()
    case "bnh": try .bnh()
    case "osy": try .osy()
    case "disc-brake": try .discBrake()
    case "dtlz2-2": try .dtlz2()
    case "dtlz2-3": try .dtlz2(objectives: 3)
    default:
      throw InputError(
        "unknown problem \(name.quoted())", advice: "recorded, co-design, bnh, disc-brake, dtlz2-2, dtlz2-3, osy")
    }
  }

  /// The peer's curves: problem, trial, then median, least and most.
  private static func recordedCurves(_ path: String) -> [String: [Int: [Double]]] {
    var curves: [String: [Int: [Double]]] = [:]
    for line in (try? TextFile.lines(of: path)) ?? [] {
      let fields = line.split(separator: ",").map(String.init)
      guard fields.count >= 7, let trial = Int(fields[3]) else { continue }
      curves[fields[0], default: [:]][trial] = fields[4...6].compactMap(Double.init)
    }
    return curves
  }

  private func writeFirstPoints(to path: String) throws {
    var result: JSONObject = [:]
    for name in problems where name != "recorded" {
      let lattice = try Self.problem(name).lattice
      result[name] = .array(
        (0..<seeds).map { seed in
          .array(
            InitialDesign.points(lattice, count: initial, seed: UInt64(seed)).map { .array($0.map { .integer($0) }) })
        })
    }
    try AtomicFile.write(JSONValue.object(result).text() + "\n", to: path)
  }
}
