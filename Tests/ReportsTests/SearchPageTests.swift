import CLIPFiles
import Foundation
#if canImport(FoundationXML)
  import FoundationXML
#endif
import CLIPReports
import CLIPSearch
import Testing
import CLIPUnits

@Suite("Search page")
struct SearchPageTests {
  /// What an XML reader saw: text by element, attributes by name.
  private final class Reader: NSObject, XMLParserDelegate {
    var text = "", elements: [String: Int] = [:], attributes: [(element: String, name: String, value: String)] = []

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements[element, default: 0] += 1
      for (name, value) in attributes { self.attributes.append((element, name, value)) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  /// Nil where the page is no well-formed XML.
  private static func read(_ html: String) -> Reader? {
    let reader = Reader(), parser = XMLParser(data: Data(html.utf8))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  /// Puts a page where a person can look at it: into the folder that CARBONCLIP_PAGES names, where it is set.
  private static func keep(_ html: String, _ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["CARBONCLIP_PAGES"] else { return }
    try html.write(toFile: "\(folder)/\(name).html", atomically: true, encoding: .utf8)
  }

  /// No coordinate, length or path holds what is no number.
  private static func badCoordinate(_ reader: Reader) -> String? {
    let places: Set = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "d", "viewBox", "style"]
    let bad = reader.attributes.first { one in
      places.contains(one.name) && ["nan", "inf", "–", "e+", "e-"].contains { one.value.contains($0) }
    }
    return bad.map { "\($0.element) \($0.name) \($0.value)" }
  }

  @Test("a whole search is one well-formed page that fetches nothing")
  func whole() throws {
    let html = SearchPage(SearchSample.summary(), files: [("the front", "front.csv")]).html()
    try Self.keep(html, "whole")
    let reader = try #require(Self.read(html))
    #expect(html.utf8.count < 1_000_000)
    for outside in ["http:", "https:", "src=", "@import", "url(", "fetch("] {
      #expect(!html.contains(outside), "\(outside)")
    }
    #expect(html.contains("Content-Security-Policy") && html.contains("default-src 'none'"))
    #expect(Self.badCoordinate(reader) == nil)
    // Ids are unique, and every link leads somewhere.
    let ids = reader.attributes.filter { $0.name == "id" }.map(\.value)
    #expect(Set(ids).count == ids.count)
    let links = reader.attributes.filter { $0.name == "href" && $0.value.hasPrefix("#") }.map {
      String($0.value.dropFirst())
    }
    #expect(links.count > 30)
    #expect(links.allSatisfy { Set(ids).contains($0) })
  }

  @Test("every design of the front is a row of the table and a point of each drawing, with units on all figures")
  func front() throws {
    let summary = SearchSample.summary()
    let html = SearchPage(summary).html()
    #expect(summary.front.count > 5)
    for (index, point) in summary.front.enumerated() {
      let letter = String(UnicodeScalar(UInt8(65 + index)))
      let row = try #require(
        html.components(separatedBy: "<tr id=\"design-\(letter)\"").dropFirst().first?.components(separatedBy: "</tr>")
          .first)
      #expect(html.components(separatedBy: "href=\"#design-\(letter)\"").count - 1 == 3)
      let accuracy = try #require(point.measurement).int8
      let expected = [
        "trial \(point.trial)<", point.model, point.accelerator, "\(point.costs.latency)", "\(point.costs.energy)",
        "\(point.costs.area)", "\(point.costs.power)", "\(point.costs.carbon)",
        String(format: "%.1f ± %.1f %%", 100 * accuracy.mean, 100 * accuracy.standardError),
      ]
      for text in expected { #expect(row.contains(text), "\(letter): \(text)") }
    }
    #expect(html.components(separatedBy: "recommended</span>").count - 1 == 1)
  }

  @Test("the front's table has the model behind the design's letter, and twelve rows at first where there are many")
  func foldedTable() throws {
    var summary = SearchSample.summary()
    let table = { (html: String) -> String? in
      html.components(separatedBy: "aria-label=\"The front as a table\"").dropFirst().first?
        .components(separatedBy: "</table>").first
    }
    let few = try #require(table(SearchPage(summary).html()))
    let point = try #require(summary.front.first)
    #expect(!few.contains("data-fold"))
    // The letter's cell is followed by the model's, with its accelerator below.
    let row = few.components(separatedBy: "<tr id=\"design-A\"").last ?? ""
    let cells = row.components(separatedBy: "<td")
    #expect(cells.count > 6 && cells[1].contains(point.model) && cells[1].contains(point.accelerator))
    #expect(row.contains("title=\"") == !point.details.isEmpty)
    while summary.front.count < 15 { summary.front.append(point) }
    #expect(try #require(table(SearchPage(summary).html())).contains("data-fold=\"12\""))
  }

  @Test("what is in a search is said: answer, comparisons, sensitivity, test, fit, axes, footprint, trials")
  func parts() throws {
    let html = SearchPage(SearchSample.summary()).html()
    let reader = try #require(Self.read(html))
    for text in [
      "Searched for accuracy, total carbon (mode carbon)", "18,432 shapes", "4,320 accelerators (edge)", "1 failed",
      "Against the dense model", "optimal in", "stays best", "B, trial 17 on 1 x 8x16", "In 1 of 6 cases",
      "rank correlation", "two standard deviations", "vision-layers", "The search is repaid after".lowercased(),
      "the loss is no number from step 31 on", "60 trials", "39.4 gCO2e", "83.2 Wh", "seed", "scenes:val",
    ] {
      #expect(reader.text.contains(text), "\(text)")
    }
    #expect(!reader.text.contains("nan") && !reader.text.contains(" inf "))
  }

  @Test("the page of a search at work says how far it is and loads itself again; another does neither")
  func atWork() throws {
    var summary = SearchSample.summary()
    #expect(!SearchPage(summary).html().contains("http-equiv=\"refresh\""))
    summary.progress = SearchProgress(
      finished: 7, failed: 1, running: 2, budget: 60, times: [.init(0, 60), .init(60, 120)])
    let html = SearchPage(summary).html()
    try Self.keep(html, "at-work")
    let reader = try #require(Self.read(html))
    #expect(
      reader.text.contains("The search is at work: 7 of 60 trials finished, 1 failed, 2 running; about 26"),
      "\(reader.text.prefix(2000))")
    let meta = reader.attributes.filter { $0.element == "meta" && $0.name == "http-equiv" }.map(\.value)
    #expect(meta.contains("refresh"))
    #expect(reader.attributes.contains { $0.element == "progress" && $0.name == "value" && $0.value == "8" })
    // What is left of it once the search has stopped is the page that would be written then.
    summary.progress = nil
    #expect(SearchPage.stopped(html) == SearchPage(summary).html())
  }

  @Test("a search with nothing in it says so in every part")
  func empty() throws {
    var summary = SearchSummary(title: "nothing")
    summary.reasons[.fit] = "A model of accuracy needs <five> trials."
    let html = SearchPage(summary).html()
    try Self.keep(html, "empty")
    let reader = try #require(Self.read(html))
    #expect(reader.elements["svg"] == nil && reader.elements["table"] == nil)
    let missing = reader.attributes.filter { $0.name == "class" && $0.value == "missing" }
    #expect(missing.count >= 9)
    #expect(reader.text.contains("A model of accuracy needs <five> trials."))
    #expect(reader.text.contains("no trial was made yet"))
    #expect(reader.text.contains("0 trials"))
  }

  @Test("a single trial is drawn, with and without a standard error")
  func single() throws {
    for error in [.nan, 0.01] {
      var summary = SearchSummary(title: "one")
      var trial = SearchSummary.Trial(number: 0, origin: "initial", state: .done, sizes: [])
      trial.measurement = SearchSample.measured(float32: 0.4, int8: 0.4, error: error)
      trial.best = ("a", SearchSample.costs(1, 1))
      summary.trials = [trial]
      summary.front = [
        .init(
          trial: 0, model: "m", accelerator: "a", costs: SearchSample.costs(1, 1), measurement: trial.measurement)
      ]
      summary.front[0].isChosen = true
      summary.hypervolume = [(trial: 0, value: 0)]
      summary.fit = [.init(trial: 0, measured: 0.4, predicted: 0.4, standardDeviation: 0)]
      summary.axisEffects = [.init(axis: "a", sizes: [(1, 0.4, 0)])]
      let html = SearchPage(summary).html()
      try Self.keep(html, "single")
      let reader = try #require(Self.read(html))
      #expect(Self.badCoordinate(reader) == nil)
      #expect(reader.text.contains("1 trial; the search has not ended yet."))
      #expect(reader.text.contains("The design that no other beats"))
    }
  }

  static let hostile =
    "<script>alert('x')</script> \"quoted\" & a\nb \u{0}\u{1B}[31m \u{202E}evil \u{05E9}\u{05DC} ]]> \u{FFFF} "
    + String(repeating: "w", count: 200)

  @Test("names are escaped wherever they stand, whatever they hold")
  func escaping() throws {
    var summary = SearchSample.summary()
    let name = Self.hostile
    summary.title = name
    summary.choice = name
    summary.question.scenario = name
    summary.question.mode = name
    summary.question.objectives = [name]
    summary.question.limits = [name]
    summary.question.pretrained = name
    summary.question.hardware = name
    summary.question.data = [(name, name)]
    summary.axes[0].name = name
    summary.axisEffects[0].axis = name
    summary.trials[0].origin = name
    summary.trials[0].failure = name
    summary.trials[0].best?.accelerator = name
    summary.hypervolumeUnit = name
    for index in summary.front.indices {
      summary.front[index].model = name
      summary.front[index].accelerator = name
      summary.front[index].details = [name]
    }
    summary.dense?.model = name
    summary.sensitivity[0] = .init(
      name, stated: name, low: .init(name, carbon: KilogramsCO2e(1), better: name),
      high: .init(name, carbon: KilogramsCO2e(2)))
    summary.testAccuracies[0].model = name
    summary.cost?.spent?.method = name
    summary.cost?.spent?.grid.name = name
    let html = SearchPage(summary, files: [(name, "javascript:alert(1)"), (name, "a\"b<c>.csv")]).html()
    try Self.keep(html, "hostile")
    let reader = try #require(Self.read(html))
    // The page's own, and no other.
    #expect(reader.elements["script"] == 1)
    #expect(!html.contains("<script>alert"))
    #expect(!html.contains("\u{202E}") && !html.contains("\u{1B}") && !html.contains("\u{0}"))
    #expect(!html.contains("href=\"javascript:"))
    #expect(reader.attributes.allSatisfy { !$0.name.hasPrefix("on") })
    #expect(reader.text.contains("<script>alert('x')</script> \"quoted\" & a b"))
    let table = SearchTable(summary).text
    #expect(table.split(separator: "\n").count == summary.front.count + 4)
    #expect(!table.contains("\u{1B}") && !table.contains("\u{202E}"))
  }

  @Test(
    "figures that are no numbers reach no coordinate",
    arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300, 0, Double.leastNonzeroMagnitude])
  func oddFigures(value: Double) throws {
    var summary = SearchSample.summary()
    let odd = SearchSummary.Costs(
      latency: Seconds(value), energy: Joules(value), area: SquareMillimeters(value), power: Watts(value),
      embodied: KilogramsCO2e(value), operational: KilogramsCO2e(value))
    summary.front[0].costs = odd
    summary.front[1].measurement?.int8 = SearchSample.measured(float32: 0, int8: value, error: value).int8
    summary.front[2].band = SearchSample.band(KilogramsCO2e(value), KilogramsCO2e(value))
    summary.front[3].measurement = nil
    summary.dense?.costs = odd
    summary.cloud[0] = .init(
      trial: 0, accuracy: value, carbon: KilogramsCO2e(value), latency: Seconds(value), energy: Joules(value))
    summary.hypervolume[0].value = value
    summary.fit[0] = .init(trial: 0, measured: value, predicted: value, standardDeviation: value)
    summary.fit[1].standardDeviation = value
    summary.axisEffects[0].sizes[0] = (.min, value, value)
    summary.axisEffects[1].sizes[0] = (.max, 0.4, value)
    summary.sensitivity[0].low.carbon = KilogramsCO2e(value)
    summary.trials[0].measurement?.parameters = .min
    summary.trials[0].measurement?.times.training = value
    summary.cost?.spent?.carbon = KilogramsCO2e(value)
    let reader = try #require(Self.read(SearchPage(summary).html()))
    #expect(Self.badCoordinate(reader) == nil)
    let json = JSONValue.object(summary.json).text()
    #expect(throws: Never.self) { try JSONParser.parse(json) }
    let csv = summary.csvFront() + summary.csvTrials()
    #expect(!csv.contains(",nan") && !csv.contains(",inf,") && !csv.contains(",-inf"))
    #expect(!SearchTable(summary).text.contains("nan"))
  }

  /// Both coordinates of each design of the front in each of the three drawings, in the table's order.
  private static func places(_ html: String) -> [[(x: Double, y: Double)]] {
    html.components(separatedBy: "<div class=\"panel ").dropFirst().map { panel in
      panel.components(separatedBy: "</svg>")[0]
        .matches(of: /data-design="([A-Z]+)"[^>]*><circle class="reach" cx="([-0-9.]+)" cy="([-0-9.]+)"/)
        .sorted { ($0.output.1.count, $0.output.1) < ($1.output.1.count, $1.output.1) }
        .compactMap { match in
          guard let x = Double(match.output.2), let y = Double(match.output.3) else { return nil }
          return (x, y)
        }
    }
  }

  @Test("more carbon, latency or energy lies further right, more accuracy further up, all inside the drawing")
  func places() throws {
    let summary = SearchSample.summary()
    let panels = Self.places(SearchPage(summary).html())
    #expect(panels.count == 3)
    let costs: [KeyPath<SearchSummary.Costs, Double>] = [\.carbon.value, \.latency.value, \.energy.value]
    for (panel, cost) in zip(panels, costs) {
      #expect(panel.count == summary.front.count)
      #expect(panel.allSatisfy { (50...548).contains($0.x) && (30...334).contains($0.y) })
      for a in panel.indices {
        for b in panel.indices {
          let x = summary.front[a].costs[keyPath: cost] - summary.front[b].costs[keyPath: cost]
          let y = (summary.front[a].measurement?.int8.mean ?? 0) - (summary.front[b].measurement?.int8.mean ?? 0)
          // Places are rounded to a tenth.
          if x > 0 { #expect(panel[a].x >= panel[b].x - 0.11) }
          if y > 0 { #expect(panel[a].y <= panel[b].y + 0.11) }
        }
      }
    }
  }

  /// By hand: squared errors 0, 0 and 0.01; the measured values' squares around their mean sum to 0.02.
  @Test("the fit is told with its error, what it explains, its ranks and how sure it may be")
  func fit() {
    var summary = SearchSummary(title: "t")
    for (number, (measured, predicted)) in [(0.1, 0.1), (0.2, 0.2), (0.3, 0.4)].enumerated() {
      summary.fit.append(
        .init(trial: number, measured: measured, predicted: predicted, standardDeviation: 0.04))
    }
    let html = SearchPage(summary).html()
    #expect(
      html.contains(
        "3 trials: error 5.77 points (root mean square), R² 0.50, rank correlation 1.00; 66.7 % lie within two standard "
          + "deviations, where 95 % should."))
    summary.fit = summary.fit.map {
      .init(trial: $0.trial, measured: $0.measured, predicted: 0.5 - $0.measured, standardDeviation: 1)
    }
    #expect(SearchPage(summary).html().contains("rank correlation −1.00; 100 % lie within"))
  }

  @Test("the search is repaid after its carbon over what one device saves, rounded up; never, where nothing is saved")
  func repaid() throws {
    var summary = SearchSample.summary()
    let found = summary.front.first { $0.isChosen }
    let dense = try #require(summary.dense)
    let chosen = try #require(found)
    let saved = dense.costs.carbon - chosen.costs.carbon
    summary.cost?.spent?.carbon = saved * 259.5
    #expect(SearchPage(summary).html().contains("repaid after 260 devices"))
    summary.dense?.costs = chosen.costs
    #expect(!SearchPage(summary).html().contains("repaid"))
  }

  @Test("a large search keeps the page small: dots and bars are thinned, every design stays in the table")
  func large() throws {
    var summary = SearchSample.summary()
    let point = summary.front[0], dot = summary.cloud[0]
    summary.front = (0..<300).map { index in
      var point = point
      point.costs.operational = KilogramsCO2e(0.1 * (1 + Double(index) * Double(index) / 500))
      point.costs.latency = Seconds(0.001 * Double(1 + index))
      point.measurement = SearchSample.measured(float32: 0.2, int8: 0.2 + 0.001 * Double(index), error: 0.001)
      point.isChosen = index == 100
      return point
    }
    summary.cloud = (0..<20_000).map { index in
      var dot = dot
      dot.accuracy = 0.2 + 0.3 * Double(index * 7 % 1000) / 1000
      dot.carbon = KilogramsCO2e(0.2 + 0.001 * Double(index * 13 % 17_000))
      return dot
    }
    let html = SearchPage(summary).html()
    try Self.keep(html, "large")
    let reader = try #require(Self.read(html))
    #expect(html.utf8.count < 3_000_000)
    #expect(html.components(separatedBy: "<tr id=\"design-").count - 1 == 300)
    #expect(html.components(separatedBy: "<span class=\"who\">").count - 1 == 26)
    #expect(html.components(separatedBy: "class=\"dot\"").count - 1 <= 3 * 1501)
    #expect(html.contains("id=\"design-KN\"") && !html.contains("id=\"design-KO\""))
    #expect(Self.badCoordinate(reader) == nil)
    let ids = reader.attributes.filter { $0.name == "id" }.map(\.value)
    #expect(Set(ids).count == ids.count)
  }

  @Test("a search of accelerators alone is drawn as carbon against latency and energy")
  func hardwareAlone() throws {
    var summary = SearchSample.summary()
    let measured = summary.front[0].measurement
    for index in summary.front.indices {
      summary.front[index].measurement = index == 0 ? nil : measured
      summary.front[index].costs.latency = Seconds(0.02 / Double(index + 1))
    }
    let html = SearchPage(summary).html()
    try Self.keep(html, "hardware")
    let reader = try #require(Self.read(html))
    let panels = Self.places(html)
    #expect(panels.count == 2 && panels.allSatisfy { $0.count == summary.front.count })
    // The front ascends in carbon, and its latency falls.
    #expect(zip(panels[0], panels[0].dropFirst()).allSatisfy { $0.x > $1.x && $0.y > $1.y })
    #expect(reader.text.contains("total carbon (gCO2e)") && reader.text.contains("latency (ms)"))
    #expect(Self.badCoordinate(reader) == nil)
  }

  @Test("a dense model on the front is told once, an optimum that is another's too, and unknown columns are left out")
  func told() throws {
    var summary = SearchSample.summary()
    summary.testAccuracies = []
    #expect(SearchPage(summary).html().contains(">dense</th>"))
    let first = summary.front[0]
    summary.dense = first
    summary.comparisons = [.init(leastAccuracy: 0.3, rows: [(.carbon, first), (.energy, first)])]
    let html = SearchPage(summary).html()
    let reader = try #require(Self.read(html))
    #expect(!html.contains(">dense</th>") && !html.contains("<span class=\"who\">dense"))
    #expect(html.contains("trial \(first.trial), dense"))
    #expect(reader.text.contains("energythe same design") && !reader.text.contains("carbonthe same design"))
  }
}
