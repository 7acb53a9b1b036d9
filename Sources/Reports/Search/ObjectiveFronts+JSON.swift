internal import CLIPFiles
internal import CLIPSearch

extension ObjectiveFronts {
  /// All of it as plain data.
  var json: JSONValue {
    [
      "base": .string(base.rawValue), "verdicts": .array(sentences.map { .string($0) }),
      "front_models": .integer(frontSize),
      "shared_with": .object(
        overlaps.reduce(into: JSONObject()) { $0[Self.key($1.aim)] = .integer($1.shared) }),
      "levels": .array(
        levels.map { level in
          [
            "least_accuracy": .number(level.leastAccuracy),
            "choices": .object(
              level.choices.reduce(into: JSONObject()) { $0[Self.key($1.aim)] = Self.json($1) }),
          ]
        }),
    ]
  }

  private static func key(_ aim: Aim) -> String { aim.rawValue.replacing("-", with: "_") }

  private static func json(_ choice: Choice) -> JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    return [
      "trial": .integer(choice.trial), "model": .string(choice.model),
      "total_kgco2e": number(choice.value(of: .carbon)),
      "latency_s": number(choice.value(of: .latency)), "energy_j": number(choice.value(of: .energy)),
      "multiply_adds": .integer(choice.multiplyAdds), "excess": .number(choice.excess),
      "excess_of_model": .number(choice.modelExcess),
    ]
  }
}

extension AxisWall {
  /// All of it as plain data.
  var json: JSONValue {
    [
      "axis": .string(axis), "size": .integer(size), "end": .string(isLeast ? "least" : "largest"),
      "front_models_there": .integer(models), "front_models": .integer(frontModels), "answer_there": .bool(holdsAnswer),
      "furthest": .integer(furthest), "advice": .string(advice),
    ]
  }
}
