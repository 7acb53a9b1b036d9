internal import CLIPCarbonFootprint
internal import CLIPUnits

extension PaperReproduction {
  /// Names of ``resultTables``.
  public static let resultNames = [
    "conclusions", "fit", "clock", "carbon", "energy", "shapes", "claims", "draws", "ranks", "search", "best-reference",
    "best-physical", "best-edge", "trade-off", "shift",
  ]

  /// Every table, in the order in which they are shown.
  public var resultTables: [ResultTable] {
    let family = [fitTable, clockTable, carbonTable, energyTable, shapeTable]
    let claims = [claimTable, drawTable, rankTable]
    return [conclusionTable] + family + claims + [searchTable] + bestTables + [tradeOffTable, shiftTable]
  }

  /// Which use explains the printed carbon.
  var fitTable: ResultTable {
    var table = ResultTable(
      "fit", "Which use explains the printed carbon?",
      note: """
        Totals of the \(family.count) members on their printed accelerators by the paper's estimator, minus the \
        printed ones, in gCO2e. Within rounding: at most 5 g off. Own: CarbonCLIP's \
        \(tables.family.count(where: \.isOwn)); others: CLIP and TinyCLIP.
        """,
      [
        "inferences", "grid of use", "g/kWh", "median off", "own, mean", "others, mean", "within rounding",
        "own within",
      ],
      words: [1])
    for fit in fits {
      table.add([
        FigureText.three(fit.inferences / 1e6) + " M", ComparedGrid(rawValue: fit.grid.code)?.title ?? fit.grid.name,
        FigureText.three(fit.grid.intensity.value),
        FigureText.three(fit.medianOff * 1000), FigureText.signed(fit.ownMean * 1000),
        FigureText.signed(fit.otherMean * 1000), "\(fit.within) of \(fit.off.count)",
        "\(fit.ownWithin) of \(fit.isOwn.count { $0 })",
      ])
    }
    return table
  }

  /// Which clock explains the printed latencies.
  var clockTable: ResultTable {
    var table = ResultTable(
      "clock", "Which clock and which GELU explain the printed latencies?",
      note: "Latencies of the same members and accelerators by the paper's estimator, beside the printed ones.",
      ["clock", "GELU", "median off", "within 10 %"], words: [1])
    for fit in clocks {
      table.add([
        "\(fit.clock)", fit.usesQuickGELU ? "quick" : "exact", FigureText.percent(fit.medianOff),
        "\(fit.within) of \(fit.ratios.count)",
      ])
    }
    return table
  }

  /// Whether the printed order of the family is ours.
  var rankTable: ResultTable {
    var table = ResultTable(
      "ranks", "Is the order of the family the printed one?",
      note: """
        Rank correlations with the printed column over all \(family.count) members, and over those with patches of \
        16 and of 32 pixels; 1 is the same order. Printed accelerators unless the row says otherwise.
        """,
      ["figures", "all: Spearman", "Kendall", "/16: Spearman", "Kendall", "/32: Spearman", "Kendall"])
    for rank in ranks {
      table.add(
        [rank.title]
          + [rank.all, rank.patch16, rank.patch32].flatMap {
            [FigureText.three($0.spearman), FigureText.three($0.kendall)]
          })
    }
    return table
  }
}
