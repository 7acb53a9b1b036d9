import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPSearch
import Foundation

/// Does it matter that carbon is what is made small? Models that a search has trained, and for each objective the model and
/// the chip that it would choose at the same accuracy, with the carbon of that choice in three boundaries.
///
/// Who makes carbon, latency or energy small chooses model and chip together, each the least of its objective. Who makes
/// multiply-adds or parameters small says nothing of chips: the model is put on a fixed chip (a), on its chip of least
/// latency (b), and on its chip of least carbon (c).
struct ObjectivesStudy {
  var results = "docs/results/micro-full/search.json"
  var recipe = "recipes/micro-full.yaml"
  var spaces = ["camera-chip", "camera-chip-dram"]
  var fixed = "camera-middle"
  var scenarios = ["camera", "battery-camera", "server"]
  var floors = [0.75, 0.80, 0.82, 0.84, 0.85, 0.86]
  var threads = 2
  var output: String?

  static let usage = """
    usage: Benchmarks objectives [--results SEARCH.json] [--recipe RECIPE] [--spaces NAMES] [--fixed ACCELERATOR]
                                 [--scenarios NAMES] [--floors SHARES] [--threads N] [--output FILE.md]
                    what carbon-aware, latency-aware, energy-aware and multiply-add-aware choice would take of a search's trials
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw InputError(Self.usage) }
      switch name {
      case "--results": results = value
      case "--recipe": recipe = value
      case "--spaces": spaces = value.split(separator: ",").map(String.init)
      case "--fixed": fixed = value
      case "--scenarios": scenarios = value.split(separator: ",").map(String.init)
      case "--floors":
        floors = try value.split(separator: ",").map {
          guard let floor = Double($0), (0..<1).contains(floor) else {
            throw InputError("--floors needs shares such as 0.8,0.85, found \(value.quoted())")
          }
          return floor
        }
      case "--threads":
        guard let number = Int(value), (1...1024).contains(number) else { throw InputError(Self.usage) }
        threads = number
      case "--output": output = value
      default: throw InputError(Self.usage)
      }
    }
  }

  /// A trained model.
  struct Model: Sendable {
    let trial: Int
    let shape: CLIPConfiguration
    let accuracy: Double
    let accuracyError: Double
    let multiplyAdds: Double
    let parameters: Double
  }

  /// A model on a chip.
  struct Choice: Sendable {
    let model: Model
    let design: AssessedDesign

    /// Carbon in grams; nil where the boundary is not known.
    func grams(_ boundary: Boundary) -> Double? { design.carbon?.total(in: boundary).map { $0.value * 1000 } }
  }

  func run(_ arguments: [String]) throws {
    let pool = ThreadPool(threads: threads), models = try trained()
    var report = Report(arguments, output: output)
    let spaces = try spaces.map { try DesignSpace.named($0) }, fixed = try AcceleratorDesign.named(fixed)
    for name in scenarios {
      let scenario = try Scenario.named(name)
      let start = ContinuousClock.now
      let priced = try PricedModels(models, in: scenario, across: spaces, fixed: fixed, on: pool)
      FileHandle.standardError.write(
        Data("\(name): \(models.count) models, \((ContinuousClock.now - start).components.seconds) s\n".utf8))
      try add(priced, name, scenario, &report)
    }
    try report.finish()
  }

  /// The trials that were trained to the end.
  private func trained() throws -> [Model] {
    let recipe = try SearchRecipe(file: recipe)
    guard let trials = try JSONParser.parse(TextFile.text(of: results))["trials"]?.arrayValue else {
      throw InputError("holds no trials", file: results, advice: "give the search.json of a finished search")
    }
    let models = try trials.compactMap { trial -> Model? in
      let measured = trial["accuracy"]?["int8"] ?? trial["accuracy"]?["float32"]
      guard let sizes = trial["sizes"]?.objectValue, let number = trial["trial"]?.intValue,
        let accuracy = measured?["value"]?.doubleValue, let error = measured?["standard_error"]?.doubleValue,
        let multiplyAdds = trial["multiply_adds"]?.doubleValue, let parameters = trial["parameters"]?.doubleValue
      else { return nil }
      return Model(
        trial: number, shape: try recipe.space.shape(sizes: sizes), accuracy: accuracy, accuracyError: error,
        multiplyAdds: multiplyAdds, parameters: parameters)
    }
    guard !models.isEmpty else { throw InputError("holds no trial with an accuracy", file: results) }
    return models
  }

  private func add(_ priced: PricedModels, _ name: String, _ scenario: Scenario, _ report: inout Report) throws {
    var boundaries = Boundary.allCases
    boundaries.removeAll { priced.least(.carbon(.die), 0)?.grams($0) == nil }
    for boundary in boundaries {
      var table = Table(
        ["accuracy at least", "carbon", "latency", "energy"]
          + ["multiply-adds", "parameters"].flatMap { what in ["a", "b", "c"].map { "\(what), \($0)" } }
          + [
            "less than the best of latency, energy, multiply-adds a and b", "5 to 95 % of draws",
            "less than multiply-adds c",
          ])
      let draws = try ObjectiveDraws(priced, in: boundary, of: scenario)
      for floor in floors {
        guard let own = priced.least(.carbon(boundary), floor), let grams = own.grams(boundary) else { continue }
        let latency = priced.least(.latency, floor)?.grams(boundary),
          energy = priced.least(.energy, floor)?.grams(boundary)
        let macs = ChipRule.allCases.map { priced.smallest(\.multiplyAdds, floor, $0, boundary)?.grams(boundary) }
        let parameters = ChipRule.allCases.map { priced.smallest(\.parameters, floor, $0, boundary)?.grams(boundary) }
        let rival = [latency, energy, macs[0], macs[1]].compactMap { $0 }.min()
        table.add(
          [String(format: "%.0f %%", 100 * floor), Self.text(grams), Self.text(latency), Self.text(energy)]
            + (macs + parameters).map(Self.text)
            + [Self.saving(grams, rival), draws.interval(floor) ?? "-", Self.saving(grams, macs[2])])
      }
      try report.add("\(name), \(boundary.rawValue): gCO2e of the choice by each objective", "", table)
    }
    var table = Table([
      "accuracy at least", "objective", "trial", "accuracy", "M multiply-adds", "chip", "ms", "uJ", "die mm2",
    ])
    for floor in floors {
      let choices: [(String, Choice?)] =
        boundaries.map { ("carbon, \($0.rawValue)", priced.least(.carbon($0), floor)) }
        + [
          ("latency", priced.least(.latency, floor)), ("energy", priced.least(.energy, floor)),
          ("multiply-adds, c", priced.smallest(\.multiplyAdds, floor, .leastCarbon, .die)),
        ]
      for (objective, choice) in choices {
        guard let choice else { continue }
        let point = choice.design.point
        table.add([
          String(format: "%.0f %%", 100 * floor), objective, "\(choice.model.trial)",
          String(format: "%.1f %%", 100 * choice.model.accuracy),
          String(format: "%.1f", choice.model.multiplyAdds / 1e6), "\(choice.design.design)",
          Samples.text(1000 * point.latency.value), Samples.text(1e6 * point.energy.value),
          Samples.text(point.area.value),
        ])
      }
    }
    try report.add("\(name): what is chosen", "", table)
    var facts = Table(["over all models, each on its chip of least carbon"] + boundaries.map(\.rawValue))
    facts.add(["R² of carbon against multiply-adds"] + boundaries.map { String(format: "%.4f", priced.fit($0)) })
    facts.add(["models on the front by carbon that are on the front by multiply-adds"] + boundaries.map(priced.shared))
    facts.add(
      ["one chip for all: more carbon than each on its own, median and most"] + boundaries.map(priced.oneChip))
    try report.add("\(name): carbon beside multiply-adds, one chip beside each model's own", "", facts)
  }

  private static func text(_ grams: Double?) -> String { grams.map { String(format: "%.3g", $0) } ?? "-" }

  private static func saving(_ own: Double, _ rival: Double?) -> String {
    rival.map { String(format: "%.1f %%", 100 * (1 - own / $0)) } ?? "-"
  }
}

/// What an objective that counts only the model does for a chip.
enum ChipRule: CaseIterable {
  case fixed, leastLatency, leastCarbon
}

/// Trained models, each on the chips that objectives choose for it in one scenario.
struct PricedModels: Sendable {
  enum Objective: Hashable, Sendable {
    case carbon(Boundary), latency, energy
  }

  let models: [ObjectivesStudy.Model]
  let best: [Objective: [AssessedDesign?]]
  let onFixed: [AssessedDesign?]
  private let alone: [Boundary: [[Double]]]

  init(
    _ models: [ObjectivesStudy.Model], in scenario: Scenario, across spaces: [DesignSpace], fixed: AcceleratorDesign,
    on pool: ThreadPool
  ) throws {
    self.models = models
    /// The least of a metric over all spaces.
    func least(_ metric: Metric, _ model: ObjectivesStudy.Model, _ assessor: Assessor) throws -> AssessedDesign? {
      try spaces.compactMap { try assessor.least(metric, of: model.shape, across: $0, on: pool) }
        .min { $0.value(of: metric) < $1.value(of: metric) }
    }
    var best: [Objective: [AssessedDesign?]] = [:]
    var alone: [Boundary: [[Double]]] = [:]
    for boundary in Boundary.allCases {
      var moved = scenario
      moved.boundary = boundary
      let assessor = try Assessor(in: moved)
      // A boundary that the scenario does not know is left out.
      guard let first = try? least(.carbon, models[0], assessor),
        first.carbon?.total(in: boundary) != nil
      else { continue }
      let chosen = try models.map { try least(.carbon, $0, assessor) }
      best[.carbon(boundary)] = chosen
      // The ten that are the best of most models.
      let counts = Dictionary(grouping: chosen.compactMap { $0?.design }) { $0 }.mapValues(\.count)
      let chips = counts.sorted { ($1.value, $0.key.description) < ($0.value, $1.key.description) }.prefix(10)
      alone[boundary] = try chips.map { chip, _ in
        try models.map { model in
          let found = try assessor.assess(model.shape, onOnly: chip).allowed.first
          return found?.carbon?.total(in: boundary)?.value ?? .infinity
        }
      }
    }
    let assessor = try Assessor(in: scenario)
    best[.latency] = try models.map { try least(.latency, $0, assessor) }
    best[.energy] = try models.map { try least(.energy, $0, assessor) }
    onFixed = try models.map { try assessor.assess($0.shape, onOnly: fixed).allowed.first }
    self.best = best
    self.alone = alone
  }

  /// The model and chip with the least of an objective among those at least so accurate.
  func least(_ objective: Objective, _ floor: Double) -> ObjectivesStudy.Choice? {
    func value(_ design: AssessedDesign) -> Double {
      switch objective {
      case .carbon(let boundary): design.carbon?.total(in: boundary)?.value ?? .infinity
      case .latency: design.value(of: .latency)
      case .energy: design.value(of: .energy)
      }
    }
    guard let designs = best[objective] else { return nil }
    return zip(models, designs).compactMap { model, design in
      design.flatMap { model.accuracy >= floor ? ObjectivesStudy.Choice(model: model, design: $0) : nil }
    }.min { value($0.design) < value($1.design) }
  }

  /// The model with the least of what counts the model alone, on the chip that a rule gives it.
  func smallest(
    _ size: KeyPath<ObjectivesStudy.Model, Double>, _ floor: Double, _ rule: ChipRule, _ boundary: Boundary
  ) -> ObjectivesStudy.Choice? {
    let designs: [AssessedDesign?] =
      switch rule {
      case .fixed: onFixed
      case .leastLatency: best[.latency] ?? []
      case .leastCarbon: best[.carbon(boundary)] ?? []
      }
    let able = zip(models, designs).filter { $0.0.accuracy >= floor }
    guard let (model, design) = able.min(by: { $0.0[keyPath: size] < $1.0[keyPath: size] }), let design else {
      return nil
    }
    return ObjectivesStudy.Choice(model: model, design: design)
  }

  private func carbons(_ boundary: Boundary) -> [Double] {
    (best[.carbon(boundary)] ?? []).map { $0?.carbon?.total(in: boundary)?.value ?? .infinity }
  }

  /// How much of carbon's variance a straight line over multiply-adds explains.
  func fit(_ boundary: Boundary) -> Double {
    let pairs = zip(models.map(\.multiplyAdds), carbons(boundary)).filter { $0.1.isFinite }
    let count = Double(pairs.count)
    let x = pairs.map(\.0).reduce(0, +) / count, y = pairs.map(\.1).reduce(0, +) / count
    let xy = pairs.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
    let xx = pairs.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }, yy = pairs.reduce(0) { $0 + ($1.1 - y) * ($1.1 - y) }
    return xy * xy / (xx * yy)
  }

  /// Of the models that no other beats in accuracy and carbon, those that none beats in accuracy and multiply-adds.
  func shared(_ boundary: Boundary) -> String {
    func front(_ cost: [Double]) -> Set<Int> {
      Set(
        models.indices.filter { own in
          !models.indices.contains { other in
            let isAsGood = models[other].accuracy >= models[own].accuracy && cost[other] <= cost[own]
            return isAsGood && (models[other].accuracy > models[own].accuracy || cost[other] < cost[own])
          }
        })
    }
    let own = front(carbons(boundary)), macs = front(models.map(\.multiplyAdds))
    return "\(own.intersection(macs).count) of \(own.count)"
  }

  /// Of the ten chips that are the best of most models, the one with which all models together have the least excess: its median and
  /// its largest.
  func oneChip(_ boundary: Boundary) -> String {
    let own = carbons(boundary)
    let excesses = (alone[boundary] ?? []).map { zip($0, own).map { $0 / $1 - 1 }.filter { !$0.isNaN }.sorted() }
    guard let best = excesses.min(by: { $0.reduce(0, +) < $1.reduce(0, +) }), let most = best.last else { return "-" }
    return String(format: "%.1f %%, %.1f %%", 100 * best[best.count / 2], 100 * most)
  }
}
