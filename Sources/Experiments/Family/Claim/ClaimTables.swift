internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPUnits

/// A claim's tables in Markdown, by the name of the section that they stand in.
package struct ClaimTables {
  let claim: FamilyClaim

  /// Tables of a claim.
  package init(_ claim: FamilyClaim) { self.claim = claim }

  /// What pages may call the sections.
  package static let names = [
    "claim-headline", "claim-members", "claim-rivals", "claim-uses", "claim-least", "claim-sources", "claim-chances",
    "claim-equality", "claim-grids", "claim-searches", "claim-charges", "claim-deciding",
  ]

  /// All of them.
  package var sections: [(name: String, text: String)] {
    [
      ("claim-headline", ClaimHeadline(claim).lines), ("claim-members", members), ("claim-rivals", rivals),
      ("claim-uses", uses), ("claim-least", least), ("claim-sources", sources), ("claim-chances", chances),
      ("claim-equality", equality),
      ("claim-grids", grids), ("claim-searches", searches), ("claim-charges", charges),
      ("claim-deciding", deciding),
    ]
  }

  var models: [ClaimModel] { claim.study.models }
  /// Those of the recipe's first grid.
  var frames: [FamilyClaim.Frame] { claim.frames.filter { $0.grid == claim.frames.first?.grid } }

  /// What each member is, can do and emits.
  var members: String { table(of: models.indices.filter { models[$0].kind == .member }, isOfRivals: false) }

  /// The same of every rival of kind 1; which no other of them beats, and how often it is a member's rival.
  var rivals: String { table(of: models.indices.filter { models[$0].kind.isRival }, isOfRivals: true) }

  private func table(of places: [Int], isOfRivals: Bool) -> String {
    guard let frame = frames.first else { return "" }
    let fronts = frame.uses.map { claim.study.rivalFront($0.carbon) }, shares = frame.result.deciding
    var header = [
      "", "arithmetic", "layers/width/heads/MLP, image and text", "seeds", "validation", "accuracy", "5 to 95 %",
    ]
    header += claim.sets.count > 1 ? claim.sets.map { Folder.name(of: $0) } : []
    let setColumns = header.count
    for use in frame.uses { header += ["carbon, \(use.name)", "5 to 95 %"] }
    if isOfRivals { header += ["no other beats it", "a member's rival"] } else { header += frame.uses.map(\.name) }
    var words: Set<Int> = [0, 1, 2]
    if isOfRivals {
      words.insert(header.count - 2)
    } else {
      words.formUnion(header.count - frame.uses.count..<header.count)
    }
    var table = Table(header, words: words)
    for place in places {
      let model = models[place], range = claim.study.accuracyRange(of: place)
      var cells = [
        model.title, model.arithmetic, claim.shapes[place].replacing(" | ", with: " and "), "\(model.seeds)",
        Figures.percent(model.validation), Figures.percent(model.accuracy), Self.percent(range),
      ]
      if setColumns > 7 { cells += claim.sets.indices.map { Figures.percent(model.accuracy(on: $0)) } }
      for use in frame.uses {
        cells += [
          Metric.carbon.text(use.designs[place].value(of: .carbon)),
          "\(KilogramsCO2e(use.ranges[place].lowerBound)) to \(KilogramsCO2e(use.ranges[place].upperBound))",
        ]
      }
      if isOfRivals {
        cells.append(zip(frame.uses, fronts).filter { $1.contains(place) }.map { $0.0.name }.joined(separator: ", "))
        cells.append(shares[place].map(Figures.percent(_:)) ?? "")
      } else {
        cells += frame.uses.map { "\($0.designs[place].design)" }
      }
      table.add(cells)
    }
    return table.markdown()
  }

  /// Each member beside its rival in every use, the boundaries side by side.
  var uses: String {
    var table = Table(
      ["use", "member"] + frames.flatMap { ["rival, \($0.boundary.rawValue)", "saved", "strictly"] },
      words: Set([0, 1] + frames.indices.map { 2 + 3 * $0 }))
    guard let first = frames.first else { return "" }
    for (place, use) in first.uses.enumerated() {
      for row in first.result.uses[place].rows.indices {
        var cells = [use.name, models[first.result.uses[place].rows[row].member].title]
        for frame in frames {
          let found = frame.result.uses[place].rows[row]
          cells += [
            models[found.rival].name + (found.isAgainstBase ? " (none is accurate enough)" : ""),
            Self.percent(found.saving.saved), Self.percent(found.saving.strictly),
          ]
        }
        table.add(cells)
      }
    }
    return table.markdown()
  }

  /// What each member saves in the use where it saves less.
  package var least: String {
    var table = Table(
      ["member"]
        + frames.flatMap {
          ["saved, \($0.boundary.rawValue)", "strictly", "rivals by a cheaper one within the margin"]
        })
    for place in memberPlaces.indices {
      table.add(
        [models[memberPlaces[place]].title]
          + frames.flatMap { frame in
            let saving = frame.result.least[place]
            return [saving.saved, saving.strictly, saving.byCheaper].map { Self.percent($0) }
          })
    }
    return table.markdown()
  }

  /// How far each member's saving is known, in the use where it is less: with all drawn, and with one source alone.
  var sources: String {
    var table = Table(["counted", "member", "saved"] + ClaimSource.allCases.map(\.title), words: [0, 1])
    for frame in frames {
      for (place, saving) in zip(memberPlaces, frame.result.least) {
        table.add(
          [frame.boundary.summary, models[place].title, Figures.percent(saving.saved.stated)]
            + ClaimSource.allCases.map { source in saving.saved.ranges[source].map { Self.percent($0) } ?? "" })
      }
    }
    return table.markdown()
  }

  var memberPlaces: [Int] { models.indices.filter { models[$0].kind == .member } }

  /// The share of draws in which the aim's statements hold, with all drawn and with one source alone.
  var chances: String {
    let rule = claim.study.rule, count = memberPlaces.count
    var table = Table(
      [
        "counted", "drawn", "at least \(Self.share(rule.most)) for \(ClaimRule.majority(of: count)) of \(count)",
        "more than \(Self.share(rule.all)) for all", "both", "both, rivals by a cheaper one within the margin",
      ], words: [0, 1])
    for frame in frames {
      for source in ClaimSource.allCases {
        guard let shares = frame.result.shares[source] else { continue }
        table.add(
          [frame.boundary.summary, source.title]
            + [shares.most, shares.all, shares.both, shares.byCheaper].map { Figures.percent($0) })
      }
    }
    return table.markdown()
  }

  /// How far each member's accuracy is from its rival's, and whether both are called equal.
  var equality: String {
    guard let frame = frames.first else { return "" }
    var table = Table(
      ["use", "member", "rival", "more accurate by (points)", "5 to 95 %", "pictures alone", "seeds alone", "equal"],
      words: [0, 1, 2, 7])
    for use in frame.result.uses {
      for row in use.rows {
        table.add(
          [use.name, models[row.member].title, models[row.rival].name, FamilyTables.points(row.difference.stated)]
            + [ClaimSource.all, .pictures, .seeds].map { source in
              row.difference.ranges[source].map {
                "\(FamilyTables.points($0.lowerBound)) to \(FamilyTables.points($0.upperBound))"
              } ?? ""
            } + [row.isEqual ? "yes" : "no"])
      }
    }
    return table.markdown()
  }

  /// What each member saves on every grid.
  var grids: String {
    var table = Table(["grid", "counted"] + memberPlaces.map { models[$0].title } + ["aim reached in"], words: [0, 1])
    for frame in claim.frames {
      table.add(
        ["\(frame.grid.name)", frame.boundary.summary] + frame.result.least.map { Self.percent($0.saved) }
          + [frame.result.shares[.all].map { Figures.percent($0.both) } ?? ""])
    }
    return table.markdown()
  }

  /// The trainings that decide, by their share of draws.
  var deciding: String {
    var table = Table(["training", "a member's rival at the most in"])
    for one in claim.deciding { table.add([one.training, Figures.percent(one.share)]) }
    return table.markdown()
  }

  /// What drawings call a model: those of the base's own arithmetic would all have one name.
  package static func title(_ model: ClaimModel) -> String {
    model.kind == .member ? model.title : model.name
  }

  /// A share as it was stated: `30 %`.
  static func share(_ share: Double) -> String { Figures.percent(share, places: 1) }

  /// `61.8 to 64.9 %`.
  static func percent(_ range: ClosedRange<Double>) -> String {
    "\(Figures.significant(range.lowerBound * 100)) to \(Figures.percent(range.upperBound))"
  }

  /// `31.2 % (25.0 to 38.1 %)`.
  static func percent(_ figure: DrawnFigure) -> String {
    "\(Figures.percent(figure.stated)) (\(percent(figure.range)))"
  }
}
