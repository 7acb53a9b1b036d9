import CLIPCompute
import CLIPFiles
import Foundation
import CLIPSearch

/// What does a look at a shape say before it is trained? Looks at the models of a recorded table, and how well they foretell
/// what training made of them.
///
/// Every result is a line of a file as soon as it is there; a recording that is started again goes on.
struct LookTable {
  private var recipe: SearchRecipe
  private let path: String, table: String
  /// The folder of candidates: rankings, and what is trained again.
  private var folder = "logs/looks"
  /// Of how many candidates, spread over the table, more is looked at than costs little.
  private var few = 0
  private var shares = [0.25, 0.5]
  private var output: String?
  private var threads: Int?
  private var records = true

  static let usage = """
    usage: Benchmarks looks TABLE.jsonl LOOKS.jsonl [--recipe RECIPE] [--pairs N] [--few N] [--shares 0.25,0.5]
                                        [--folder FOLDER] [--threads N] [--record no] [--output FILE.md]
                    looks at a table's candidates without training them, and how well that foretells what training made of
                    them; of --few of them also in int8, after shares of the training, and trained anew; with --record
                    no only what the file holds is told
    """

  init(_ arguments: [String]) throws {
    guard arguments.count >= 2 else { throw InputError(Self.usage) }
    (table, path) = (arguments[0], arguments[1])
    var rest = arguments[2...], recipe = "recipes/candidates.yaml", pairs: Int?
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw InputError(Self.usage) }
      switch name {
      case "--recipe": recipe = value
      case "--pairs": pairs = Int(value)
      case "--few": few = Int(value) ?? 0
      case "--shares": shares = value.split(separator: ",").compactMap { Double($0) }
      case "--folder": folder = value
      case "--threads": threads = Int(value)
      case "--output": output = value
      case "--record": records = value != "no"
      default: throw InputError(Self.usage)
      }
    }
    self.recipe = try SearchRecipe(file: recipe)
    if let pairs { self.recipe.calibrationSamples = pairs }
  }

  func run(_ arguments: [String]) throws {
    let rows = try TextFile.lines(of: table).map { try Row($0, recipe, table) }
    if records { try record(rows, on: threads.map { ThreadPool(threads: $0) } ?? ThreadPool()) }
    var report = Report(arguments, output: output)
    let looked = try TextFile.lines(of: path).map { try JSONParser.parse($0) }
    try report.add("looks", "", summary(rows, looked))
    try report.finish()
  }

  /// A candidate of the table.
  private struct Row {
    let point: [Int]
    let int8: Double
    let multiplyAdds: Double
    let parameters: Double

    init(_ line: String, _ recipe: SearchRecipe, _ file: String) throws {
      let row = try JSONParser.parse(line)
      guard let sizes = row["shape"]?.objectValue, let point = recipe.space.point(sizes),
        let measured = row["measurement"].flatMap({ CandidateMeasurement($0) })
      else { throw InputError("a line is no candidate of this model space", file: file) }
      self.point = point
      int8 = measured.int8.mean
      multiplyAdds = Double(measured.multiplyAdds)
      parameters = Double(measured.parameters)
    }
  }

  private func record(_ rows: [Row], on pool: ThreadPool) throws {
    var known: [[Int]: JSONObject] = [:]
    if Folder.containsFile(path) {
      for line in try TextFile.lines(of: path) {
        guard let object = try? JSONParser.parse(line).objectValue, let sizes = object["shape"]?.objectValue,
          let point = recipe.space.point(sizes)
        else { continue }
        known[point] = object
      }
    }
    let trainer = try CandidateTrainer(recipe, folder: folder, on: pool, version: "looks")
    let every = few > 0 ? max(1, rows.count / few) : Int.max
    var isWarm = false
    for (index, row) in rows.enumerated() {
      let isFew = every < Int.max && index % every == every / 2
      if let old = known[row.point], !isFew || old["briefly"] != nil { continue }
      // What all share is prepared before the clock runs.
      if !isWarm { _ = try trainer.look(recipe.space.smallestPoint) }
      isWarm = true
      let line = try self.line(row.point, trainer, isFew: isFew)
      known[row.point] = line
      let file = try FileHandle.appending(path)
      file.write(Data((JSONValue.object(line).text() + "\n").utf8))
      try file.close()
      FileHandle.standardError.write(Data("\(index + 1) of \(rows.count): \(line["look"]?.text() ?? "")\n".utf8))
    }
  }

  private func line(_ point: [Int], _ trainer: CandidateTrainer, isFew: Bool) throws -> JSONObject {
    func timed<Value>(_ body: () throws -> Value) rethrows -> (Value, Double) {
      let start = ContinuousClock.now
      let value = try body()
      let took = (ContinuousClock.now - start).components
      return (value, Double(took.seconds) + Double(took.attoseconds) * 1e-18)
    }
    let isWhole = try recipe.space.shape(point) == recipe.dense
    let cut = try timed { isWhole ? nil : try trainer.cut(point) }.1
    // What was cut is held, so this is the measurement alone.
    let look = try trainer.look(point), seconds = cut + look.seconds
    var line: JSONObject = [
      "shape": .object(recipe.space.json(point)), "pairs": .integer(recipe.calibrationSamples),
      "look": [
        "mean_recall@1": .number(look.accuracy.mean), "standard_error": .number(look.accuracy.standardError),
        "seconds": .number(seconds), "cut_seconds": .number(cut),
      ],
    ]
    guard isFew else { return line }
    let int8 = try timed { try trainer.lookInInt8(point) }, divergence = try timed { try trainer.divergence(point) }
    line["int8"] = ["mean_recall@1": .number(int8.0.mean), "seconds": .number(int8.1)]
    line["divergence"] = ["value": .number(divergence.0), "seconds": .number(divergence.1)]
    line["briefly"] = .array(
      try shares.map { share in
        let brief = try timed { try trainer.trainedBriefly(point, share: share) }
        return ["share": .number(share), "mean_recall@1": .number(brief.0.mean), "seconds": .number(brief.1)]
      })
    let whole = try trainer.measure(point)
    line["trained"] = .object(whole.json)
    return line
  }

  /// What the logarithm of multiply-adds weighs beside a look's logit in the line of least squares to the trained logit.
  private func weight(of rows: [Row], _ lines: [[Int]: JSONValue]) -> Double {
    var all: [(look: Double, size: Double, trained: Double)] = []
    for row in rows {
      guard let look = lines[row.point]?["look"]?["mean_recall@1"]?.doubleValue else { continue }
      all.append((Foretelling.logit(look), Foundation.log(row.multiplyAdds), Foretelling.logit(row.int8)))
    }
    guard all.count > 2 else { return 0 }
    func covariance(
      _ a: KeyPath<(look: Double, size: Double, trained: Double), Double>,
      _ b: KeyPath<(look: Double, size: Double, trained: Double), Double>
    ) -> Double {
      let count = Double(all.count)
      let mean = (all.reduce(0) { $0 + $1[keyPath: a] } / count, all.reduce(0) { $0 + $1[keyPath: b] } / count)
      return all.reduce(0) { $0 + ($1[keyPath: a] - mean.0) * ($1[keyPath: b] - mean.1) }
    }
    let looks = covariance(\.look, \.look), sizes = covariance(\.size, \.size), both = covariance(\.look, \.size)
    let toLook = covariance(\.look, \.trained), toSize = covariance(\.size, \.trained)
    let slope = sizes * toLook - both * toSize, bend = looks * toSize - both * toLook
    return slope == 0 ? 0 : bend / slope
  }

  private func summary(_ rows: [Row], _ looked: [JSONValue]) throws -> Table {
    var lines: [[Int]: JSONValue] = [:]
    for line in looked {
      if let sizes = line["shape"]?.objectValue, let point = recipe.space.point(sizes) { lines[point] = line }
    }
    var table = Table([
      "predictor of trained accuracy", "candidates", "Spearman", "Spearman, upper half", "R^2, logits",
      "error, points", "seconds, median",
    ])
    func add(_ name: String, _ rows: [Row], _ value: (Row, JSONValue) -> Double?, seconds: (JSONValue) -> Double?) {
      var x: [Double] = [], y: [Double] = [], times: [Double] = []
      for row in rows {
        guard let line = lines[row.point], let found = value(row, line) else { continue }
        x.append(found)
        y.append(row.int8)
        if let time = seconds(line) { times.append(time) }
      }
      guard x.count > 4 else { return }
      let found = Foretelling(x, y)
      table.add([
        name, "\(x.count)", String(format: "%.3f", found.rank), String(format: "%.3f", found.upperRank),
        String(format: "%.3f", found.explained), String(format: "%.1f", 100 * found.error),
        times.isEmpty ? "" : String(format: "%.2f", Samples(times).median),
      ])
    }
    func logit(_ value: Double?) -> Double? { value.map(Foretelling.logit) }
    let some = rows.filter { lines[$0.point]?["briefly"] != nil }
    for (kind, rows) in [("", rows)] + (some.isEmpty ? [] : [(", the few", some)]) {
      add("look without training\(kind)", rows, { logit($1["look"]?["mean_recall@1"]?.doubleValue) }) {
        $0["look"]?["seconds"]?.doubleValue
      }
      let share = weight(of: rows, lines)
      add(
        "look and multiply-adds\(kind)", rows,
        { row, line in
          logit(line["look"]?["mean_recall@1"]?.doubleValue).map { $0 + share * Foundation.log(row.multiplyAdds) }
        }, seconds: { $0["look"]?["seconds"]?.doubleValue })
      add("multiply-adds\(kind)", rows, { row, _ in Foundation.log(row.multiplyAdds) }, seconds: { _ in nil })
      add("parameters\(kind)", rows, { row, _ in Foundation.log(row.parameters) }, seconds: { _ in nil })
    }
    add("look in int8", some, { logit($1["int8"]?["mean_recall@1"]?.doubleValue) }) {
      $0["int8"]?["seconds"]?.doubleValue
    }
    add("divergence from the whole model", some) {
      $1["divergence"]?["value"]?.doubleValue.map { -Foundation.log($0 + 1e-3) }
    } seconds: {
      $0["divergence"]?["seconds"]?.doubleValue
    }
    for (place, share) in shares.enumerated() {
      func brief(_ line: JSONValue) -> JSONValue? {
        line["briefly"]?.arrayValue.flatMap { $0.indices.contains(place) ? $0[place] : nil }
      }
      add("after \(Int(share * 100)) % of the training", some, { logit(brief($1)?["mean_recall@1"]?.doubleValue) }) {
        brief($0)?["seconds"]?.doubleValue
      }
    }
    add("trained anew, in int8", some, { logit($1["trained"]?["int8"]?["mean_recall@1"]?.doubleValue) }) { line in
      ["pruning", "training", "evaluation"].reduce(0.0) {
        $0 + (line["trained"]?["seconds"]?[$1]?.doubleValue ?? 0)
      }
    }
    return table
  }
}
