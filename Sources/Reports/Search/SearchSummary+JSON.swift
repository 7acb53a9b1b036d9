public import CLIPFiles
internal import CLIPUnits

extension SearchSummary {
  /// All of it as plain data; names carry their units, accuracies are shares from 0 to 1, unknown figures are null.
  public var json: JSONObject {
    [
      "title": .string(title), "question": .object(question.json),
      "axes": .array(axes.map { ["name": .string($0.name), "sizes": .array($0.sizes.map { .integer($0) })] }),
      "choice": .string(choice),
      "accepted_loss": acceptedLoss.map { .number($0) } ?? .null,
      "warnings": .array(allWarnings.map { .string($0) }), "test_verdict": testSentence.map { .string($0) } ?? .null,
      "front": .array(front.enumerated().map { .object($1.json(design: $0)) }),
      "dense": dense.map { .object($0.json(design: nil)) } ?? .null,
      "comparisons": .array(
        comparisons.map { one in
          [
            "least_accuracy": .number(one.leastAccuracy),
            "rows": .array(
              one.rows.map { row in
                var object = row.point.json(design: nil)
                object["aim"] = .string(row.aim.rawValue)
                return .object(object)
              }),
          ]
        }),
      "sensitivity": .array(
        sensitivity.map { one in
          [
            "factor": .string(one.factor), "stated": .string(one.stated), "low": Self.json(one.low),
            "high": Self.json(one.high),
          ]
        }),
      "test_accuracies": .array(
        testAccuracies.map { one in
          [
            "trial": Self.json(one.trial), "model": .string(one.model), "validation": one.validation.json,
            "test": one.test.json,
          ]
        }),
      "hypervolume_unit": .string(hypervolumeUnit),
      "hypervolume": .array(
        hypervolume.map { ["trial": .integer($0.trial), "hypervolume": .number($0.hypervolume)] }),
      "fit": .array(
        fit.map { one in
          [
            "trial": .integer(one.trial), "measured": .number(one.measured), "predicted": .number(one.predicted),
            "standard_deviation": .number(one.standardDeviation),
          ]
        }),
      "axis_effects": .array(axisEffects.map(Self.json)),
      "footprint": footprint.map { .object($0.json) } ?? .null,
      "trials": .array(trials.map { .object($0.json(axes)) }),
      "cloud": .array(
        cloud.map { one in
          [
            "trial": Self.json(one.trial), "accuracy": .number(one.accuracy), "total_kgco2e": .number(one.carbon.value),
            "latency_s": .number(one.latency.value), "energy_j": .number(one.energy.value),
          ]
        }),
      "empty_parts": .object(
        Part.allCases.reduce(into: JSONObject()) { object, part in
          if let reason = reasons[part] { object[part.rawValue] = .string(reason) }
        }),
    ]
  }

  fileprivate static func json(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }

  private static func json(_ end: Sensitivity.End) -> JSONValue {
    [
      "label": .string(end.label), "total_kgco2e": .number(end.carbon.value),
      "better_design": end.betterDesign.map { .string($0) } ?? .null,
    ]
  }

  private static func json(_ effect: AxisEffect) -> JSONValue {
    [
      "axis": .string(effect.axis), "others": .string(effect.others),
      "sizes": .array(
        effect.sizes.map { one in
          [
            "size": .integer(one.size), "predicted": .number(one.predicted), "low": .number(one.low),
            "high": .number(one.high),
          ]
        }),
    ]
  }
}

extension SearchSummary.Question {
  fileprivate var json: JSONObject {
    func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    func object(_ pairs: [(name: String, value: String)]) -> JSONValue {
      .object(pairs.reduce(into: JSONObject()) { $0[$1.name] = .string($1.value) })
    }
    return [
      "mode": .string(mode), "objectives": list(objectives), "limits": list(limits),
      "precision": .string(precision.rawValue), "accuracy": .string(accuracyName), "scenario": .string(scenario),
      "pretrained": .string(pretrained), "shapes": SearchSummary.json(shapes), "hardware": .string(hardware),
      "accelerators": SearchSummary.json(accelerators), "budget": .string(budget), "optimizer": .string(optimizer),
      "seed": seed.map { $0 <= UInt64(Int.max) ? .integer(Int($0)) : .string("\($0)") } ?? .null,
      "data": object(data), "versions": object(versions), "started": started.map { .string($0) } ?? .null,
      "finished": finished.map { .string($0) } ?? .null, "notes": list(notes),
    ]
  }
}

extension SearchSummary.Accuracies {
  fileprivate var json: JSONValue {
    func one(_ accuracy: SearchSummary.Accuracy?) -> JSONValue {
      guard let accuracy else { return .null }
      return [
        "value": .number(accuracy.value), "standard_error": accuracy.standardError.map { .number($0) } ?? .null,
      ]
    }
    return ["float32": one(float32), "int8": one(int8)]
  }
}

extension SearchSummary.Costs {
  fileprivate var json: JSONValue {
    [
      "latency_s": .number(latency.value), "energy_j": .number(energy.value), "area_mm2": .number(area.value),
      "power_w": .number(power.value), "total_kgco2e": .number(carbon.value),
      "embodied_kgco2e": .number(embodied.value),
      "operational_kgco2e": .number(operational.value),
    ]
  }
}

extension SearchSummary.Point {
  fileprivate func json(design: Int?) -> JSONObject {
    var object: JSONObject = [:]
    if let design { object["design"] = .string(SearchText.letter(design)) }
    object["trial"] = SearchSummary.json(trial)
    object["model"] = .string(model)
    object["model_details"] = .array(modelDetails.map { .string($0) })
    object["accelerator"] = .string(accelerator)
    object["accelerator_details"] = .array(details.map { .string($0) })
    object["accuracy"] = accuracies.json
    object["parameters"] = SearchSummary.json(parameters)
    object["costs"] = costs.json
    if let band {
      object["p5_kgco2e"] = .number(band.low.value)
      object["p95_kgco2e"] = .number(band.high.value)
      object["share_on_front"] = band.shareOnFront.map { .number($0) } ?? .null
    }
    if isChosen { object["is_recommended"] = true }
    return object
  }
}

extension SearchSummary.Trial {
  fileprivate func json(_ axes: [SearchSummary.Axis]) -> JSONObject {
    var object: JSONObject = [
      "trial": .integer(number), "origin": .string(origin), "state": .string(state.rawValue),
      "sizes": .object(
        zip(axes, sizes).reduce(into: JSONObject()) { $0[$1.0.name] = .integer($1.1) }),
      "accuracy": accuracies.json, "parameters": SearchSummary.json(parameters),
      "multiply_adds": SearchSummary.json(multiplyAdds), "samples": SearchSummary.json(samples),
      "pruning_s": .number(stages.pruning.value), "training_s": .number(stages.training.value),
      "evaluation_s": .number(stages.evaluation.value), "accelerator": accelerator.map { .string($0) } ?? .null,
      "costs": costs?.json ?? .null, "failure": failure.map { .string($0) } ?? .null,
      "taken_over": isTakenOver.map { .bool($0) } ?? .null,
    ]
    object["making"] =
      making.map { making in
        [
          "wall_s": .number(making.time.value), "cpu_s": .number(making.processorTime.value),
          "energy_j": .number(making.energy.value), "carbon_kgco2e": .number(making.carbon.value),
        ]
      } ?? .null
    return object
  }
}

extension SearchSummary.Footprint {
  fileprivate var json: JSONObject {
    let total = total
    return [
      "time_s": .number(time.value), "energy_kwh": .number(energy.value), "carbon_kgco2e": .number(carbon.value),
      "taken_over": takenOver.map { taken in
        [
          "trials": .integer(taken.count), "time_s": .number(taken.time.value),
          "energy_kwh": .number(taken.energy.value), "carbon_kgco2e": .number(taken.carbon.value),
          "note": .string(taken.note),
        ]
      } ?? .null,
      "total": [
        "time_s": .number(total.time.value), "energy_kwh": .number(total.energy.value),
        "carbon_kgco2e": .number(total.carbon.value),
      ],
      "method": .string(method), "grid": .string(grid), "notes": .array(notes.map { .string($0) }),
    ]
  }
}
