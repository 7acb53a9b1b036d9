import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPReports
import CLIPUnits

/// `estimate --sweep`: a model on every design of a space, as a table and, with an output folder, as files.
struct SweepRun {
  private let request: EstimateRequest
  private let pool: ThreadPool

  init(_ request: EstimateRequest, pool: ThreadPool) {
    self.request = request
    self.pool = pool
  }

  func run() throws {
    guard let model = request.models.first, let given = request.space else { return }
    let optimum = try request.assessor.optimum(
      request.objectives, of: model.shape, across: given.space, limits: request.limits, widens: request.widens, on: pool
    )
    let space = (name: given.name, space: optimum.space)
    let fronts = [request.objectives] + (request.objectives.count > 1 ? request.objectives.map { [$0] } : [])
    let found = try request.assessor.best(
      of: fronts, of: model.shape, across: space.space, limits: request.limits, on: pool)
    if let excuse = found.excuse { throw InputError("no design is within the limits: \(excuse)") }
    let front = found.front(of: request.objectives)
    // Bands of every allowed design: a share on the front means little among the front's own designs alone.
    var bands: [Int: CarbonBand] = [:]
    if let draws = request.draws {
      let most = UncertaintyStudy.mostTotals / draws
      let chosen = found.allowed.count <= most ? found.allowed : front
      for (design, band) in zip(chosen, try found.bands(of: chosen, draws: draws, seed: request.seed)) {
        bands[design.number] = band
      }
    }
    let files = try write(found, bands, optimum, model: model.name, space: space.name)
    var document = object(found, bands, optimum, model: model.name, space: space.name)
    document["files"] = WrittenFiles(files).json
    let table = text(found, front, bands, optimum, model: model.name, space: space.name)
    Output.result(
      .object(document), text: table + (files.isEmpty ? "" : "\n\n" + files.joined(separator: "\n")))
  }

  private func text(
    _ found: SpaceAssessment, _ front: [AssessedDesign], _ bands: [Int: CarbonBand], _ optimum: SpaceOptimum,
    model: String, space: String
  ) -> String {
    let scenario = request.assessor.scenario
    var parts = [
      "\(model) on the \(optimum.space.count) designs of \(space)\(optimum.widened.isEmpty ? "" : ", widened"), \(request.assessor.costModelName) cost model, "
        + "scenario \(scenario.name) (\(scenario.lifetime.summary)), boundary \(scenario.boundary.rawValue)"
    ]
    if optimum.stalled > 0 {
      parts.append("\(optimum.stalled) of them are passed over: their voltage does not carry their clock at their node")
    }
    let limits = found.limits.map(\.description).joined(separator: ", ")
    let within = limits.isEmpty ? "" : " (\(limits))"
    let titles = request.objectives.map(\.title).joined(separator: " x ")
    parts.append(
      found.isWhole
        ? "\(found.allowed.count) are within the limits\(within), \(front.count) of them on the front of \(titles)"
        : "\(front.count) are within the limits\(within) and on the front of \(titles); bounds leave out the others")
    var metrics: [Metric] = [.latency, .energy, .area, .tops, .operational, .embodied, .carbon]
    metrics = request.objectives.filter { !metrics.contains($0) } + metrics
    var header = ["design"] + metrics.map(\.title)
    if !bands.isEmpty { header += ["5 to 95 %", "on the front in"] }
    let spared: [Metric] = [.tops, .area, .embodied, .operational, .energy, .latency]
    var table = Table(
      header,
      least: (metrics.count + 1..<header.count).reversed()
        + spared.filter { !request.objectives.contains($0) }.compactMap { metrics.firstIndex(of: $0).map { $0 + 1 } })
    for one in Self.thinned(front) {
      var row = [one.design.description] + metrics.map { $0.text(one.value(of: $0)) }
      if let band = bands[one.number] {
        row += ["\(band.low) to \(band.high)", Figures.percent(band.shareOnFront)]
      }
      table.add(row)
    }
    parts.append(table.shown)
    if front.count > Self.mostRows {
      parts.append("\(Self.mostRows) of \(front.count) designs shown; --output writes them all")
    }
    for (metric, best, ends) in optimum.least {
      parts.append(
        (["least \(metric.title): \(metric.text(best.value(of: metric))), \(best.design)"] + ends.summary)
          .joined(separator: "\n  "))
    }
    if !request.widens, optimum.least.contains(where: { $0.ends.contains { $0.limit == nil } }) {
      parts.append("--widen goes on beyond such ends")
    }
    if !optimum.widened.isEmpty {
      parts.append("widened: " + Self.together(optimum.widened.map(\.axis)).joined(separator: ", "))
    }
    if optimum.isFull { parts.append("the space could not be widened further: it would have too many designs") }
    return parts.joined(separator: "\n\n")
  }

  /// Each once, in the order of the first.
  private static func together(_ names: [String]) -> [String] {
    names.enumerated().filter { names.firstIndex(of: $0.element) == $0.offset }.map(\.element)
  }

  private static let mostRows = 24

  /// Long fronts keep both ends and evenly spaced designs between them.
  private static func thinned(_ front: [AssessedDesign]) -> [AssessedDesign] {
    guard front.count > mostRows else { return front }
    return (0..<mostRows).map { front[$0 * (front.count - 1) / (mostRows - 1)] }
  }

  private func write(
    _ found: SpaceAssessment, _ bands: [Int: CarbonBand], _ optimum: SpaceOptimum, model: String, space: String
  ) throws -> [String] {
    guard let folder = request.output else { return [] }
    try Folder.make(folder)
    let files =
      (found.isWhole ? [("sweep.csv", found.csv(front: request.objectives, bands: bands))] : []) + [
        ("front.csv", found.csv(front: request.objectives, bands: bands, frontOnly: true)),
        (
          "sweep.json",
          JSONValue.object(object(found, bands, optimum, model: model, space: space)).text(indentation: 2) + "\n"
        ),
        ("sweep.svg", SweepPlot(found, request.objectives, model: model, space: space).svg),
      ]
    return try files.map { name, text in
      try AtomicFile.write(text, to: "\(folder)/\(name)")
      return "\(folder)/\(name)"
    }
  }

  private func object(
    _ found: SpaceAssessment, _ bands: [Int: CarbonBand], _ optimum: SpaceOptimum, model: String, space: String
  ) -> JSONObject {
    let front = found.front(of: request.objectives).map { one -> JSONValue in
      var object = JSONObject()
      object["number"] = .integer(one.number)
      object["design"] = .object(one.design.json)
      for metric in Metric.allCases where !metric.isOfModel { object[metric.column] = .number(one.value(of: metric)) }
      if let carbon = one.carbon { object["carbon"] = .object(carbon.json) }
      if let band = bands[one.number] { object["uncertainty"] = .object(band.json) }
      return .object(object)
    }
    return [
      "model": .string(model), "space": .string(space), "designs": .integer(optimum.space.count),
      "passed_over": .integer(optimum.stalled),
      "within_limits": found.isWhole ? .integer(found.allowed.count) : .null,
      "widened": .bool(!optimum.widened.isEmpty),
      "cost_model": .string(request.assessor.costModelName),
      "scenario": .string(request.assessor.scenario.name),
      "boundary": .string(request.assessor.scenario.boundary.rawValue),
      "limits": .array(found.limits.map { .string($0.description) }),
      "objectives": .array(request.objectives.map { .string($0.rawValue) }), "front": .array(front),
      "least": .array(
        optimum.least.map { metric, best, ends in
          [
            "metric": .string(metric.rawValue), "value": .number(best.value(of: metric)),
            "number": .integer(best.number),
            "design": .object(best.design.json), "ends": .array(ends.map(\.json)),
          ]
        }),
    ]
  }
}
