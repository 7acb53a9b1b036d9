internal import CLIPAssessment
public import CLIPCarbonFootprint
internal import CLIPCompute
internal import CLIPFiles
public import CLIPSearch
internal import CLIPUnits

/// All that was measured of a family, as a file that can be kept with the project.
public struct FamilyRecord: Sendable {
  /// The models, members first.
  public var models: [FamilyModel]
  /// That the sealed test sets were opened, and for which trainings; nil where they were not.
  public var opened: FamilyOpening?
  /// What the candidates of the searches cost that the models come from; empty where no search is compared with another.
  public var charges: [Charge] = []
  /// What training and measuring them cost, each training once; nil where nothing was measured yet.
  public var footprint: RunFootprint? {
    var known: Set<String> = []
    return models.flatMap(\.runs).filter { known.insert($0.key).inserted }.map(\.footprint).reduce(nil) { sum, one in
      sum.map { $0 + one } ?? one
    }
  }

  /// What the candidates of a search cost.
  public struct Charge: Equatable, Sendable {
    /// What the recipe calls it; nil for the family's own searches together.
    public let rule: String?
    /// What was made small, for people.
    public let objective: String
    /// What it cost.
    public let charge: SearchCharge

    /// A charge of its parts.
    public init(rule: String?, objective: String, charge: SearchCharge) {
      self.rule = rule
      self.objective = objective
      self.charge = charge
    }
  }

  /// What its models were trained in; nil where none was trained yet.
  var precision: ProductArithmetic? {
    models.lazy.flatMap(\.runs).first { !$0.validation.checkpoint.isEmpty }?.validation.products
  }

  /// A record without measurements.
  public init(_ models: [FamilyModel] = []) { self.models = models }

  /// Reads a record.
  /// - Throws: `InputError` for a file that is damaged or no record.
  public init(file path: String) throws {
    let json = try JSONParser.parse(try TextFile.text(of: path))
    guard let list = json["models"]?.arrayValue else {
      throw InputError("is no record of a family: it has no models", file: path)
    }
    models = try list.enumerated().map { index, item in
      guard let model = FamilyModel(item) else {
        throw InputError("is damaged", file: path, at: "models[\(index)]", advice: "remove it and measure again")
      }
      return model
    }
    guard Set(models.map(\.name)).count == models.count else { throw InputError("names a model twice", file: path) }
    charges = try (json["searches"]?.arrayValue ?? []).map { item in
      guard let objective = item["objective"]?.stringValue, let charge = item["charge"].flatMap({ SearchCharge($0) })
      else { throw InputError("is damaged", file: path, at: "searches", advice: "remove them: they are added up anew") }
      return Charge(rule: item["rule"]?.stringValue, objective: objective, charge: charge)
    }
    if let note = json["opened"] {
      guard let opened = FamilyOpening(note) else {
        throw InputError("is damaged", file: path, at: "opened", advice: "take it from the commit that opened it")
      }
      self.opened = opened
    }
    try checkOpening(file: path)
    estimateMissingFootprints()
  }

  /// Records of earlier versions lack the training of models that were taken over from a search: the time that is
  /// accounted for is less than the recorded training took. It is added at the mean power of the other runs, and said.
  private mutating func estimateMissingFootprints() {
    func isWhole(_ run: FamilyModel.Run) -> Bool { run.footprint.wall.value >= run.validation.times.total }
    let whole = models.flatMap(\.runs).filter(isWhole).map(\.footprint).reduce(nil as RunFootprint?) { sum, one in
      sum.map { $0 + one } ?? one
    }
    guard let whole, whole.wall > .zero else { return }
    let power = Watts(whole.energy.value / whole.wall.value), load = whole.processorTime / whole.wall
    for model in models.indices {
      for run in models[model].runs.indices where !isWhole(models[model].runs[run]) {
        let own = models[model].runs[run].footprint, time = Seconds(models[model].runs[run].validation.times.total)
        models[model].runs[run].footprint =
          own
          + RunFootprint(
            wall: time, processorTime: time * load, energy: power * time, method: own.method, scope: own.scope,
            grid: own.grid, pue: own.pue, processor: own.processor, threads: own.threads, sessions: 0,
            notes: [
              "the energy of a training that was taken over from a search was not recorded: it is estimated from its "
                + "recorded time, at the mean power of the other trainings"
            ])
      }
    }
  }

  /// Writes it, whole or not at all.
  /// - Throws: `InputError` where the file cannot be written.
  public func write(to path: String) throws {
    var object: JSONObject = [:]
    if let opened { object["opened"] = opened.json }
    object["models"] = .array(models.map { .object($0.json) })
    if !charges.isEmpty {
      object["searches"] = .array(
        charges.map { one in
          var item: JSONObject = ["objective": .string(one.objective), "charge": .object(one.charge.json)]
          if let rule = one.rule { item["rule"] = .string(rule) }
          return .object(item)
        })
    }
    try Folder.make(Folder.parent(of: path))
    try AtomicFile.write(JSONValue.object(object).text(indentation: 1) + "\n", to: path)
  }
}

extension FamilyModel {
  var json: JSONObject {
    var object: JSONObject = [
      "name": .string(name), "kind": .string(kind.rawValue), "sizes": .object(sizes),
    ]
    if let arithmetic { object["arithmetic"] = .string(arithmetic) }
    if let cut { object["cut"] = .object(cut.json) }
    if let trial { object["trial"] = .integer(trial) }
    if let foundBy { object["found_by"] = ["rule": .string(foundBy.rule), "metric": .string(foundBy.metric.rawValue)] }
    object["runs"] = .array(runs.map { .object($0.json) })
    return object
  }

  init?(_ json: JSONValue) {
    guard let name = json["name"]?.stringValue, let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
      let sizes = json["sizes"]?.objectValue, let list = json["runs"]?.arrayValue
    else { return nil }
    let runs = list.compactMap { Run($0) }
    let cut = json["cut"].flatMap { StrategyCut($0) }
    let foundBy = json["found_by"].flatMap { item in
      item["rule"]?.stringValue.flatMap { rule in
        item["metric"]?.stringValue.flatMap(Metric.init(rawValue:)).map { Finder(rule: rule, metric: $0) }
      }
    }
    guard runs.count == list.count, (json["cut"] == nil) == (cut == nil), (kind == .searched) == (foundBy != nil) else {
      return nil
    }
    self.init(
      name, kind, sizes, arithmetic: json["arithmetic"]?.stringValue, cut: cut, trial: json["trial"]?.intValue,
      foundBy: foundBy, runs: runs)
  }
}

extension FamilyModel.Run {
  var json: JSONObject {
    var item: JSONObject = [
      "seed": .integer(seed), "key": .string(key), "validation": .object(validation.json),
    ]
    if !isSealed { item["test"] = .object(test.json) }
    item["footprint"] = .object(footprint.json)
    if let classes { item["classes"] = .object(classes.json) }
    if !readings.isEmpty { item["readings"] = .array(readings.map(\.json)) }
    return item
  }

  init?(_ item: JSONValue) {
    guard let seed = item["seed"]?.intValue, let key = item["key"]?.stringValue,
      let validation = item["validation"].flatMap({ CandidateMeasurement($0) }),
      let footprint = item["footprint"]?.objectValue.flatMap({ try? RunFootprint(json: $0) })
    else { return nil }
    let list = item["readings"]?.arrayValue ?? []
    let readings = list.compactMap { FamilyReading($0) }
    // What is sealed has readings in the place of a test accuracy.
    let isSealed = item["test"] == nil && !readings.isEmpty
    guard readings.count == list.count,
      let test = isSealed ? validation.unmeasured : item["test"].flatMap({ CandidateMeasurement($0) })
    else { return nil }
    self.init(
      seed: seed, key: key, validation: validation, test: test, classes: item["classes"].flatMap { ClassAccuracy($0) },
      readings: readings, footprint: footprint)
  }
}
