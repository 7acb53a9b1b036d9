public import CLIPFiles
public import CLIPSearch
internal import CLIPUnits

extension SearchSummary {
  /// All of it as plain data; names carry their units, accuracies are shares from 0 to 1, unknown figures are null.
  public var json: JSONObject {
    var object = partsJSON
    if !looks.isEmpty { object["looks"] = looksJSON }
    return object
  }

  private var partsJSON: JSONObject {
    [
      "title": .string(title), "question": .object(question.json),
      "axes": .array(axes.map { ["name": .string($0.name), "sizes": .array($0.sizes.map($0.json))] }),
      "choice": .string(choice), "accepted_loss": JSONValue(acceptedLoss), "warnings": JSONValue(allWarnings),
      "test_verdict": JSONValue(testSentence), "front": .array(front.enumerated().map { .object($1.json(design: $0)) }),
      "dense": dense.map { .object($0.json(design: nil)) } ?? .null,
      "comparisons": .array(
        comparisons.map { one in
          let rows = one.rows.map { row in
            var object = row.point.json(design: nil)
            object["aim"] = .string(row.aim.rawValue)
            return JSONValue.object(object)
          }
          return ["least_accuracy": .number(one.leastAccuracy), "rows": .array(rows)]
        }),
      "objectives": objectives?.json ?? .null, "walls": .array(walls.map(\.json)),
      "sensitivity": .array(
        sensitivity.map { one in
          ["factor": .string(one.factor), "stated": .string(one.stated), "low": one.low.json, "high": one.high.json]
        }),
      "test_accuracies": .array(
        testAccuracies.map { one in
          [
            "trial": .integer(one.trial), "model": .string(one.model), "validation": Self.json(one.validation),
            "test": Self.json(one.test),
          ]
        }),
      "hypervolume_unit": .string(hypervolumeUnit),
      "hypervolume": .array(hypervolume.map { ["trial": .integer($0.trial), "hypervolume": .number($0.value)] }),
      "fit": .array(
        fit.map { one in
          [
            "trial": .integer(one.trial), "measured": .number(one.measured), "predicted": .number(one.predicted),
            "standard_deviation": .number(one.standardDeviation),
          ]
        }),
      "axis_effects": .array(axisEffects.map(\.json)), "footprint": cost?.json ?? .null,
      "trials": .array(trials.map { .object($0.json(axes)) }),
      "cloud": .array(
        cloud.map { one in
          [
            "trial": .integer(one.trial), "accuracy": .number(one.accuracy), "total_kgco2e": .number(one.carbon.value),
            "latency_s": .number(one.latency.value), "energy_j": .number(one.energy.value),
          ]
        }),
      "empty_parts": .object(
        Part.allCases.reduce(into: JSONObject()) { object, part in
          if let reason = reasons[part] { object[part.rawValue] = .string(reason) }
        }),
    ]
  }

  fileprivate static func json(_ measured: CandidateMeasurement?) -> JSONValue {
    func one(_ accuracy: CandidateMeasurement.Accuracy?) -> JSONValue {
      accuracy.map { ["value": .number($0.mean), "standard_error": .number($0.standardError)] } ?? .null
    }
    return ["float32": one(measured?.float32), measured?.arithmetic ?? "int8": one(measured?.int8)]
  }
}

extension WinnerSensitivity.End {
  fileprivate var json: JSONValue {
    ["label": .string(label), "total_kgco2e": .number(carbon.value), "better_design": JSONValue(better)]
  }
}

extension SurrogateView.Effect {
  fileprivate var json: JSONValue {
    [
      "axis": .string(axis), "others": .string(SearchSummary.otherAxes),
      "sizes": .array(
        sizes.map { one in
          [
            "size": .integer(one.size), "predicted": .number(one.mean),
            "low": .number(one.mean - 2 * one.standardDeviation), "high": .number(one.mean + 2 * one.standardDeviation),
          ]
        }),
    ]
  }
}

extension SearchSummary.Question {
  fileprivate var json: JSONObject {
    func object(_ pairs: [(name: String, value: String)]) -> JSONValue {
      .object(pairs.reduce(into: JSONObject()) { $0[$1.name] = .string($1.value) })
    }
    return [
      "mode": .string(mode), "objectives": JSONValue(objectives), "limits": JSONValue(limits),
      "precision": .string(precisionName), "accuracy": .string(accuracyName), "scenario": .string(scenario),
      "pretrained": .string(pretrained), "training": .string(training), "shapes": JSONValue(shapes),
      "hardware": .string(hardware), "accelerators": JSONValue(accelerators), "budget": .string(budget),
      "optimizer": .string(optimizer),
      "seed": seed.map { $0 <= UInt64(Int.max) ? .integer(Int($0)) : .string("\($0)") } ?? .null,
      "data": object(data), "versions": object(versions), "started": JSONValue(started),
      "finished": JSONValue(finished), "notes": [],
    ]
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
    object["trial"] = .integer(trial)
    object["model"] = .string(model)
    object["model_details"] = []
    object["accelerator"] = .string(accelerator)
    object["accelerator_details"] = JSONValue(details)
    object["accuracy"] = SearchSummary.json(measurement)
    object["parameters"] = JSONValue(measurement?.parameters)
    object["costs"] = costs.json
    if let band {
      object["p5_kgco2e"] = .number(band.low.value)
      object["p95_kgco2e"] = .number(band.high.value)
      object["share_on_front"] = .null
    }
    if isChosen { object["is_recommended"] = true }
    return object
  }
}

extension SearchSummary.Trial {
  fileprivate func json(_ axes: [ModelSpace.Axis]) -> JSONObject {
    let times = measurement?.times ?? .init()
    return [
      "trial": .integer(number), "origin": .string(origin), "state": .string(state.rawValue),
      "sizes": .object(zip(axes, sizes).reduce(into: JSONObject()) { $0[$1.0.name] = .integer($1.1) }),
      "accuracy": SearchSummary.json(measurement), "parameters": JSONValue(measurement?.parameters),
      "multiply_adds": JSONValue(measurement?.multiplyAdds), "samples": JSONValue(measurement?.samples),
      "pruning_s": .number(times.pruning), "training_s": .number(times.training),
      "evaluation_s": .number(times.evaluation),
      "accelerator": JSONValue(best?.accelerator), "costs": best?.costs.json ?? .null, "failure": JSONValue(failure),
      "taken_over": isTakenOver.map { .bool($0) } ?? .null,
      "making": measurement?.footprint.map { making in
        [
          "wall_s": .number(making.wall.value), "cpu_s": .number(making.processorTime.value),
          "energy_j": .number(making.energy.value), "carbon_kgco2e": .number(making.carbon.value),
        ]
      } ?? .null,
    ]
  }
}

extension SearchCost {
  /// Null where nothing was recorded.
  fileprivate var json: JSONValue {
    guard let spent else { return .null }
    func figures(_ time: Seconds, _ energy: Joules, _ carbon: KilogramsCO2e) -> JSONObject {
      [
        "time_s": .number(time.value), "energy_kwh": .number(KilowattHours(energy).value),
        "carbon_kgco2e": .number(carbon.value),
      ]
    }
    var object = figures(spent.wall, spent.energy, spent.carbon)
    object["taken_over"] = .null
    if takenOver.count + takenOver.looks > 0 {
      var taken: JSONObject = ["trials": .integer(takenOver.count)]
      if takenOver.looks > 0 { taken["looks"] = .integer(takenOver.looks) }
      for (key, value) in figures(takenOver.wall, takenOver.energy, takenOver.carbon).pairs { taken[key] = value }
      taken["note"] = .string(takenOver.note)
      object["taken_over"] = .object(taken)
    }
    object["total"] = .object(figures(wall, energy, carbon))
    object["method"] = .string("\(spent.method), \(spent.scope.rawValue)")
    object["grid"] = .string(spent.grid.summary)
    object["notes"] = JSONValue(spent.notes)
    return .object(object)
  }
}
