internal import CLIPFiles
public import CLIPSearch
internal import CLIPUnits

extension SearchSummary {
  /// Every trial, a row each, in RFC 4180's CSV; columns carry their units, what is not known is empty.
  public func csvTrials() -> String {
    var header = ["trial", "origin", "state"] + axes.map { Self.cell($0.name) }
    header += accuracyColumns
    header += [
      "parameters", "multiply_adds", "samples", "pruning_s", "training_s", "evaluation_s", "accelerator",
    ]
    header +=
      Self.costColumns + [
        "failure", "taken_over", "making_wall_s", "making_cpu_s", "making_energy_j", "making_kgco2e",
      ]
    let rows = trials.map { trial in
      var row = ["\(trial.number)", Self.cell(trial.origin), trial.state.rawValue]
      row += axes.indices.map { trial.sizes.indices.contains($0) ? "\(trial.sizes[$0])" : "" }
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
      return row
    }
    return Self.csv([header] + rows)
  }

  /// Every design of the front, a row each, in RFC 4180's CSV; columns carry their units, what is not known is empty.
  public func csvFront() -> String {
    var header =
      ["design", "trial", "model", "model_details", "accelerator", "accelerator_details"] + accuracyColumns
    header += ["parameters"] + Self.costColumns + ["p5_kgco2e", "p95_kgco2e", "share_on_front", "is_recommended"]
    let rows = front.enumerated().map { index, point in
      var row = [SearchText.letter(index), "\(point.trial)", Self.cell(point.model)]
      row +=
        ["", Self.cell(point.accelerator), Self.cell(point.details.joined(separator: "; "))]
        + Self.fields(point.measurement)
      row += [point.measurement.map { "\($0.parameters)" } ?? ""] + Self.fields(point.costs)
      row += [point.band?.low.value, point.band?.high.value, nil].map(Self.field)
      return row + [point.isChosen ? "1" : "0"]
    }
    return Self.csv([header] + rows)
  }

  private var accuracyColumns: [String] {
    ["float32", question.arithmetic].flatMap { ["\($0)_accuracy", "\($0)_standard_error"] }
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
  private static func cell(_ text: String?) -> String { DelimitedText.spreadsheetText(text ?? "") }

  private static func field(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return "\(value)"
  }

  private static func csv(_ rows: [[String]]) -> String {
    let comma = UInt8(ascii: ",")
    // An empty field needs no quotes here: rows have many.
    return rows.map { row in
      row.map { $0.isEmpty ? "" : DelimitedText.quoted($0, separator: comma) }.joined(separator: ",")
    }.joined(separator: "\n") + "\n"
  }
}
