internal import CLIPSearch
internal import CLIPUnits

extension SearchPage {
  /// More designs than this are drawn in part.
  private static var mostBars: Int { 24 }

  /// Embodied and operational carbon of each design of the front as bars on one scale.
  var split: String {
    let all = summary.front.enumerated().map { index, point in
      (name: SearchText.letter(index) + (point.isChosen ? " ★" : ""), point: point)
    }
    var rows = all
    if all.count > Self.mostBars {
      let kept = Set((0..<Self.mostBars).map { $0 * (all.count - 1) / (Self.mostBars - 1) })
      rows = all.indices.filter { kept.contains($0) || all[$0].point.isChosen }.map { all[$0] }
    }
    let leftOut = all.count - rows.count
    if let dense = summary.denseAside { rows.append((name: "dense", point: dense)) }
    let longest = rows.map(\.point.costs.carbon.value).filter { $0.isFinite && $0 > 0 }.max() ?? 0
    guard !rows.isEmpty, longest > 0 else { return missing(.front) }
    let bars = rows.map { row in
      let costs = row.point.costs
      let shares = [costs.embodied.value, costs.operational.value].map { Self.share($0 / longest) }
      let title =
        "\(row.name): \(SearchText.text(costs.embodied)) embodied, \(SearchText.text(costs.operational)) operational"
      return """
        <li><span class="who">\(row.name)</span><span class="track" role="img" aria-label="\(title.escapedForHTML)" \
        title="\(title.escapedForHTML)"><i class="made" style="width:\(shares[0])"></i><i class="used" \
        style="width:\(shares[1])"></i></span><span class="what">\(SearchText.text(costs.carbon))\
        <span class="unit"> \(SearchText.percent(costs.embodied / costs.carbon)) embodied</span></span></li>
        """
    }
    return lead(
      "Carbon of one device over its life: what making its chip emits, and what using it does."
        + (leftOut == 0 ? "" : " Of the \(all.count) designs, \(all.count - leftOut) are drawn; the files have all."))
        + """
        <div class="card"><ul class="legend"><li><i class="made"></i>embodied: making the chip</li>\
        <li><i class="used"></i>operational: using it</li></ul>
        <ul class="bars">
        \(bars.joined(separator: "\n"))
        </ul></div>

        """
  }

  /// What becomes of the chosen design's carbon, and of the choice, at both ends of each factor.
  var sensitivity: String {
    let stated = summary.chosen?.costs.carbon.value
    let rows = summary.sensitivity
    let values = rows.flatMap { [$0.low.carbon.value, $0.high.carbon.value] } + (stated.map { [$0] } ?? [])
    let drawn = values.filter { $0.isFinite && $0 >= 0 }
    guard !rows.isEmpty, let longest = drawn.max(), longest > 0 else { return missing(.sensitivity) }
    let flips = rows.flatMap { row in
      [row.low, row.high].compactMap { end in
        end.better.map { _ in "\(row.factor) \(end.label)" }
      }
    }
    let ends = 2 * rows.count
    let sentence =
      flips.isEmpty
      ? "The recommended design stays the best in all \(ends) cases."
      : "In \(flips.count) of \(ends) cases another design would be the better answer, as the table says: with \(flips.joined(separator: "; "))."
    var table = PageTable(
      "Sensitivity of the recommended design",
      [
        .init(title: "factor", isNumber: false), .init(title: "low", isNumber: false),
        .init(title: "high", isNumber: false), .init(title: "carbon, from low to high", isNumber: false),
      ])
    for row in rows.sorted(by: { Self.reach($0) > Self.reach($1) }) {
      let (from, to) = (
        min(row.low.carbon.value, row.high.carbon.value), max(row.low.carbon.value, row.high.carbon.value)
      )
      let bar =
        from.isFinite && to.isFinite
        ? "<span class=\"track range\" role=\"img\" aria-label=\"\(SearchText.escaped(row.factor)): "
          + "\(SearchText.text(KilogramsCO2e(from))) to \(SearchText.text(KilogramsCO2e(to)))\">"
          + "<i style=\"left:\(Self.share(from / longest));width:\(Self.share((to - from) / longest))\"></i>"
          + (stated.map { "<b style=\"left:\(Self.share($0 / longest))\"></b>" } ?? "") + "</span>" : ""
      table.add(
        [
          "\(SearchText.name(row.factor))<br/><span class=\"unit\">stated: \(SearchText.name(row.stated))</span>",
          cell(row.low), cell(row.high), bar,
        ])
    }
    return lead(sentence) + table.html
      + (stated.map {
        lead("Bars begin at zero; the line is the carbon as stated, \(SearchText.text(KilogramsCO2e($0))).")
      } ?? "")
  }

  private func cell(_ end: WinnerSensitivity.End) -> String {
    let change = summary.chosen.flatMap { SearchText.change(from: $0.costs.carbon.value, to: end.carbon.value) }
    return
      "\(SearchText.name(end.label))<br/><b>\(SearchText.text(end.carbon))</b>\(change.map { " (\($0))" } ?? "")<br/>"
      + (end.better.map { "<span class=\"loses\">better: \(SearchText.name($0))</span>" }
        ?? "<span class=\"keeps\">stays best</span>")
  }

  private static func reach(_ row: WinnerSensitivity) -> Double {
    let reach = abs(row.high.carbon.value - row.low.carbon.value)
    return reach.isFinite ? reach : 0
  }

  /// A length as CSS has it; nothing where it is none.
  private static func share(_ share: Double) -> String {
    guard share.isFinite, share > 0 else { return "0%" }
    return "\(NiceTicks.short(100 * min(share, 1), 2))%"
  }
}
