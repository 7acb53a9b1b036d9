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
