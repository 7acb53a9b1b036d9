public import CLIPFiles

/// What a pruning kept, drawn: one row a layer, its heads and feed-forward units by importance, what went hatched out.
///
/// Drawn from the report that `carbonclip prune` writes, so that it can be drawn again from there.
public struct PruningPicture {
  private let report: JSONObject

  /// - Parameter report: a `pruning.json`
  public init(_ report: JSONObject) { self.report = report }

  private static let width = 900.0, rowHeight = 26.0, left = 150.0

  /// A page of its own, to be opened in a browser.
  public var html: String {
    let strategy = report["strategy"]?.stringValue ?? "", source = report["source"]?.stringValue ?? ""
    let body = """
      <h1>\("What was kept of \(source)".escapedForHTML)</h1>
      <p class="sub">Strategy \(strategy.escapedForHTML), compensation \((report["compensation"]?.stringValue ?? "").escapedForHTML). \
      A darker cell matters more within its row; a struck one was cut.</p>
      \(facts)
      <div class="charts" style="grid-template-columns: 1fr">
      \(tower("vision", "Image tower"))
      \(tower("text", "Text tower"))
      </div>
      """
    return HTMLPage(title: "Pruning of \(source)", body: body).text
  }

  private var facts: String {
    func number(_ part: String, _ key: String) -> Double { report[part]?[key]?.doubleValue ?? 0 }
    func fact(_ name: String, _ value: String) -> String {
      "<div><dt>\(name.escapedForHTML)</dt><dd>\(value.escapedForHTML)</dd></div>"
    }
    var parts: [String] = []
    for (name, keys, unit, scale) in [
      ("parameters", ["parameters"], "M", 1e6), ("multiply-adds, image", ["image_macs"], "G", 1e9),
      ("multiply-adds, text", ["text_macs"], "G", 1e9),
    ] {
      let before = keys.reduce(0) { $0 + number("before", $1) }, after = keys.reduce(0) { $0 + number("after", $1) }
      guard before > 0 else { continue }
      parts.append(
        fact(
          name,
          "\(Self.three(before / scale)) → \(Self.three(after / scale)) \(unit), \(Self.three(100 * after / before)) %")
      )
    }
    if let accuracy = report["accuracy"] {
      for key in ["mean_recall@1", "acc1"] {
        guard let before = accuracy["before"]?[key]?.doubleValue, let after = accuracy["after"]?[key]?.doubleValue
        else { continue }
        parts.append(fact(key.replacing("_", with: " "), "\(Self.three(before * 100)) → \(Self.three(after * 100)) %"))
      }
    }
    return "<dl class=\"facts\">\(parts.joined())</dl>"
  }

  private func tower(_ key: String, _ title: String) -> String {
    guard let tower = report[key], let blocks = tower["blocks"]?.arrayValue, !blocks.isEmpty else { return "" }
    let height = Double(blocks.count + 1) * Self.rowHeight + 60
    let heads = blocks.map { $0["head_importance"]?.arrayValue?.count ?? 0 }.max() ?? 1
    let cell = min(24.0, 260 / Double(max(heads, 1)))
    let units = Self.left + Double(heads) * cell + 40, unitsWidth = Self.width - units - 160
    var parts = [
      Self.text(84, 18, "layer"), Self.text(Self.left, 18, "heads"),
      Self.text(units, 18, "feed-forward units, most important first"),
      Self.text(Self.width - 70, 18, "error left"),
    ]
    let layers = blocks.map { $0["importance"]?.doubleValue ?? 0 }, layerShades = Self.shades(layers)
    for (row, block) in blocks.enumerated() {
      let y = 30 + Double(row) * Self.rowHeight, isKept = block["kept"]?.boolValue ?? false
      parts.append(Self.text(0, y + 14, "layer \(row)"))
      parts.append(
        Self.cell(84, y, 30, 19, shade: layerShades[row], stays: isKept, title: "layer \(row): \(layers[row])"))
      parts += self.heads(block, y, cell, isKept)
      parts.append(self.units(block, units, y, unitsWidth, isKept))
      if let error = block["remaining_error"]?.doubleValue {
        parts.append(Self.text(Self.width - 70, y + 14, "\(Self.three(error * 100)) %"))
      }
    }
    let y = 30 + Double(blocks.count) * Self.rowHeight + 8
    parts.append(Self.text(0, y + 14, "channels"))
    parts.append(
      strip(
        tower["channel_importance"], tower["channels"], x: Self.left, y: y, width: Self.width - Self.left - 160,
        height: 20,
        isKept: true))
    return """
      <figure><h2>\(title.escapedForHTML)</h2>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(height))" role="img" aria-label="\(title.escapedForHTML)">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  private func heads(_ block: JSONValue, _ y: Double, _ cell: Double, _ isKept: Bool) -> [String] {
    let scores = (block["head_importance"]?.arrayValue ?? []).map { $0.doubleValue ?? 0 }
    let kept = Set((block["kept_heads"]?.arrayValue ?? []).compactMap(\.intValue)), shades = Self.shades(scores)
    return scores.indices.map { head in
      let x = Self.left + Double(head) * cell, stays = isKept && kept.contains(head)
      return Self.cell(x, y, cell - 3, 19, shade: shades[head], stays: stays, title: "head \(head): \(scores[head])")
    }
  }

  private func units(_ block: JSONValue, _ x: Double, _ y: Double, _ width: Double, _ isKept: Bool) -> String {
    strip(block["mlp_importance"], block["kept_mlp"], x: x, y: y, width: width, height: 19, isKept: isKept)
  }

  /// Many scores in a narrow band: sorted, in at most a hundred cells, what was cut struck.
  private func strip(
    _ importance: JSONValue?, _ kept: JSONValue?, x: Double, y: Double, width: Double, height: Double, isKept: Bool
  ) -> String {
    let scores = (importance?.arrayValue ?? []).map { $0.doubleValue ?? 0 }
    guard !scores.isEmpty else { return "" }
    let stays = Set((kept?.arrayValue ?? []).compactMap(\.intValue)), shades = Self.shades(scores)
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    let cells = min(100, order.count), step = width / Double(cells)
    let drawn = (0..<cells).map { index -> String in
      let part = order[order.count * index / cells..<order.count * (index + 1) / cells]
      let share = Double(part.count { stays.contains($0) }) / Double(max(part.count, 1))
      let shade = part.reduce(0) { $0 + shades[$1] } / Double(max(part.count, 1))
      return Self.cell(
        x + Double(index) * step, y, step - 0.6, height, shade: shade, stays: isKept && share >= 0.5, title: "")
    }
    let count = isKept ? stays.count : 0
    return drawn.joined() + Self.text(x + width + 6, y + 14, "\(count)/\(scores.count)")
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

  /// Three significant digits.
  private static func three(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "0" }
    var scale = 1.0
    while abs(value) * scale < 100, scale < 1e12 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }
}
