/// A page that needs nothing beside itself: no network, no fonts, no libraries. Light or dark as the reader's system is.
struct HTMLPage {
  let title: String
  let body: String
  /// What one kind of page needs beside what all have.
  var style = "", script = ""
  /// After how many seconds the reader's browser loads the page again; nil for never.
  var refresh: Int?

  var text: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" content="\(Self.policy)"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>\(refresh.map { "\n<meta http-equiv=\"refresh\" content=\"\($0)\"/>" } ?? "")
    <title>\(title.escapedForHTML)</title>
    <style>/*<![CDATA[*/\(Self.style)
    \(style)/*]]>*/</style>
    </head>
    <body>
    <main>
    \(body)
    </main>
    <script>//<![CDATA[
    \(Self.script)
    \(script)
    //]]></script>
    </body>
    </html>

    """
  }

  /// Nothing is fetched, sent or framed, whatever a page may hold.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

  private static let style = """
    :root { --ink: #1d2327; --quiet: #667079; --line: #e3e6e8; --grid: #eef0f2; --page: #fbfbfa; --card: #ffffff;
      --c0: #2f6f9f; --c1: #c26a2d; --c2: #3f8f63; --c3: #8a5aa8; --c4: #b0484f; --c5: #7a7f34; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e4e7ea; --quiet: #98a2ab; --line: #31383e; --grid: #283036; --page: #15191c; --card: #1c2226;
        --c0: #6db1e0; --c1: #e8995c; --c2: #70c596; --c3: #bd93d8; --c4: #e5828a; --c5: #b9bf68; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
    main { max-width: 1180px; margin: 0 auto; padding: 28px 18px 60px; }
    h1 { font-size: 26px; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 2px; overflow-wrap: anywhere; }
    h2 { font-size: 15px; font-weight: 600; margin: 0 0 2px; }
    .sub { color: var(--quiet); margin: 0 0 22px; overflow-wrap: anywhere; }
    .facts { display: flex; flex-wrap: wrap; background: var(--card);
      border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 0 0 22px; }
    .facts div { flex: 1 1 auto; min-width: 130px; max-width: 100%; padding: 11px 14px; box-shadow: 0 0 0 .5px var(--line); }
    .facts dt, .unit { color: var(--quiet); font-size: 12.5px; }
    .facts dd { margin: 0; font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; }
    figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 14px 8px; }
    svg { display: block; width: 100%; height: auto; overflow: visible; touch-action: pan-y; }
    svg text { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
    @media (max-width: 620px) { svg text { font-size: 17px; } .facts dd { font-size: 16px; } }
    svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--line); }
    svg .mark { stroke: var(--quiet); stroke-dasharray: 3 4; opacity: .7; }
    svg .raw { opacity: .3; stroke-width: 1; } svg .curve { stroke-width: 2; }
    svg path { fill: none; stroke-linejoin: round; stroke-linecap: round; }
    .legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 12.5px; color: var(--quiet); margin: 2px 0 4px; padding: 0;
      list-style: none; }
    .legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 3px; }
    .tip { min-height: 18px; font-size: 12.5px; color: var(--ink); font-variant-numeric: tabular-nums; margin: 4px 0 0; }
    details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; margin-top: 16px; }
    summary { cursor: pointer; font-weight: 600; }
    pre { overflow-x: auto; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: 8px 0 4px; }
    ul.plain { margin: 8px 0 4px; padding-left: 20px; }
    """

  /// Shows the nearest values under the pointer; the page is whole without it.
  private static let script = """
    for (const svg of document.querySelectorAll('svg[data-series]')) {
      const series = JSON.parse(svg.dataset.series), tip = svg.parentElement.querySelector('.tip');
      const line = svg.querySelector('.cursor'), [left, right, low, high] = svg.dataset.frame.split(',').map(Number);
      const show = event => {
        const box = svg.getBoundingClientRect(), width = svg.viewBox.baseVal.width;
        const place = Math.min(right, Math.max(left, (event.clientX - box.left) / box.width * width));
        const x = low + (place - left) / (right - left) * (high - low);
        const near = points => points.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a);
        const found = series.filter(s => s.points.length).map(s => [s.name, near(s.points)]);
        if (!found.length) return;
        const at = left + (found[0][1][0] - low) / (high - low) * (right - left);
        line.setAttribute('x1', at); line.setAttribute('x2', at); line.style.display = 'inline';
        tip.textContent = svg.dataset.unit + ' ' + found[0][1][0].toLocaleString('en') + ': ' +
          found.map(f => f[0] + ' ' + Number(f[1][1].toPrecision(4))).join(', ');
      };
      svg.addEventListener('pointermove', show); svg.addEventListener('pointerdown', show);
      svg.addEventListener('pointerleave', () => { line.style.display = 'none'; tip.textContent = ''; });
    }
    """

  /// Key figures as a grid of cards.
  static func facts(_ facts: [(name: String, value: String)]) -> String {
    let cards = facts.map { "<div><dt>\($0.name.escapedForHTML)</dt><dd>\($0.value.escapedForHTML)</dd></div>" }
    return "<dl class=\"facts\">\(cards.joined())</dl>"
  }

  /// A part that is closed until the reader opens it.
  static func details(_ title: String, _ content: String) -> String {
    "<details><summary>\(title.escapedForHTML)</summary>\(content)</details>"
  }

  static func list(_ items: [String]) -> String {
    "<ul class=\"plain\">\(items.map { "<li>\($0.escapedForHTML)</li>" }.joined())</ul>"
  }
}

extension String {
  /// The text with the characters that mean something to HTML written as references.
  var escapedForHTML: String {
    var result = ""
    for character in unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
