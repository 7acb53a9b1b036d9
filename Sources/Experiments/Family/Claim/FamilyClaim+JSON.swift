internal import CLIPCarbonFootprint
public import CLIPFiles

extension FamilyClaim {
  /// All of it as plain data.
  public var json: JSONObject {
    let rule = study.rule
    return [
      "headline": .string(ClaimHeadline(self).text), "pictures": .string(part == .test ? "test" : "validation"),
      "data": .array(sets.map { .string($0) }),
      "rule": [
        "margin": .number(rule.margin), "most": .number(rule.most), "all": .number(rule.all),
        "certainty": .number(rule.certainty), "draws": .integer(rule.draws), "seed": .integer(Int(rule.seed)),
      ],
      "models": .array(study.models.indices.map(model)), "frames": .array(frames.map(json)),
      "deciding": .array(deciding.map { ["training": .string($0.training), "share": .number($0.share)] }),
      "given_up": .array(givenUp.map { .string($0) }),
      "searches": .array(
        charges.map { one in
          [
            "rule": one.rule.map { JSONValue.string($0) } ?? JSONValue.null, "objective": .string(one.objective),
            "charge": .object(one.charge.json),
          ]
        }),
    ]
  }

  private func model(_ place: Int) -> JSONValue {
    let model = study.models[place], range = study.accuracyRange(of: place)
    return [
      "name": .string(model.name), "training": .string(model.training), "arithmetic": .string(model.arithmetic),
      "kind": .string(model.kind.word), "chip": .string(model.chip.rawValue), "seeds": .integer(model.seeds),
      "validation": .number(model.validation), "accuracy": .number(model.accuracy),
      "p5_accuracy": .number(range.lowerBound), "p95_accuracy": .number(range.upperBound),
      "sets": .array(sets.indices.map { .number(model.accuracy(on: $0)) }),
    ]
  }

  private func json(_ frame: Frame) -> JSONValue {
    [
      "boundary": .string(frame.boundary.rawValue), "grid": .string(frame.grid.code),
      "least": .array(frame.result.least.map(Self.json)), "aim_reached": .bool(frame.result.isReached),
      "shares": .object(
        frame.result.shares.sorted { $0.key.rawValue < $1.key.rawValue }.reduce(into: JSONObject()) {
          $0[$1.key.rawValue] = [
            "most": .number($1.value.most), "all": .number($1.value.all), "both": .number($1.value.both),
            "both_by_cheaper": .number($1.value.byCheaper),
          ]
        }),
      "uses": .array(
        zip(frame.uses, frame.result.uses).map { use, found in
          [
            "use": .string(use.name), "members": .array(found.rows.map(row)),
            "models": .array(
              use.designs.indices.map { place in
                [
                  "name": .string(study.models[place].name), "accelerator": .string("\(use.designs[place].design)"),
                  "total_kgco2e": .number(use.designs[place].value(of: .carbon)),
                  "p5_kgco2e": .number(use.ranges[place].lowerBound),
                  "p95_kgco2e": .number(use.ranges[place].upperBound),
                ]
              }),
          ]
        }),
    ]
  }

  private func row(_ row: ClaimResult.Row) -> JSONValue {
    [
      "member": .string(study.models[row.member].name), "rival": .string(study.models[row.rival].name),
      "is_against_base": .bool(row.isAgainstBase), "is_equal": .bool(row.isEqual),
      "difference": Self.json(row.difference), "savings": Self.json(row.saving),
    ]
  }

  private static func json(_ saving: ClaimResult.Saving) -> JSONValue {
    [
      "saved": json(saving.saved), "strictly": json(saving.strictly), "by_cheaper": json(saving.byCheaper),
    ]
  }

  private static func json(_ figure: DrawnFigure) -> JSONValue {
    var object: JSONObject = ["stated": .number(figure.stated)]
    for (source, range) in figure.ranges.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      object[source.rawValue] = ["p5": .number(range.lowerBound), "p95": .number(range.upperBound)]
    }
    return .object(object)
  }
}

extension ClaimModel.Kind {
  /// What files call it.
  var word: String {
    switch self {
    case .member: "member"
    case .simple: "rival"
    case .whole: "whole"
    case .searched(let rule): "found by \(rule)"
    }
  }
}
