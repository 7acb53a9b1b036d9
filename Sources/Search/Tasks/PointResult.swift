internal import CLIPCompute
internal import CLIPFiles
internal import CLIPStudies

/// What came of a point: as the study keeps it, and as it is told.
struct PointResult {
  let measurement: JSONObject
  /// The fingerprint of all that it depends on.
  let key: String
  let event: (_ number: Int, _ name: String) -> SearchEvent

  /// Looks at a point, or trains, measures and prices it.
  /// - Throws: as ``CandidateTrainer`` does.
  init(
    _ kind: Trial.Kind, _ point: [Int], _ recipe: SearchRecipe, with trainer: CandidateTrainer,
    _ prices: HardwarePrices, on pool: ThreadPool
  ) throws {
    let lattice = SearchLattice(recipe), model = lattice.modelPoint(point)
    switch kind {
    case .look:
      let (look, wasKnown) = try trainer.lookOnce(model)
      var json = look.json
      json["taken_over"] = .bool(wasKnown)
      measurement = json
      key = try trainer.lookKey(model)
      event = { .looked(number: $0, name: $1, look: look, wasKnown: wasKnown) }
    case .training:
      let (found, wasKnown) = try trainer.measureOnce(model), chosen = lattice.design(point)
      var record = TrialRecord(
        found, on: try prices.everything(model, design: chosen, on: pool), recipe, chosen: chosen)
      record.isTakenOver = wasKnown
      measurement = record.json
      key = try trainer.key(model)
      let told = record
      event = { .finished(number: $0, name: $1, record: told, wasKnown: wasKnown) }
    }
  }

  /// What another process found; nil for anything else.
  init?(_ kind: Trial.Kind, _ measurement: JSONObject, key: String, metrics: Int) {
    self.measurement = measurement
    self.key = key
    switch kind {
    case .look:
      guard let look = CandidateLook(.object(measurement)) else { return nil }
      let wasKnown = measurement["taken_over"]?.boolValue ?? false
      event = { .looked(number: $0, name: $1, look: look, wasKnown: wasKnown) }
    case .training:
      guard let record = TrialRecord(.object(measurement), metrics: metrics) else { return nil }
      event = { .finished(number: $0, name: $1, record: record, wasKnown: record.isTakenOver ?? false) }
    }
  }
}
