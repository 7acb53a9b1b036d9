internal import CLIPAssessment
internal import CLIPCarbonFootprint
package import CLIPCheckpoints
internal import CLIPFiles
internal import CLIPModelShapes
package import CLIPStudies
internal import CLIPUnits
package import CLIPWeights

/// A trial's model as a checkpoint that other tools load, with what it costs on its accelerator.
package struct TrialExport {
  private let recipe: SearchRecipe
  private let study: Study
  private let front: SearchFront
  private let candidates: String
  private let version: String

  /// What is written of the model itself.
  package enum Form {
    /// A checkpoint in half precision, or in single where a weight is too large for that.
    case small
    /// A checkpoint of some precision.
    case checkpoint(ElementType)
    /// Files that a library loads.
    /// - Parameter write: writes a loaded model into a folder and says how it is used, as a section of a model card
    case files(library: String, write: (LoadedModel, String) throws -> String)
  }

  /// - Parameters:
  ///   - candidates: the folder of trained models
  ///   - version: the program's, for the card
  package init(_ recipe: SearchRecipe, _ study: Study, _ front: SearchFront, candidates: String, version: String) {
    self.recipe = recipe
    self.study = study
    self.front = front
    self.candidates = candidates
    self.version = version
  }

  /// The place among the finished trials of a trial's number.
  /// - Throws: `InputError` for a trial that is not there or was not finished.
  private func index(of number: Int) throws -> Int {
    if let index = front.finished.firstIndex(where: { $0.trial.number == number }) { return index }
    let known = front.finished.map { "\($0.trial.number)" }.joined(separator: ", ")
    throw InputError("trial \(number) has no model", file: study.path, advice: "finished are \(known)")
  }

  /// The front's member of a trial, or its model on its greenest accelerator.
  /// - Throws: `InputError` for a trial that has no model, or no accelerator within the limits.
  package func member(of number: Int) throws -> SearchFront.Member {
    let index = try index(of: number)
    if let member = front.members.first(where: { $0.index == index }) { return member }
    guard let best = front.finished[index].record.extremes.first(where: { $0.metric == .carbon }) else {
      throw InputError("no accelerator is within the limits for trial \(number)", file: study.path)
    }
    return SearchFront.Member(
      index: index, design: best.design,
      accuracy: front.finished[index].record.measurement.accuracy(recipe.precision).mean, values: [])
  }

  /// Writes a member's model with a card, `metrics.json` and `carbon.json`.
  /// - Returns: what a reader should know of the files, where there is something
  /// - Throws: `InputError` where the model is gone or a file cannot be written.
  package func write(
    _ member: SearchFront.Member, _ outlook: HardwareOutlook, to folder: String, as form: Form = .small
  ) throws -> String? {
    let one = front.finished[member.index], measurement = one.record.measurement
    let source = measurement.checkpoint.isEmpty ? recipe.pretrained : "\(candidates)/\(measurement.checkpoint)"
    let model: LoadedModel
    do { model = try LoadedModel(LoadedModel.Request(pretrained: source)) } catch var error as InputError {
      if !Folder.exists(source) {
        error = InputError(
          "the trained model of trial \(one.trial.number) is gone", file: source,
          advice: "name the folder of candidates with --candidates, or run the search again")
      }
      throw error
    }
    let assessment = try outlook.assessment(one.point, design: member.design)
    let test = try TestAccuracies.known(study, trial: one.trial.number)
    var metrics: JSONObject = [
      "trial": .integer(one.trial.number), "shape": .object(recipe.space.json(one.point)),
      "validation": .object(measurement.json), "validation_data": .string(recipe.validationData),
      "metric": .string(recipe.accuracyTitle),
    ]
    if let test, let data = recipe.testData {
      metrics["test"] = .object(test.json)
      metrics["test_data"] = .string(data)
    }
    var carbon = assessment.carbon.json
    carbon["accelerator"] = .object(assessment.estimate.design.json)
    carbon["cost_model"] = .string(recipe.assessor.costModelName)
    carbon["latency_s"] = .number(assessment.estimate.latency.value)
    carbon["energy_j"] = .number(assessment.estimate.energy.value)
    carbon["area_mm2"] = .number(assessment.estimate.area.total.value)
    if let measured = recipe.assessor.measured { carbon["costs"] = .object(measured.json) }
    return try AtomicFolder.write(to: folder) { place in
      let code = LoadingCode(model.model.configuration)
      var library = code.library, usage = code.section, note: String?
      switch form {
      case .small:
        let range = try WeightRange(of: model)
        if !range.fitsFloat16 {
          note = "\(folder): written in float32: its largest weight, \(range.largest), is too large for float16"
        }
        try model.write(to: place, as: .openCLIP, range.fitsFloat16 ? .float16 : .float32)
      case .checkpoint(let element): try model.write(to: place, as: .openCLIP, element)
      case .files(let name, let write): (library, usage) = (name, try write(model, place))
      }
      try AtomicFile.write(JSONValue.object(metrics).text(indentation: 2) + "\n", to: "\(place)/metrics.json")
      try AtomicFile.write(JSONValue.object(carbon).text(indentation: 2) + "\n", to: "\(place)/carbon.json")
      let card = try card(one, assessment, test, name: Folder.name(of: folder), library: library, usage: usage)
      try AtomicFile.write(card, to: "\(place)/README.md")
      return note
    }
  }

  private func card(
    _ one: SearchFront.Finished, _ assessment: Assessment, _ test: CandidateMeasurement?, name: String, library: String,
    usage: String
  ) throws -> String {
    let measurement = one.record.measurement, carbon = assessment.carbon
    func percent(_ accuracy: CandidateMeasurement.Accuracy) -> String {
      "\(Figures.percent(accuracy.mean)) ± \(Figures.significant(accuracy.standardError * 100))"
    }
    let making: KilogramsCO2e = carbon.embodied.total * carbon.embodiedShare
    var rows: [(name: String, text: String)] = [
      (
        "cut from",
        "\(Folder.name(of: recipe.pretrained).markdownCode(isInTable: true)), with strategy \(recipe.importance.name)"
      ),
      ("shape", recipe.space.name(one.point)),
      ("parameters", Figures.count(measurement.parameters)),
      ("multiply-adds of one picture and one text", Figures.count(measurement.multiplyAdds)),
      (
        "fine-tuned on",
        "\(Figures.count(measurement.samples)) samples of \(recipe.trainData.markdownCode(isInTable: true))"
          + (measurement.checkpoint.isEmpty ? "" : ", products in \(measurement.products.rawValue)")
      ),
    ]
    // What it can do on data that it was not chosen by comes first.
    func add(_ title: String, _ on: String, _ found: CandidateMeasurement) {
      rows.append(("\(title) on \(on), float32", percent(found.float32)))
      if found.int8.mean.isFinite { rows.append(("the same, \(found.arithmetic)", percent(found.int8))) }
      for (float, whole) in zip(found.float32.parts, found.int8.parts) where found.float32.parts.count > 1 {
        rows.append(
          (
            "\(float.metric) of it on \(float.data.markdownCode(isInTable: true)), float32 and \(found.arithmetic)",
            "\(Figures.percent(float.value)), \(Figures.percent(whole.value))"
          ))
      }
    }
    if let test, let data = recipe.testData {
      add(
        (recipe.testAim?.name ?? recipe.accuracyTitle).markdownEscaped,
        "test data, \(data.markdownCode(isInTable: true))", test)
    }
    add(
      recipe.accuracyTitle.markdownEscaped,
      recipe.command == nil
        ? "validation data, \(recipe.validationData.markdownCode(isInTable: true))"
        : "what \(recipe.validationData.markdownCode(isInTable: true)) measures", measurement)
    rows += [
      ("accelerator", assessment.design.markdownEscaped), ("latency", "\(assessment.estimate.latency)"),
      ("energy of an inference", "\(assessment.estimate.energy)"),
      (
        "die",
        carbon.embodied.isOfDevice
          ? "not known: the device was measured as a whole" : "\(assessment.estimate.area.total)"
      ),
      ("carbon of use", "\(carbon.operational)"),
      ("carbon of making", "\(making)"), ("total carbon", "\(carbon.total)"),
      ("boundary of carbon", "\(carbon.boundary.rawValue): \(carbon.boundary.summary)"),
      ("scenario", "\(recipe.assessor.scenario.name.markdownEscaped): \(recipe.assessor.scenario.lifetime.summary)"),
      ("cost model", recipe.assessor.costModelName),
    ]
    var card = ModelCardText(title: name)
    card.library = library
    card.parts = [
      """
      A CLIP model cut from a larger one and chosen together with an accelerator by CarbonCLIP \(version), study \
      \(recipe.name.markdownCode()), trial \(one.trial.number). `metrics.json` and `carbon.json` hold all figures.
      """,
      Table(facts: rows).markdown(), try testLoss(one, test) ?? "",
      measurement.footprint.map { "Cutting, training and measuring this model cost \($0.summary)." } ?? "",
      try SearchCost(study, front.finished).summary.map { "The search that found it cost \($0)." } ?? "", usage,
    ]
    return card.text
  }

  /// What the model loses against the whole one on test data, in a sentence; nil where one of both was not measured.
  private func testLoss(_ one: SearchFront.Finished, _ test: CandidateMeasurement?) throws -> String? {
    guard let test, let dense = front.dense, front.finished[dense].trial.number != one.trial.number,
      let whole = try TestAccuracies.known(study, trial: front.finished[dense].trial.number)
    else { return nil }
    let loss = whole.accuracy(recipe.precision).mean - test.accuracy(recipe.precision).mean
    func points(_ share: Double) -> String { Figures.significant(abs(share) * 100) }
    var text = "On test data it is \(points(loss)) points \(loss > 0 ? "less" : "more") accurate than the whole model "
    text += "(\(recipe.precisionName))"
    if loss > recipe.acceptedLoss + 1e-9 {
      text +=
        ": more than the \(points(recipe.acceptedLoss)) points that the search accepts, which it kept to only on the "
      text += "validation data that models were chosen by"
    }
    return text + "."
  }
}
