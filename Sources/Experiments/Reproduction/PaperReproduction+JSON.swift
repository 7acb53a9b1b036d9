internal import CLIPAccelerators
internal import CLIPCarbonFootprint
public import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits

extension PaperReproduction {
  /// All results as plain data; names carry their units. Differences are parts: -0.17 is 17 % less.
  public var json: JSONValue {
    .object([
      "paper": "arXiv:2505.01386",
      "conclusions": .array(conclusions.map(\.json)),
      "setups": .array(setups.all.map(\.json)),
      "use_fits": .array(fits.map(\.json)),
      "clock_fits": .array(clocks.map(\.json)),
      "family": .array(family.map { $0.json(setups) }),
      "searches": .array(searches.map { $0.json(setups) }),
      "best": .array(optima.map(\.json)),
      "claims": .array(variants.map { $0.json(tables.claims) }),
      "draws": .array(draws.map(\.json)),
      "ranks": .array(ranks.map(\.json)),
      "trade_offs": .array(tradeOffs.map(\.json)),
      "shifts": .array(shifts.map(\.json)),
    ])
  }
}

extension Conclusion {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "statement": .string(statement), "paper": .string(paper), "its_estimator": .string(reference),
    ]
    if let physical {
      object["corrected"] = .string(physical.text)
      object["corrected_verdict"] = .string(physical.verdict.rawValue)
    }
    object["edge"] = .string(edge.text)
    object["edge_verdict"] = .string(edge.verdict.rawValue)
    return .object(object)
  }
}

extension Setup {
  fileprivate var json: JSONValue {
    [
      "setup": .string(key), "cost_model": .string(assessor.costModelName), "scenario": .string(scenario.name),
      "inferences": .number(scenario.lifetime.inferences), "grid": .string(scenario.grid.code),
      "grid_gco2e_per_kwh": .number(scenario.grid.intensity.value),
    ]
  }
}

extension SetupFit {
  fileprivate var json: JSONValue {
    [
      "inferences": .number(inferences), "grid": .string(grid.code),
      "grid_gco2e_per_kwh": .number(grid.intensity.value), "median_off_kgco2e": .number(medianOff),
      "own_mean_off_kgco2e": .number(ownMean), "others_mean_off_kgco2e": .number(otherMean),
      "within_rounding": .integer(within), "own_within_rounding": .integer(ownWithin),
      "off_kgco2e": .array(off.map { .number($0) }),
    ]
  }
}

extension ClockFit {
  fileprivate var json: JSONValue {
    [
      "clock_hz": .number(clock.value), "quick_gelu": .bool(usesQuickGELU), "median_off": .number(medianOff),
      "within_tenth": .integer(within), "computed_over_printed": .array(ratios.map { .number($0) }),
    ]
  }
}

extension PricedModel {
  fileprivate var json: JSONValue {
    [
      "design": .object(design.json), "latency_s": .number(latency), "energy_j": .number(carbon.design.energy.value),
      "area_mm2": .number(carbon.design.area.value), "operational_kgco2e": .number(carbon.operational.value),
      "chip_kgco2e": .number(carbon.embodied.chip.value), "dram_gb": .number(carbon.embodied.memoryCapacity.value),
      "dram_kgco2e": .number(carbon.embodied.memory.value), "total_kgco2e": .number(total),
    ]
  }
}

extension FamilyFigures {
  fileprivate func json(_ setups: Setups) -> JSONValue {
    var object: JSONObject = [
      "model": .string(member.name), "printed_kgco2e": .number(member.carbon.value),
      "printed_latency_s": .number(member.latency.value), "printed_parameters": .number(member.parameters * 1e6),
      "parameters": .integer(member.configuration.parameterCount), "accuracy_percent": .number(member.accuracy),
    ]
    for setup in setups.all { object[setup.key] = self[setup].json }
    return .object(object)
  }
}

extension SearchFigures {
  fileprivate func json(_ setups: Setups) -> JSONValue {
    var object: JSONObject = [
      "model": .string(search.model), "target": .string(search.target.title),
      "printed_kgco2e": .number(search.carbon.value), "printed_latency_s": .number(search.latency.value),
    ]
    for (setup, priced) in priced(setups) { object[setup.key] = priced.json }
    return .object(object)
  }
}

extension Optimum {
  fileprivate var json: JSONValue {
    [
      "model": .string(model), "setup": .string(setup), "within_latency_limit": .bool(keepsLatencyLimit),
      "least_carbon": leastCarbon?.json ?? .null, "least_latency": leastLatency?.json ?? .null,
    ]
  }
}

extension ClaimVariant {
  fileprivate func json(_ claims: [PublishedTables.Claim]) -> JSONValue {
    var object: JSONObject = ["assumption": .string(key)]
    for (claim, less) in zip(claims, less) { object[claim.title] = .number(-less) }
    return .object(object)
  }
}

extension ClaimDraws {
  fileprivate var json: JSONValue {
    [
      "claim": .string(claim.title), "setup": .string(setup), "own_best_accelerators": .bool(isOnOwnBest),
      "difference": .number(-less), "p5": .number(-high), "p95": .number(-low),
      "probability_greener": .number(probability),
    ]
  }
}

extension FamilyRanks {
  fileprivate var json: JSONValue {
    [
      "figures": .string(title), "spearman": .number(all.spearman), "kendall": .number(all.kendall),
      "spearman_patch_16": .number(patch16.spearman), "kendall_patch_16": .number(patch16.kendall),
      "spearman_patch_32": .number(patch32.spearman), "kendall_patch_32": .number(patch32.kendall),
    ]
  }
}

extension ModelTradeOffs {
  fileprivate var json: JSONValue {
    func json(_ trade: TradeOff?) -> JSONValue {
      guard let trade else { return .null }
      return [
        "carbon": .number(-trade.less), "latency_ratio": .number(trade.slower), "lanes_ratio": .number(trade.lanes),
      ]
    }
    return [
      "model": .string(model), "printed": json(printed), "reference_published": json(reference),
      "physical_published": json(physical), "physical_edge": json(edge),
    ]
  }
}

extension GridShift {
  fileprivate var json: JSONValue {
    [
      "setup": .string(setup), "grid": .string(grid), "grid_gco2e_per_kwh": .number(intensity),
      "years": .number(years), "best": best.json,
    ]
  }
}
