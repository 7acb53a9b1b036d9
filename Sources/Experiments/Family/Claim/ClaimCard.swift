internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPRecipes
internal import CLIPSearch
internal import CLIPUnits
internal import CLIPWeights

/// The model card of a member of a family with a claim.
struct ClaimCard {
  let recipe: FamilyRecipe
  let record: FamilyRecord
  let member: ClaimMember
  let version: String

  private var claim: FamilyClaim { member.claim }

  func text(named name: String) throws -> String {
    let shape = try recipe.search.space.shape(sizes: member.model.sizes), code = LoadingCode(shape)
    var card = ModelCardText(title: name)
    card.library = code.library
    card.license = "apache-2.0"
    card.metadata = member.run.footprint.co2EqEmissionsYAML(.fineTuning)
    card.parts = [
      """
      A small CLIP model with an accelerator for each use, chosen together for little carbon at its accuracy by CarbonCLIP \
      \(version), then trained on. `metrics.json` and `carbon.json` hold all figures; `\(recipe.record)` those of every \
      seed and of the models that it was compared with.
      """,
      "## What it is", what(shape), "## What it can do", pictures, accuracies, known,
      "## What it costs the climate",
      """
      On its accelerator of least carbon for each row, priced and measured in \(member.arithmetic). *Emits less than its \
      rival* says from which age of a device on making and using it has emitted less.
      """, costs, elsewhere,
      "## What it saves", Self.sentence(member, claim), savings, ClaimHeadline(claim).text, repaid,
      "Training and measuring it cost \(member.run.footprint.summary), the search before it not counted.",
      notices, "## Use and limits", limits(shape, name), code.section,
    ]
    return card.text
  }

  private func what(_ shape: CLIPConfiguration) -> String {
    let search = recipe.search
    return Table(facts: [
      (
        "cut from",
        "\(Folder.name(of: search.pretrained).markdownCode(isInTable: true)), with strategy \(search.importance.name)"
      ),
      (
        "pictures", "\(shape.vision.imageSize) x \(shape.vision.imageSize) pixels, patches of \(shape.vision.patchSize)"
      ),
      ("layers/width/heads/MLP, image and text", FamilyModel.shape(shape).replacing(" | ", with: " and ")),
      ("parameters", Figures.count(shape.parameterCount)),
      ("multiply-adds of one picture and one text", Figures.count(shape.imageMultiplyAdds + shape.textMultiplyAdds)),
      ("arithmetic", member.arithmetic),
      (
        "trained on",
        "\(Figures.count(member.run.validation.samples)) samples, the base model as teacher, products in "
          + member.run.validation.products.rawValue
      ),
      (
        "found by",
        "study \(search.name.markdownCode(isInTable: true))\(member.model.trial.map { ", trial \($0)" } ?? "")"
      ),
    ]).markdown()
  }

  /// Which pictures were looked at.
  private var pictures: String {
    let errors = "± is one standard error by the choice of pictures, where nothing else is said."
    guard recipe.isSealed else { return "\(errors) What was chosen was chosen on validation pictures." }
    guard let opened = record.opened else {
      return
        "\(errors) **All figures are of validation pictures, by which the model was chosen too, so they are likely to be "
        + "too good.** The test pictures are sealed: no label of them was read, and is not until every training of the "
        + "family is recorded."
    }
    return
      "\(errors) The model was chosen on validation pictures. The test pictures were opened once, on \(opened.date), when "
      + "all trainings were recorded (`\(opened.digest)`)."
  }

  private var accuracies: String {
    guard let own = member.reading else { return "" }
    var table = Table(["", member.arithmetic, "float32"])
    func add(_ part: String, _ accuracy: CandidateMeasurement.Accuracy, _ floats: CandidateMeasurement.Accuracy?) {
      func cell(_ value: Double, _ error: Double) -> String {
        "\(Figures.percent(value)) ± \(Figures.significant(error * 100))"
      }
      for (place, one) in accuracy.parts.enumerated() where accuracy.parts.count > 1 {
        let float = floats.flatMap { $0.parts.indices.contains(place) ? $0.parts[place] : nil }
        table.add([
          "\(one.metric) on `\(one.data)`, \(part)", cell(one.value, one.standardError),
          float.map { cell($0.value, $0.standardError) } ?? "",
        ])
      }
      let title =
        accuracy.parts.count > 1 ? "mean of these" : accuracy.parts.first.map { "\($0.metric) on `\($0.data)`" }
      table.add([
        "\(title ?? "accuracy"), \(part)", cell(accuracy.mean, accuracy.standardError),
        floats.map { cell($0.mean, $0.standardError) } ?? "",
      ])
    }
    let readings = member.model.runs.compactMap { run in run.readings.first { $0.arithmetic == member.arithmetic } }
    func addSeeds(_ part: String, _ values: [Double]) {
      guard values.count > 1 else { return }
      table.add([
        "mean of \(values.count) seeds ± its standard error by them, \(part)",
        FamilyTables.accuracy(SeedStatistics(values)), "",
      ])
    }
    add("validation", own.validation, member.run.validation.float32)
    addSeeds("validation", readings.map(\.validation.mean))
    if let test = own.test {
      add("test", test, nil)
      addSeeds("test", readings.compactMap(\.test?.mean))
    }
    return table.markdown()
  }

  /// Of more names than these the first are listed.
  private static let mostNames = 100, fewNames = 20

  /// The classes that it was measured on; sets of the same ones together.
  private var known: String {
    var groups: [(sets: [String], names: [String])] = []
    for (set, names) in zip(claim.sets, claim.classNames) {
      if let place = groups.firstIndex(where: { $0.names == names }) {
        groups[place].sets.append(set)
      } else {
        groups.append(([set], names))
      }
    }
    return groups.map { sets, names in
      let count = names.count > Self.mostNames ? Self.fewNames : names.count, left = names.count - count
      let listed = names.prefix(count).joined(separator: ", ").markdownEscaped + (left > 0 ? " and \(left) more" : "")
      return "Classes of \(sets.map { "`\($0)`" }.joined(separator: ", ")) (\(names.count)): \(listed)."
    }.joined(separator: "\n\n")
  }

  private var costs: String {
    var table = Table(
      [
        "use", "counted", "accelerator", "latency", "energy", "die", "in use", "in making", "total",
        "5 to 95 % of draws",
        "emits less than its rival",
      ], words: [0, 1, 2, 10])
    for row in member.firstRows {
      let metrics: [Metric] = [.latency, .energy, .area, .operational, .embodied, .carbon]
      table.add(
        [row.use.name, row.frame.boundary.summary, "\(row.own.design)"]
          + metrics.map { $0.text(row.own.value(of: $0)) } + [
            "\(KilogramsCO2e(row.range.lowerBound)) to \(KilogramsCO2e(row.range.upperBound))",
            row.breakEven?.text ?? "",
          ])
    }
    let uses = member.firstRows.filter { $0.frame.boundary == claim.frames.first?.boundary }.compactMap { row in
      row.own.carbon.map { "- \(row.use.name): \($0.scenario.lifetime.summary), \($0.scenario.grid.summary)" }
    }
    return table.markdown() + "\n\n" + uses.joined(separator: "\n")
  }

  /// The same model on other grids.
  private var elsewhere: String {
    let rows = member.rows.filter { $0.frame.grid != claim.frames.first?.grid }
    guard !rows.isEmpty else { return "" }
    var table = Table(["on another grid", "use", "counted", "total carbon"], words: [0, 1, 2])
    for row in rows {
      table.add([
        row.frame.grid.name, row.use.name, row.frame.boundary.summary, Metric.carbon.text(row.own.value(of: .carbon)),
      ])
    }
    return table.markdown()
  }

  private var savings: String {
    var table = Table(["use", "counted", "its rival", "its carbon", "saved", "strictly"], words: [0, 1, 2])
    for row in member.firstRows {
      table.add([
        row.use.name, row.frame.boundary.summary,
        row.rivalName + (row.found.isAgainstBase ? " (none is accurate enough)" : ""),
        Metric.carbon.text(row.rival.value(of: .carbon)), ClaimTables.percent(row.found.saving.saved),
        ClaimTables.percent(row.found.saving.strictly),
      ])
    }
    return table.markdown()
  }

  /// What is claimed of a member: in the use where it saves less, in the aim's boundary.
  static func sentence(_ member: ClaimMember, _ claim: FamilyClaim) -> String {
    let rows = member.firstRows.filter { $0.frame.boundary == claim.frames.first?.boundary }
    guard let row = rows.min(by: { $0.found.saving.saved.stated < $1.found.saving.saved.stated }) else { return "" }
    let pictures = claim.part == .test ? "test" : "validation", saving = row.found.saving
    let margin = Figures.short(claim.study.rule.margin * 100, places: 3), title = claim.study.models[member.place].title
    let rival =
      row.found.isAgainstBase
      ? "\(row.rivalName), as no model that was made without a search is accurate enough"
      : "\(row.rivalName), the cheapest model that was made without a search and is at most \(margin) points less accurate "
        + "than \(title)"
    let most = rows.count > 1 ? ", where it saves less," : ""
    return
      "On \(pictures) pictures, in the use \(row.use.name)\(most) and with \(row.frame.boundary.summary) counted, the "
      + "family saves \(ClaimTables.percent(saving.saved)) of the carbon at the accuracy of \(title)'s rival: \(rival). "
      + "\(title) itself emits \(ClaimTables.percent(saving.strictly)) less than it (strictly)."
  }

  /// When the family has repaid its own making.
  private var repaid: String {
    guard let making = member.making else { return "" }
    let parts = member.firstRows.filter { $0.frame.boundary == claim.frames.first?.boundary }.map { row in
      let devices = row.devices(repaying: making)
      return "\(row.use.name): " + (devices.map { "from \(Self.count($0)) devices on" } ?? "never")
    }
    return
      "All trainings of the family, rivals among them, emitted \(making.carbon). In its rival's place this member repays "
      + "that (\(claim.frames.first?.boundary.summary ?? "")): \(parts.joined(separator: "; "))."
  }

  private static func count(_ number: Double) -> String {
    number < 1e12 ? Figures.count(Int(number)) : Figures.significant(number)
  }

  private func limits(_ shape: CLIPConfiguration, _ name: String) -> String {
    """
    For work on pruning, distillation, accelerators and carbon, and for pictures like those above: it knows the classes named \
    there and little else. Texts have \(shape.text.contextLength) tokens at most. `carbonclip export --format onnx` makes files \
    for ONNX Runtime. Carbon is an estimate for a chip that was not built: see `docs/estimator.md` and `docs/carbon.md` for what \
    is counted and how sure it is.
    """ + (claim.part == .test ? "\n\n" + claim.sets.map { evaluation(of: $0) }.joined(separator: "\n") : "")
  }

  private func evaluation(of set: String) -> String {
    "    carbonclip evaluate --pretrained \(recipe.checkpoints)\(member.model.name) --data '\(set)'"
  }

  // What it learned from.

  static let noticesKey = "notices"

  /// Reads what cards say of the data, by name.
  /// - Throws: `InputError` naming the place and what is accepted.
  static func notices(_ section: RecipeNode?) throws -> [(name: String, text: String)] {
    guard let section else { return [] }
    let example = "such as notices: {grocery: \"GroceryStoreDataset, MIT\"}"
    guard case .map(let members) = section.value else {
      throw section.error("notices must be names of data with a text each, found \(section.short)", advice: example)
    }
    return try members.map { name, node in
      guard let text = node.textValue, !text.isEmpty else {
        throw node.error("notices: \(name) must be text, found \(node.short)", advice: example)
      }
      return (name, text)
    }
  }

  private var notices: String {
    guard !recipe.notices.isEmpty else { return "" }
    return "## What it learned from\n\n"
      + recipe.notices.map { "- **\($0.name.markdownEscaped)**: \($0.text)" }.joined(separator: "\n")
  }
}
