internal import CLIPFiles
public import CLIPSearch
internal import CLIPUnits

extension SearchSummary {
  /// Every look, a row each, in RFC 4180's CSV; columns carry their units, what is not known is empty.
  public func csvLooks() -> String {
    let header =
      ["look", "origin", "state"] + axes.map { Self.cell($0.name) } + [
        "float32_accuracy", "float32_standard_error", "look_s", "trial", "failure", "taken_over", "making_wall_s",
        "making_cpu_s", "making_energy_j", "making_kgco2e",
      ]
    let rows = looks.map { one in
      let making = one.look?.footprint
      return ["\(one.number)", Self.cell(one.origin), one.state.rawValue]
        + axes.indices.map { one.sizes.indices.contains($0) ? Self.cell(axes[$0].text(one.sizes[$0])) : "" }
        + [one.look?.accuracy.mean, one.look?.accuracy.standardError, one.look?.seconds].map(Self.field)
        + [one.trial.map { "\($0)" } ?? "", Self.cell(one.failure), one.isTakenOver.map { $0 ? "1" : "0" } ?? ""]
        + [making?.wall.value, making?.processorTime.value, making?.energy.value, making?.carbon.value].map(Self.field)
    }
    return Self.csv([header] + rows)
  }

  /// The looks as plain data.
  var looksJSON: JSONValue {
    .array(
      looks.map { one in
        [
          "look": .integer(one.number), "origin": .string(one.origin), "state": .string(one.state.rawValue),
          "sizes": .object(zip(axes, one.sizes).reduce(into: JSONObject()) { $0[$1.0.name] = $1.0.json($1.1) }),
          "float32": one.look.map {
            ["value": .number($0.accuracy.mean), "standard_error": .number($0.accuracy.standardError)]
          } ?? .null,
          "look_s": JSONValue(one.look?.seconds), "trial": JSONValue(one.trial), "failure": JSONValue(one.failure),
          "taken_over": one.isTakenOver.map { .bool($0) } ?? .null,
        ]
      })
  }
}
