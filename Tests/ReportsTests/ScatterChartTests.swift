import Foundation
#if canImport(FoundationXML)
  import FoundationXML
#endif
import CLIPReports
import Testing

@Suite("Scatter charts")
struct ScatterChartTests {
  private static func chart(_ points: [ScatterChart.Point], isLogarithmic: Bool = false) -> ScatterChart {
    ScatterChart(
      title: "a < b", x: .init("latency (ms)", isLogarithmic: isLogarithmic, limit: 5),
      y: .init("carbon (g)", isLogarithmic: isLogarithmic), series: [.init("front & more", points, style: .front)])
  }

  private static func isWellFormed(_ svg: String) -> Bool {
    XMLParser(data: Data(svg.utf8)).parse()
  }

  private static func circles(_ svg: String) -> [(x: Double, y: Double)] {
    svg.matches(of: /<circle cx="([-0-9.]+)" cy="([-0-9.]+)" r="3.6"/).compactMap { match in
      guard let x = Double(match.output.1), let y = Double(match.output.2) else { return nil }
      return (x, y)
    }
  }

  @Test("names of points that lie together stand apart, and one alone stands right below its point")
  func names() throws {
    func places(_ points: [ScatterChart.Point]) throws -> [(x: Double, y: Double, anchor: String, letters: Int)] {
      let chart = ScatterChart(
        title: "t", x: .init("x"), y: .init("y"),
        series: points.enumerated().map { .init("", [$1], style: .dots, color: $0) })
      return try chart.svg.matches(
        of: /<text x="([0-9.-]+)" y="([0-9.-]+)" text-anchor="(\w+)" style="[^"]*font-size:11px">([^<]*)</
      ).map {
        (try #require(Double($0.1)), try #require(Double($0.2)), String($0.3), $0.4.count)
      }
    }
    let names = (0..<9).map { "a name of a model, \($0)" }
    let found = try places(
      names.enumerated().map { ScatterChart.Point(x: 5 + Double($0 % 2) / 100, y: 5, label: $1) } + [
        .init(x: 0, y: 0), .init(x: 10, y: 10),
      ])
    #expect(found.count == 9)
    let boxes = found.map { one in
      let width = 6.5 * Double(one.letters), left = one.anchor == "end" ? one.x - width : one.x
      return (left: left, right: left + width, top: one.y - 9, bottom: one.y + 3)
    }
    for (index, a) in boxes.enumerated() {
      for b in boxes[..<index] {
        #expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top)
      }
    }
    let alone = try places([.init(x: 0, y: 0), .init(x: 5, y: 5, label: "one"), .init(x: 10, y: 10)])
    #expect(alone.count == 1 && alone[0].anchor == "start")
  }

  @Test("a drawing is well-formed XML with axes' labels and every point, and text is escaped")
  func drawing() {
    let points = (1...7).map { ScatterChart.Point(x: Double($0), y: Double(10 - $0), note: "<script>\($0)") }
    let svg = Self.chart(points).svg
    #expect(Self.isWellFormed(svg))
    #expect(Self.circles(svg).count == 7)
    #expect(svg.contains("latency (ms)") && svg.contains("carbon (g)") && svg.contains("front &amp; more"))
    #expect(!svg.contains("<script>"))
    #expect(svg.contains("stroke-dasharray"))
  }

  @Test("stacked drawings keep axes of their own; horizontal bars reach from end to end and stay inside")
  func stacked() {
    let near = Self.chart([.init(x: 10, y: 1, across: 5...40), .init(x: 20, y: 2)], isLogarithmic: true)
    let far = Self.chart([.init(x: 1000, y: 70), .init(x: 2000, y: 80)])
    let svg = ScatterChart.stacked([near, far])
    #expect(Self.isWellFormed(svg) && svg.contains("viewBox=\"0 0 640 840\""))
    #expect(Self.circles(svg).count == 4 && svg.contains("translate(0 420)"))
    let bars = svg.matches(
      of: /<line x1="([0-9.]+)" x2="([0-9.]+)" y1="([0-9.]+)" y2="([0-9.]+)" style="stroke:var\(--c0\);opacity:.35"/)
    #expect(bars.count == 1)
    for bar in bars {
      #expect(bar.output.3 == bar.output.4)
      #expect((Double(bar.output.1) ?? 0) >= 66 && (Double(bar.output.2) ?? 999) <= 624)
    }
  }

  @Test("larger values lie further right and further up, evenly on a linear axis, by ratio on a logarithmic one")
  func places() {
    let values = [1.0, 10, 100]
    let points = values.map { ScatterChart.Point(x: $0, y: $0) }
    let linear = Self.circles(Self.chart(points).svg),
      logarithmic = Self.circles(Self.chart(points, isLogarithmic: true).svg)
    #expect(linear.count == 3 && logarithmic.count == 3)
    #expect(abs((linear[2].x - linear[1].x) / (linear[1].x - linear[0].x) - 10) < 0.1)
    #expect(abs((logarithmic[2].x - logarithmic[1].x) - (logarithmic[1].x - logarithmic[0].x)) < 0.2)
    #expect(linear[0].y > linear[1].y && linear[1].y > linear[2].y)
  }

  @Test("infinite and undefined points, zero on a logarithmic axis, one point and none are drawn without a fault")
  func odd() {
    for points in [[], [(1.0, 1.0)], [(Double.nan, 1.0), (.infinity, 2), (0, 0), (3, 4)], [(2, 2), (2, 2)]] {
      for isLogarithmic in [false, true] {
        let svg = Self.chart(points.map { .init(x: $0.0, y: $0.1) }, isLogarithmic: isLogarithmic).svg
        #expect(Self.isWellFormed(svg))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
      }
    }
  }
}
