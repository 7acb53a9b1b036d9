internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPUnits

extension PaperReproduction {
  /// What becomes of the paper's conclusions.
  public var conclusions: [Conclusion] {
    claimConclusions + [smallAccelerators, wideAccelerators, carbonAgainstLatency, order, shift].compactMap { $0 }
  }

  private var claimConclusions: [Conclusion] {
    tables.claims.enumerated().compactMap { index, claim in
      func own(_ setup: Setup) -> Double? { variants.first { $0.key == "\(setup.key)-own" }?.less[index] }
      func finding(_ setup: Setup) -> Conclusion.Finding? {
        guard let drawn = draws.first(where: { $0.claim == claim && $0.setup == setup.key && $0.isOnOwnBest }) else {
          return nil
        }
        return Conclusion.Finding(
          text: "\(FigureText.change(-drawn.less)) (\(FigureText.percent(drawn.probability)))",
          verdict: Conclusion.Verdict(less: drawn.less, claimed: claim.less, probability: drawn.probability))
      }
      guard let reference = own(setups.referencePublished), let edge = finding(setups.physicalEdge) else { return nil }
      return Conclusion(
        statement: claim.title, paper: FigureText.change(-claim.less), reference: FigureText.change(-reference),
        physical: finding(setups.physicalPublished), edge: edge)
    }
  }

  /// The models of table 2 whose accelerator of least carbon is small.
  private var smallAccelerators: Conclusion? {
    func isSmall(_ design: AcceleratorDesign) -> Bool {
      design.lanes <= 2048 && design.l2Kilobytes == 64 && design.bufferKilobytes == 2048
    }
    let printed = tables.searches.filter { $0.target == .carbon }, inPaper = printed.count { isSmall($0.design) }
    func count(_ setup: Setup) -> Int {
      printed.count { optima.of($0.configuration, in: setup)?.leastCarbon.map { isSmall($0.design) } ?? false }
    }
    func text(_ count: Int) -> String { "\(count) of \(printed.count)" }
    func finding(_ setup: Setup) -> Conclusion.Finding {
      let found = count(setup)
      return Conclusion.Finding(
        text: text(found), verdict: Conclusion.Verdict(Double(found), atLeast: Double(inPaper), none: 0))
    }
    return Conclusion(
      statement: "least carbon: small designs", paper: text(inPaper), reference: text(count(setups.referencePublished)),
      physical: finding(setups.physicalPublished), edge: finding(setups.physicalEdge))
  }

  private var wideAccelerators: Conclusion? {
    middle("least latency: times the lanes", \.lanes, none: 1) { "x \(FigureText.three($0.lanes))" }
  }

  private var carbonAgainstLatency: Conclusion? {
    middle("least carbon v. least latency", \.less, none: 0) {
      "\(FigureText.change(-$0.less)), x \(FigureText.three($0.slower))"
    }
  }

  /// The middle of the models' trade-offs; `figure` decides.
  private func middle(
    _ statement: String, _ figure: (TradeOff) -> Double, none: Double, _ text: (TradeOff) -> String
  ) -> Conclusion? {
    func middle(_ trade: (ModelTradeOffs) -> TradeOff?) -> TradeOff? {
      TradeOff(middleOf: tradeOffs.compactMap(trade))
    }
    guard let paper = middle(\.printed), let reference = middle(\.reference), let physical = middle(\.physical),
      let edge = middle(\.edge)
    else { return nil }
    func finding(_ trade: TradeOff) -> Conclusion.Finding {
      Conclusion.Finding(
        text: text(trade), verdict: Conclusion.Verdict(figure(trade), atLeast: figure(paper), none: none))
    }
    return Conclusion(
      statement: statement, paper: text(paper), reference: text(reference), physical: finding(physical),
      edge: finding(edge))
  }

  /// Spearman's rank correlation with the printed carbon.
  private var order: Conclusion? {
    func spearman(_ setup: Setup) -> Double {
      RankAgreement(
        tables.family.map {
          ($0.carbon.value, optima.of($0.configuration, in: setup)?.leastCarbon?.total ?? .nan)
        }
      ).spearman
    }
    func finding(_ setup: Setup) -> Conclusion.Finding {
      let found = spearman(setup)
      return Conclusion.Finding(
        text: FigureText.three(found), verdict: Conclusion.Verdict(found, atLeast: Self.closeRanks, none: 0))
    }
    return Conclusion(
      statement: "order of the family, Spearman", paper: "1",
      reference: FigureText.three(spearman(setups.referencePublished)), physical: finding(setups.physicalPublished),
      edge: finding(setups.physicalEdge))
  }

  /// Whether a dirtier grid and longer use make a larger die worth while.
  private var shift: Conclusion? {
    func change(_ setup: Setup) -> (area: Double, energy: Double)? {
      let found = shifts.filter { $0.setup == setup.key }
      guard let first = found.first?.best.carbon.design, let last = found.last?.best.carbon.design else { return nil }
      return (last.area / first.area, last.energy / first.energy)
    }
    func text(_ change: (area: Double, energy: Double)) -> String {
      "x \(FigureText.three(change.area)), x \(FigureText.three(change.energy))"
    }
    guard let reference = change(setups.referenceStated), let edge = change(setups.physicalEdge) else { return nil }
    return Conclusion(
      statement: "dirty grid, long use: mm², J", paper: "larger die", reference: text(reference), physical: nil,
      edge: Conclusion.Finding(
        text: text(edge), verdict: Conclusion.Verdict(edge.area, atLeast: Self.largerDie, none: 1)))
  }

  /// Ranks that agree as well as the paper's own proxy does with full training are hard to ask for; this is close.
  private static let closeRanks = 0.9
  /// From a tenth on a die is called larger.
  private static let largerDie = 1.1
}
