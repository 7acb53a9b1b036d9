internal import CLIPCarbonFootprint
internal import CLIPUnits

extension PaperReproduction {
  /// What becomes of the paper's conclusions.
  var conclusionTable: ResultTable {
    var table = ResultTable(
      "conclusions", "What survives a corrected estimator",
      note: """
        Each model on the best accelerator of the paper's space. Its estimator and corrected: in the published \
        scenario; edge: corrected, in the scenario `edge`. In parentheses: the share of draws in which the first \
        model is greener. Small: at most 2048 lanes, 64 KB, 2 MB. Middle figures of table 2's models; carbon and \
        time of the accelerator of least carbon against that of least latency. Survives: at least as strong as \
        printed (ranks: 0.9; dies: a tenth); weaker: true, but less of it; undecided: greener in 5 to 95 % of draws; \
        reversed: the opposite. Two verdicts: the scenario decides.
        """,
      ["conclusion", "paper", "its estimator", "corrected", "edge", "verdict"], words: [0, 1, 2, 3, 4, 5])
    for one in conclusions {
      table.add([
        one.statement, one.paper, one.reference, one.physical?.text ?? "-", one.edge.text, one.verdict,
      ])
    }
    return table
  }

  /// The claims under each assumption.
  var claimTable: ResultTable {
    var table = ResultTable(
      "claims", "Carbon of one model against another's, by assumption",
      note: """
        CarbonCLIP's model against CLIP or TinyCLIP; negative: it emits less. Printed accelerators unless the row \
        says otherwise; an indented row changes one assumption of the row that it stands under.
        """,
      ["assumption"] + tables.claims.map(\.shortTitle))
    for variant in variants { table.add([variant.title] + variant.less.map { FigureText.change(-$0) }) }
    return table
  }

  /// The claims when inputs are known only roughly.
  var drawTable: ResultTable {
    var table = ResultTable(
      "draws", "How sure are the claims?",
      note: """
        \(ClaimDraws.draws) draws of what is known only roughly (`data/carbon/uncertainty.csv`), seed \
        \(ClaimDraws.seed); a draw holds for both models, so what they share cancels. Printed accelerators unless \
        the row says otherwise.
        """,
      ["claim", "assumption", "difference", "5 to 95 % of draws", "greener in"], words: [0, 1])
    for one in draws {
      table.add([
        one.claim.title, one.title, FigureText.change(-one.less),
        "\(FigureText.change(-one.high)) to \(FigureText.change(-one.low))", FigureText.percent(one.probability),
      ])
    }
    return table
  }
}

extension PublishedTables.Claim {
  /// `S against TinyCLIP-39M/16`.
  var title: String { "\(model.shortName.replacing("CarbonCLIP-", with: "")) against \(against.shortName)" }

  /// `S : 39M/16`
  var shortTitle: String {
    let other = against.shortName.replacing("TinyCLIP-", with: "").replacing("CLIP-", with: "")
    return "\(model.shortName.replacing("CarbonCLIP-", with: "")) : \(other)"
  }
}
