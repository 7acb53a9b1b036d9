internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
internal import CLIPFiles
internal import CLIPSearch
internal import CLIPWeights

/// Writes the members of a family with a claim as checkpoints that other tools load, with `metrics.json`, `carbon.json` and a
/// card. Rivals are not kept.
///
/// The weights are those of the recipe's first seed. Where they are not in the folder of candidates, a checkpoint that holds
/// those of the same training keeps them, and its figures and card are written anew. What a sealed record has of test pictures
/// is guesses alone, so before it is opened all figures are of validation pictures.
package struct ClaimCheckpoints {
  private let recipe: FamilyRecipe
  private let record: FamilyRecord
  private let claim: FamilyClaim
  private let candidates: String
  private let version: String

  /// - Parameters:
  ///   - candidates: the folder of trained models
  ///   - version: the program's, for the cards
  package init(
    _ recipe: FamilyRecipe, _ record: FamilyRecord, _ claim: FamilyClaim, candidates: String, version: String
  ) {
    self.recipe = recipe
    self.record = record
    self.claim = claim
    self.candidates = candidates
    self.version = version
  }

  /// - Returns: the folders, and the members whose weights are nowhere
  /// - Throws: `InputError` where a file cannot be read or written.
  package func write() throws -> (folders: [String], missing: [String]) {
    var folders: [String] = [], missing: [String] = []
    for (place, point) in claim.study.models.enumerated() where point.kind == .member {
      guard let model = record.models.first(where: { $0.name == point.training }),
        let run = model.runs.first(where: { $0.seed == recipe.seeds[0] })
      else { continue }
      let member = ClaimMember(claim: claim, place: place, model: model, run: run, making: record.footprint)
      let folder = recipe.checkpoints + model.name, source = "\(candidates)/\(run.validation.checkpoint)"
      if Folder.containsFile("\(source)/open_clip_config.json") {
        let trained = try LoadedModel(LoadedModel.Request(pretrained: source))
        try AtomicFolder.write(to: folder) {
          try trained.write(to: $0, as: .openCLIP, .float16)
          try write(member, to: $0, name: Folder.name(of: folder))
        }
      } else if Self.holds(folder, run) {
        try CheckpointFolder.writeModule(to: folder)
        try write(member, to: folder, name: Folder.name(of: folder))
      } else {
        missing.append(model.name)
        continue
      }
      folders.append(folder)
    }
    return (folders, missing)
  }

  /// Whether a folder holds the weights of a training: its figures say whose they are.
  static func holds(_ folder: String, _ run: FamilyModel.Run) -> Bool {
    guard Folder.containsFile("\(folder)/open_clip_config.json"),
      let json = try? JSONParser.parse(try TextFile.text(of: "\(folder)/metrics.json"))
    else { return false }
    return json["key"]?.stringValue == run.key && json["seed"]?.intValue == run.seed
  }

  private func write(_ member: ClaimMember, to folder: String, name: String) throws {
    let card = ClaimCard(recipe: recipe, record: record, member: member, version: version)
    let files: [(name: String, text: String)] = [
      ("metrics.json", JSONValue.object(metrics(member, name)).text(indentation: 2) + "\n"),
      ("carbon.json", JSONValue.object(carbon(member, name)).text(indentation: 2) + "\n"),
      ("README.md", try card.text(named: name)),
    ]
    for file in files { try AtomicFile.write(file.text, to: "\(folder)/\(file.name)") }
  }

  private func metrics(_ member: ClaimMember, _ name: String) -> JSONObject {
    let arithmetic = member.arithmetic
    func reading(_ run: FamilyModel.Run) -> FamilyReading? { run.readings.first { $0.arithmetic == arithmetic } }
    func json(_ accuracy: CandidateMeasurement.Accuracy?) -> JSONValue { accuracy.map { .object($0.json) } ?? .null }
    let own = reading(member.run)
    return [
      "name": .string(name), "shape": .object(member.model.sizes), "seed": .integer(member.run.seed),
      "key": .string(member.run.key), "arithmetic": .string(arithmetic),
      "pictures": .string(claim.part == .test ? "test" : "validation"), "opened": record.opened?.json ?? .null,
      "validation": json(own?.validation), "validation_float32": json(member.run.validation.float32),
      "test": json(own?.test), "samples": .integer(member.run.validation.samples),
      "all_seeds": .array(
        member.model.runs.map { run in
          [
            "seed": .integer(run.seed), "validation": json(reading(run)?.validation), "test": json(reading(run)?.test),
          ]
        }),
    ]
  }

  private func carbon(_ member: ClaimMember, _ name: String) -> JSONObject {
    let rows = member.rows
    return [
      "name": .string(name), "arithmetic": .string(member.arithmetic),
      "cost_model": .string(recipe.search.assessor.costModelName),
      "pictures": .string(claim.part == .test ? "test" : "validation"),
      "claim": .string(ClaimCard.sentence(member, claim)), "family": .string(ClaimHeadline(claim).text),
      // All of the account where it is the aim's: one a use.
      "accounts": .array(
        member.firstRows.filter { $0.frame.boundary == claim.frames.first?.boundary }.compactMap { row in
          row.own.carbon.map { .object($0.json) }
        }),
      "uses": .array(rows.map { $0.json(member.making) }),
      "making": .object(member.run.footprint.json),
      "making_family": member.making.map { .object($0.json) } ?? .null,
    ]
  }
}
