internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPUnits

extension PaperReproduction {
  /// Table 2 beside what an exact search finds by the paper's estimator.
  var searchTable: ResultTable {
    var table = ResultTable(
      "search", "The paper's table 2 by its own estimator",
      note: """
        Published scenario; limits of 50 ms, 32 mm² and 20.48 TOPS, that of latency left out (*) where no \
        accelerator keeps it. Printed accelerators beside the exact optimum over all 3240; kgCO2e and ms. \
        Accelerator: cores x columns x rows, L2 in KB at bytes a cycle, buffer in MB; table 2 does not print the \
        bandwidth.
        """,
      ["model", "least", "printed", "kg", "ms", "kg here", "ms here", "best", "kg", "ms"], words: [0, 1, 2, 7])
    for one in searches {
      let search = one.search, found = optima.of(search.configuration, in: setups.referencePublished)
      table.add(
        [
          search.model + (found?.keepsLatencyLimit ?? true ? "" : " *"), search.target.title,
          search.design.withoutBandwidth, FigureText.hundredths(search.carbon.value),
          FigureText.tenths(search.latency.value * 1000), FigureText.three(one.reference.total),
          FigureText.three(one.reference.latency * 1000),
        ] + Self.cells(search.target == .carbon ? found?.leastCarbon : found?.leastLatency))
    }
    return table
  }

  /// Every model on the best accelerators of the space, a table for each set-up that was searched.
  var bestTables: [ResultTable] {
    [
      ("best-reference", "by the paper's estimator", "published", setups.referencePublished),
      ("best-physical", "by the corrected estimator", "published", setups.physicalPublished),
      ("best-edge", "by the corrected estimator in `edge`", "edge", setups.physicalEdge),
    ].map { name, title, scenario, setup in
      var table = ResultTable(
        name, "The best of 3240 accelerators \(title)",
        note: """
          Exact optima in the scenario `\(scenario)` within 50 ms, 32 mm² and 20.48 TOPS; * without the limit of \
          time, which no accelerator keeps. Accelerator: cores x columns x rows, L2 in KB at bytes a cycle, buffer \
          in MB.
          """,
        ["model", "least carbon", "kg", "ms", "least latency", "kg", "ms"], words: [0, 1, 4])
      for found in optima where found.setup == setup.key {
        table.add(
          [found.model.replacing(" DataComp", with: "") + (found.keepsLatencyLimit ? "" : " *")]
            + Self.cells(found.leastCarbon) + Self.cells(found.leastLatency))
      }
      return table
    }
  }

  private static func cells(_ priced: PricedModel?) -> [String] {
    guard let priced else { return ["none", "-", "-"] }
    return [priced.design.short, FigureText.three(priced.total), FigureText.three(priced.latency * 1000)]
  }

  /// Least carbon against least latency at the same model.
  var tradeOffTable: ResultTable {
    var table = ResultTable(
      "trade-off", "Least carbon against least latency, same model",
      note: """
        Carbon of the accelerator of least carbon against that of least latency, and how many times slower it is: \
        printed, and exact in the three set-ups. The paper's other figure, at equal accuracy, lets the model change \
        too.
        """,
      ["model", "printed", "slower", "reference", "slower", "physical", "slower", "edge", "slower"])
    func cells(_ trade: TradeOff?) -> [String] {
      guard let trade else { return ["-", "-"] }
      return [FigureText.change(-trade.less), "x \(FigureText.three(trade.slower))"]
    }
    for one in tradeOffs {
      table.add([one.model] + [one.printed, one.reference, one.physical, one.edge].flatMap(cells))
    }
    return table
  }

  /// What a dirtier grid and longer use do to the best accelerator.
  var shiftTable: ResultTable {
    var table = ResultTable(
      "shift", "The best accelerator as grids get dirtier: \(tables.family.first?.shortName ?? "")",
      note: """
        The paper's estimator in its stated scenario, the corrected one in `edge`; grid and years as said, one \
        inference a second, six hours a day. Use: the share of the total that is electricity.
        """,
      ["estimator", "grid of use", "g/kWh", "years", "best", "kg", "use", "mm²", "mJ", "ms"], words: [0, 1, 4])
    for one in shifts {
      let carbon = one.best.carbon
      table.add([
        one.setup == setups.physicalEdge.key ? "corrected" : "paper's", one.grid, FigureText.three(one.intensity),
        FigureText.three(one.years), one.best.design.short,
        FigureText.three(one.best.total), FigureText.percent(carbon.operational / carbon.total),
        FigureText.three(carbon.design.area.value), FigureText.three(carbon.design.energy.value * 1000),
        FigureText.three(one.best.latency * 1000),
      ])
    }
    return table
  }
}

extension HardwareSearch.Target {
  var title: String { self == .carbon ? "carbon" : "latency" }
}

extension AcceleratorDesign {
  /// `1 x 256x8, 64, 2`: cores, array, L2 in KB, buffer in MB.
  var withoutBandwidth: String { "\(clusters) x \(width)x\(depth), \(l2Kilobytes), \(bufferKilobytes / 1024)" }
  /// The same with the L2's bytes a cycle: `1 x 256x8, 64@128, 2`.
  var short: String { "\(clusters) x \(width)x\(depth), \(l2Kilobytes)@\(l2BytesPerCycle), \(bufferKilobytes / 1024)" }
}
