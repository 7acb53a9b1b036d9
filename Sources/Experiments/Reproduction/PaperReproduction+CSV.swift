internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPUnits

extension PaperReproduction {
  /// Every priced pair of model and accelerator, a row each: `family` (tables 3 and 9), `search` (table 2) on the printed
  /// accelerators, `best` on the best of the space.
  public var csv: String {
    var lines = [
      "table,model,target,setup,inferences,grid_gco2e_per_kwh,dram_gb,clusters,width,depth,l2_kb,l2_bytes_per_cycle,"
        + "buffer_mb,latency_s,energy_j,area_mm2,operational_kgco2e,chip_kgco2e,dram_kgco2e,total_kgco2e,"
        + "printed_kgco2e,printed_latency_s"
    ]
    func add(
      _ table: String, _ model: String, _ target: HardwareSearch.Target, _ setup: Setup, _ priced: PricedModel,
      printed: (carbon: KilogramsCO2e, latency: Seconds)? = nil
    ) {
      let design = priced.design, carbon = priced.carbon
      let knobs = [
        design.clusters, design.width, design.depth, design.l2Kilobytes, design.l2BytesPerCycle,
        design.bufferKilobytes / 1024,
      ]
      let costs = [
        carbon.design.latency.value, carbon.design.energy.value, carbon.design.area.value, carbon.operational.value,
        carbon.embodied.chip.value, carbon.embodied.memory.value, carbon.total.value,
      ]
      let use = [
        setup.scenario.lifetime.inferences, setup.scenario.grid.intensity.value, carbon.embodied.memoryCapacity.value,
      ]
      lines.append(
        ([table, model, target.title, setup.key] + use.map { "\($0)" } + knobs.map { "\($0)" } + costs.map { "\($0)" }
          + [printed.map { "\($0.carbon.value)" } ?? "", printed.map { "\($0.latency.value)" } ?? ""])
          .joined(separator: ","))
    }
    for one in family {
      for setup in setups.all {
        add(
          "family", one.member.name, .carbon, setup, one[setup], printed: (one.member.carbon, one.member.latency))
      }
    }
    for one in searches {
      let search = one.search
      for (setup, priced) in one.priced(setups) {
        add("search", search.model, search.target, setup, priced, printed: (search.carbon, search.latency))
      }
    }
    for found in optima {
      guard let setup = setups.all.first(where: { $0.key == found.setup }) else { continue }
      for (target, priced) in [(HardwareSearch.Target.carbon, found.leastCarbon), (.latency, found.leastLatency)] {
        if let priced { add("best", found.model, target, setup, priced) }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension SearchFigures {
  /// With the set-ups that they are of.
  func priced(_ setups: Setups) -> [(Setup, PricedModel)] {
    [(setups.referencePublished, reference), (setups.physicalPublished, physical), (setups.physicalEdge, edge)]
  }
}
