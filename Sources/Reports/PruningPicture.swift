public import CLIPPruning
internal import CLIPUnits

/// What a pruning kept, drawn: one row a layer, its heads and feed-forward units by importance, what went hatched out.
public struct PruningPicture {
  private let report: PruningReport

  /// - Parameter report: what is drawn
  public init(_ report: PruningReport) { self.report = report }

  private static let width = 900.0, rowHeight = 26.0, left = 150.0

  /// A page of its own, to be opened in a browser.
  public var html: String {
    let source = report.source
    let body = """
      <h1>\("What was kept of \(source)".escapedForHTML)</h1>
      <p class="sub">Strategy \(report.strategy.escapedForHTML), compensation \(report.compensation.description.escapedForHTML). \
      A darker cell matters more within its row; a struck one was cut.</p>
      \(facts)
      <div class="charts" style="grid-template-columns: 1fr">
      \(tower(report.vision, "Image tower"))
      \(tower(report.text, "Text tower"))
      </div>
      """
    return HTMLPage(title: "Pruning of \(source)", body: body, style: Self.style).text
  }

  /// On a narrow screen a drawing keeps a size that can be read, and scrolls in its box.
  private static let style = """
    @media (max-width: 760px) { figure { overflow-x: auto; } figure svg { min-width: 680px; } svg text { font-size: 14px; } }

    """

  private var facts: String {
    let three = Self.three
    let sizes = report.sizes.filter { $0.before > 0 }.map { one in
      (
        name: one.name,
        value: "\(three(one.before / one.scale)) → \(three(one.after / one.scale)) \(one.unit), "
          + "\(three(100 * one.after / one.before)) %"
      )
    }
    return HTMLPage.facts(
      sizes
        + report.accuracies.map { one in
          (
            name: one.name.replacing("_", with: " "),
            value: "\(three(one.before * 100)) → \(three(one.after * 100)) %"
          )
        })
  }

  private func tower(_ tower: PruningReport.Tower, _ title: String) -> String {
    let blocks = tower.blocks
    guard !blocks.isEmpty else { return "" }
    let height = Double(blocks.count + 1) * Self.rowHeight + 60
    let heads = blocks.map(\.heads.count).max() ?? 1
    let cell = min(24.0, 260 / Double(max(heads, 1)))
    let units = Self.left + Double(heads) * cell + 40, unitsWidth = Self.width - units - 160
    var parts = [
      Self.text(84, 18, "layer"), Self.text(Self.left, 18, "heads"),
      Self.text(units, 18, "feed-forward units, most important first"),
      Self.text(Self.width - 70, 18, "error left"),
    ]
    let layers = blocks.map(\.importance), layerShades = Self.shades(layers)
    for (row, block) in blocks.enumerated() {
      let y = 30 + Double(row) * Self.rowHeight, isKept = block.kept != nil
      parts.append(Self.text(0, y + 14, "layer \(row)"))
      parts.append(
        Self.cell(84, y, 30, 19, shade: layerShades[row], stays: isKept, title: "layer \(row): \(layers[row])"))
      parts += self.heads(block, y, cell)
      parts.append(
        strip(block.units, block.kept?.units, x: units, y: y, width: unitsWidth, height: 19))
      if let error = block.remainingError {
        parts.append(Self.text(Self.width - 70, y + 14, "\(Self.three(error * 100)) %"))
      }
    }
    let y = 30 + Double(blocks.count) * Self.rowHeight + 8
    parts.append(Self.text(0, y + 14, "channels"))
    parts.append(
      strip(
        tower.channelImportance, tower.channels, x: Self.left, y: y, width: Self.width - Self.left - 160, height: 20))
    return """
      <figure tabindex="0" aria-label="\(title.escapedForHTML)"><h2>\(title.escapedForHTML)</h2>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(height))" role="img" aria-label="\(title.escapedForHTML)">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  private func heads(_ block: PruningReport.Tower.Block, _ y: Double, _ cell: Double) -> [String] {
    let kept = Set(block.kept?.heads ?? []), shades = Self.shades(block.heads)
    return block.heads.indices.map { head in
      let x = Self.left + Double(head) * cell
      return Self.cell(
        x, y, cell - 3, 19, shade: shades[head], stays: kept.contains(head),
        title: "head \(head): \(block.heads[head])")
    }
  }

  /// Many scores in a narrow band: sorted, in at most a hundred cells, what was cut struck.
  /// - Parameter kept: nil where nothing stays
  private func strip(
    _ scores: [Double], _ kept: [Int]?, x: Double, y: Double, width: Double, height: Double
  ) -> String {
    guard !scores.isEmpty else { return "" }
    let stays = Set(kept ?? []), shades = Self.shades(scores)
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    let cells = min(100, order.count), step = width / Double(cells)
    let drawn = (0..<cells).map { index -> String in
      let part = order[order.count * index / cells..<order.count * (index + 1) / cells]
      let share = Double(part.count { stays.contains($0) }) / Double(max(part.count, 1))
      let shade = part.reduce(0) { $0 + shades[$1] } / Double(max(part.count, 1))
      return Self.cell(
        x + Double(index) * step, y, step - 0.6, height, shade: shade, stays: share >= 0.5, title: "")
    }
    return drawn.joined() + Self.text(x + width + 6, y + 14, "\(stays.count)/\(scores.count)")
  }

  /// Ranks from 0 to 1: scores span orders of magnitude, and only their order counts.
  private static func shades(_ scores: [Double]) -> [Double] {
    let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var shades = [Double](repeating: 1, count: scores.count)
    for (rank, index) in order.enumerated() { shades[index] = Double(rank + 1) / Double(scores.count) }
    return shades
  }

  private static func cell(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, shade: Double, stays: Bool, title: String
  ) -> String {
    let place = "x=\"\(short(x))\" y=\"\(short(y))\" width=\"\(short(width))\" height=\"\(short(height))\""
    let paint =
      stays
      ? "fill=\"var(--c0)\" fill-opacity=\"\(short(0.18 + 0.82 * shade))\""
      : "fill=\"none\" stroke=\"var(--c4)\" stroke-opacity=\"0.55\" stroke-width=\"0.8\""
    let strike =
      stays || width < 6
      ? ""
      : "<line x1=\"\(short(x))\" y1=\"\(short(y + height))\" x2=\"\(short(x + width))\" y2=\"\(short(y))\" stroke=\"var(--c4)\" stroke-opacity=\"0.55\"/>"
    let label = title.isEmpty ? "" : "<title>\(title.escapedForHTML)</title>"
    return "<rect \(place) \(paint)>\(label)</rect>\(strike)"
  }

  private static func text(_ x: Double, _ y: Double, _ words: String) -> String {
    "<text x=\"\(short(x))\" y=\"\(short(y))\">\(words.escapedForHTML)</text>"
  }

  private static func short(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

  /// Three significant digits, without zeros at the end.
  private static func three(_ value: Double) -> String {
    value.isFinite ? Figures.short(Figures.rounded(value), places: 12) : "0"
  }
}
