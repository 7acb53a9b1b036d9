internal import CLIPFiles
public import CLIPSearch
internal import CLIPUnits

extension SearchSummary {
  /// Every trial, a row each, in RFC 4180's CSV; columns carry their units, what is not known is empty.
  public func csvTrials() -> String {
    var header = ["trial", "origin", "state"] + axes.map { Self.cell($0.name) }
    header += accuracyColumns.map(Self.cell)
    header += [
      "parameters", "multiply_adds", "samples", "pruning_s", "training_s", "evaluation_s", "accelerator",
    ]
    header +=
      Self.costColumns + [
        "failure", "taken_over", "making_wall_s", "making_cpu_s", "making_energy_j", "making_kgco2e",
      ] + (looks.isEmpty ? [] : ["look"]) + setColumns.map(Self.cell)
    let looked = Dictionary(
      looks.compactMap { one in one.trial.map { ($0, one.number) } }, uniquingKeysWith: { first, _ in first })
    let rows = trials.map { trial in
      var row = ["\(trial.number)", Self.cell(trial.origin), trial.state.rawValue]
      row += axes.indices.map { trial.sizes.indices.contains($0) ? Self.cell(axes[$0].text(trial.sizes[$0])) : "" }
      let measured = trial.measurement
      row += Self.fields(measured)
      row += [measured?.parameters, measured?.multiplyAdds, measured?.samples].map { $0.map { "\($0)" } ?? "" }
      let times = measured?.times ?? .init()
      row += [times.pruning, times.training, times.evaluation].map(Self.field)
      row += [Self.cell(trial.best?.accelerator)] + Self.fields(trial.best?.costs) + [Self.cell(trial.failure)]
      row.append(trial.isTakenOver.map { $0 ? "1" : "0" } ?? "")
      let making = measured?.footprint
      row += [making?.wall.value, making?.processorTime.value, making?.energy.value, making?.carbon.value].map(
        Self.field)
      if !looks.isEmpty { row.append(looked[trial.number].map { "\($0)" } ?? "") }
      return row + setFields(measured)
    }
    return Self.csv([header] + rows)
  }

  /// Every design of the front, a row each, in RFC 4180's CSV; columns carry their units, what is not known is empty.
  public func csvFront() -> String {
    var header =
      ["design", "trial", "model", "model_details", "accelerator", "accelerator_details"]
      + accuracyColumns.map(Self.cell)
    header +=
      ["parameters"] + Self.costColumns + ["p5_kgco2e", "p95_kgco2e", "share_on_front", "is_recommended"]
      + setColumns.map(Self.cell)
    let rows = front.enumerated().map { index, point in
      var row = [SearchText.letter(index), "\(point.trial)", Self.cell(point.model)]
      row +=
        ["", Self.cell(point.accelerator), Self.cell(point.details.joined(separator: "; "))]
        + Self.fields(point.measurement)
      row += [point.measurement.map { "\($0.parameters)" } ?? ""] + Self.fields(point.costs)
      row += [point.band?.low.value, point.band?.high.value, nil].map(Self.field)
      return row + [point.isChosen ? "1" : "0"] + setFields(point.measurement)
    }
    return Self.csv([header] + rows)
  }

  /// Mean recall@1 is `accuracy`; a metric of the user's is called as it is.
  private var accuracyColumns: [String] {
    let name = question.accuracyColumn
    // Where there is a choice of arithmetics, a column says which it is.
    let whole = axes.contains { $0.name == ModelSpace.arithmeticName } ? "quantized" : question.arithmetic
    return ["float32", whole].flatMap { ["\($0)_\(name)", "\($0)_standard_error"] }
  }

  /// What was found on each of several sets, in the arithmetic that counts.
  private var setColumns: [String] {
    let found = trials.lazy.compactMap { $0.measurement?.accuracy(self.question.precision).parts }.first { !$0.isEmpty }
    return (found ?? []).count > 1
      ? (found ?? []).map { "\(question.precision.rawValue)_\($0.metric): \($0.data)" } : []
  }

  private func setFields(_ measured: CandidateMeasurement?) -> [String] {
    let columns = setColumns.count, parts = measured?.accuracy(question.precision).parts ?? []
    return (0..<columns).map { $0 < parts.count ? Self.field(parts[$0].value) : "" }
  }

  private static let costColumns = [
    "latency_s", "energy_j", "area_mm2", "power_w", "total_kgco2e", "embodied_kgco2e", "operational_kgco2e",
  ]

  private static func fields(_ measured: CandidateMeasurement?) -> [String] {
    [
      measured?.float32.mean, measured?.float32.standardError, measured?.int8.mean, measured?.int8.standardError,
    ].map(field)
  }

  private static func fields(_ costs: Costs?) -> [String] {
    [
      costs?.latency.value, costs?.energy.value, costs?.area.value, costs?.power.value, costs?.carbon.value,
      costs?.embodied.value, costs?.operational.value,
    ].map(field)
  }

  /// A text as a spreadsheet may show it.
  static func cell(_ text: String?) -> String { DelimitedText.spreadsheetText(text ?? "") }

  static func field(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return "\(value)"
  }

  static func csv(_ rows: [[String]]) -> String {
    let comma = UInt8(ascii: ",")
    // An empty field needs no quotes here: rows have many.
    return rows.map { row in
      row.map { $0.isEmpty ? "" : DelimitedText.quoted($0, separator: comma) }.joined(separator: ",")
    }.joined(separator: "\n") + "\n"
  }
}
