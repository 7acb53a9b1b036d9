import CLIPFiles
import CLIPReproduction
import Foundation

/// What bfloat16 does to accuracy: the trainings that `bfloat16.sh` left, in float32 and bfloat16, seed by seed.
struct BFloat16Study {
  /// Mean recall@1 at a run's end, by what was trained, precision and seed.
  private var accuracies: [String: [String: [Int: Double]]] = [:]
  private let folder: String
  private static let precisions = ["fp32", "amp_bf16"]

  /// - Parameter folder: holds `WHAT_PRECISION_SEED/log.jsonl`; runs that are not complete are left out
  init(_ folder: String) throws {
    self.folder = folder
    for name in try Folder.names(in: folder) {
      for precision in Self.precisions {
        guard let place = name.range(of: "_\(precision)_"), let seed = Int(name[place.upperBound...]),
          Folder.containsFile("\(folder)/\(name)/log.jsonl")
        else { continue }
        let events = try TextFile.lines(of: "\(folder)/\(name)/log.jsonl").map { try JSONParser.parse($0) }
        guard events.contains(where: { $0["event"] == "end" }),
          let last = events.last(where: { $0["event"] == "validation" }),
          let accuracy = last["metrics"]?["mean_recall@1"]?.doubleValue
        else { continue }
        accuracies[String(name[..<place.lowerBound]), default: [:]][precision, default: [:]][seed] = accuracy
      }
    }
  }

  func run(_ arguments: [String]) throws {
    var report = Report(arguments, output: nil)
    var pairs = Table(["trained", "seeds", "fp32", "amp_bf16", "difference", "95 % interval", "fp32, spread of seeds"])
    for (name, title) in [("scratch", "from nothing"), ("pruned", "pruned, with a teacher")] {
      if let row = row(title, [name]) { pairs.add(row) }
    }
    let candidates = accuracies.keys.filter { $0.hasPrefix("candidate") }.sorted()
    if let row = row("candidates of a search", candidates) { pairs.add(row) }
    try report.add(
      "Mean recall@1 in points",
      "The difference is amp_bf16 - fp32, seed by seed; its interval is Student's. The spread is the standard deviation "
        + "of one float32 training.", pairs)
    var orders = Table(["order of \(candidates.count) candidates", "Spearman"])
    func values(_ precision: String, _ seed: Int) -> [Double]? {
      let found = candidates.compactMap { accuracies[$0]?[precision]?[seed] }
      return found.count == candidates.count && found.count > 2 ? found : nil
    }
    for (one, other) in [
      (("fp32", 0), ("fp32", 1)), (("fp32", 0), ("amp_bf16", 0)), (("fp32", 1), ("amp_bf16", 1)),
      (("fp32", 0), ("amp_bf16", 1)), (("fp32", 1), ("amp_bf16", 0)), (("amp_bf16", 0), ("amp_bf16", 1)),
    ] {
      guard let a = values(one.0, one.1), let b = values(other.0, other.1) else { continue }
      orders.add([
        "\(one.0) seed \(one.1), \(other.0) seed \(other.1)",
        String(format: "%.3f", RankAgreement(Array(zip(a, b))).spearman),
      ])
    }
    try report.add("Order", "", orders)
  }

  private func row(_ title: String, _ names: [String]) -> [String]? {
    var float: [Double] = [], half: [Double] = [], differences: [Double] = [], seeds: Set<Int> = [],
      spreads: [Double] = []
    for name in names {
      let one = accuracies[name]?["fp32"] ?? [:], other = accuracies[name]?["amp_bf16"] ?? [:]
      let both = Set(one.keys).intersection(other.keys).sorted()
      seeds.formUnion(both)
      float += both.compactMap { one[$0] }
      half += both.compactMap { other[$0] }
      differences += both.map { (other[$0] ?? 0) - (one[$0] ?? 0) }
      if both.count > 1 { spreads.append(Self.deviation(both.compactMap { one[$0] })) }
    }
    guard differences.count > 1 else { return nil }
    func points(_ value: Double, _ sign: String = "") -> String { String(format: "%\(sign).2f", 100 * value) }
    let mean = Self.mean(differences)
    let half95 =
      Self.student(differences.count - 1) * Self.deviation(differences) / Double(differences.count).squareRoot()
    let spread = spreads.isEmpty ? 0 : (spreads.reduce(0) { $0 + $1 * $1 } / Double(spreads.count)).squareRoot()
    return [
      title, "\(seeds.count)", points(Self.mean(float)), points(Self.mean(half)), points(mean, "+"),
      "\(points(mean - half95, "+")) to \(points(mean + half95, "+"))", points(spread),
    ]
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))).squareRoot()
  }

  /// The 97.5 % quantile of Student's t.
  private static func student(_ freedom: Int) -> Double {
    let known = [
      12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
    ]
    return freedom <= known.count ? known[freedom - 1] : 2.1
  }
}
