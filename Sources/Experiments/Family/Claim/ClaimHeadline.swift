package import CLIPCarbonFootprint
internal import CLIPUnits

/// A claim in one sentence: what is saved in every boundary, each member in the use where it saves less, and whether that is
/// the aim. Where a rival wins, the sentence names it.
package struct ClaimHeadline {
  private let claim: FamilyClaim

  package init(_ claim: FamilyClaim) { self.claim = claim }

  /// The sentence in lines that a page of text has.
  var lines: String { FamilyTables.lines(text) }

  /// The sentence.
  package var text: String {
    let frames = claim.frames.filter { $0.grid == claim.frames.first?.grid }
    guard let first = frames.first else { return "" }
    let uses = first.uses.map(\.name), models = claim.study.models
    return Self.text(
      frames: frames.map { ($0.boundary, $0.result) }, models, claim.study.rule, uses: uses,
      pictures: claim.part == .test ? "test" : "validation")
  }

  /// The sentence of results in several boundaries, the first of which is the aim's.
  package static func text(
    frames: [(boundary: Boundary, result: ClaimResult)], _ models: [ClaimModel], _ rule: ClaimRule, uses: [String],
    pictures: String
  ) -> String {
    guard let first = frames.first, let chance = first.result.shares[.all]?.both else { return "" }
    let count = first.result.least.count, isReached = first.result.isReached && chance >= rule.certainty
    let most = first.result.least.map(\.saved.stated).max() ?? 0
    let parts = frames.enumerated().map { place, frame in
      span(frame.result.least.map(\.saved.stated)) + (place == 0 ? " of the carbon" : "")
        + " where \(counted(frame.boundary)) (strictly \(span(frame.result.least.map(\.strictly.stated))))"
    }
    let listed = parts.dropLast().joined(separator: ", ") + (parts.count > 1 ? " and " : "") + (parts.last ?? "")
    let places = uses.count > 1 ? "each in that use of \(uses.joined(separator: " and ")) where it saves less, " : ""
    let margin = Figures.short(rule.margin * 100, places: 3)
    return
      (most > 0 ? "On" : "Nothing is saved: on")
      + " \(pictures) pictures, \(places)the \(number(count)) members save \(listed), beside the cheapest models that were "
      + "made without a search and are at most \(margin) points less accurate\(losses(first.result, models)); at least "
      + "\(ClaimTables.share(rule.most)) for \(number(ClaimRule.majority(of: count))) of \(number(count)) and more than "
      + "\(ClaimTables.share(rule.all)) for all, \(first.boundary.summary) counted, hold in \(Figures.percent(chance)) of "
      + "draws, so the aim of \(ClaimTables.share(rule.certainty)) is \(isReached ? "reached" : "missed")."
  }

  /// Members that save nothing or emit more, with the rivals that win.
  private static func losses(_ result: ClaimResult, _ models: [ClaimModel]) -> String {
    let members = result.least.indices.compactMap { place -> String? in
      let rows = result.uses.map { (use: $0.name, row: $0.rows[place]) }
      guard let worst = rows.min(by: { $0.row.saving.saved.stated < $1.row.saving.saved.stated }) else { return nil }
      let saved = worst.row.saving.saved.stated, member = models[worst.row.member].title
      let rival = "\(models[worst.row.rival].name) (\(worst.use))"
      if saved < 0 { return "at \(member)'s rival, \(rival), the family emits \(Figures.percent(-saved)) more" }
      return saved == 0 ? "\(member) saves nothing beside \(rival)" : nil
    }
    return members.isEmpty ? "" : ", but " + members.joined(separator: ", ")
  }

  private static func counted(_ boundary: Boundary) -> String {
    switch boundary {
    case .die: "bare dies are counted"
    case .packaged: "packages are counted, too"
    case .device: "the whole device is counted"
    }
  }

  /// `12.0 % to 31.4 %`.
  private static func span(_ values: [Double]) -> String {
    guard let least = values.min(), let most = values.max() else { return "" }
    let ends = [least, most].map(Figures.percent(_:))
    return ends[0] == ends[1] ? ends[0] : "\(ends[0]) to \(ends[1])"
  }

  private static func number(_ value: Int) -> String {
    let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    return words.indices.contains(value) ? words[value] : "\(value)"
  }
}
