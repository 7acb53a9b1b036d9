import CLIPFiles
import CLIPReports
import CLIPSearch
import Testing
import CLIPUnits

@Suite("Search tables")
struct SearchTablesTests {
  private static func rows(_ csv: String) throws -> [[String: String]] {
    var header: [String] = [], rows: [[String: String]] = []
    try DelimitedText.forEachRow(in: csv, separator: UInt8(ascii: ",")) { row in
      let fields = (0..<row.count).map { row.text(at: $0) ?? "?" }
      if header.isEmpty {
        header = fields
      } else {
        #expect(fields.count == header.count)
        rows.append(Dictionary(zip(header, fields)) { $1 })
      }
    }
    return rows
  }

  @Test("the front's CSV reads back to the same figures and names, hostile ones too")
  func frontRoundTrip() throws {
    var summary = SearchSample.summary()
    summary.front[0].model = SearchPageTests.hostile
    summary.front[1].band = nil
    let rows = try Self.rows(summary.csvFront())
    #expect(rows.count == summary.front.count)
    for (row, point) in zip(rows, summary.front) {
      #expect(row["model"] == point.model)
      #expect(row["trial"] == "\(point.trial)")
      #expect(row["latency_s"].flatMap { Double($0) } == point.costs.latency.value)
      #expect(row["energy_j"].flatMap { Double($0) } == point.costs.energy.value)
      #expect(row["total_kgco2e"].flatMap { Double($0) } == point.costs.carbon.value)
      #expect(row["p95_kgco2e"].flatMap { Double($0) } == point.band?.high.value)
      #expect(row["int8_accuracy"].flatMap { Double($0) } == point.measurement?.int8.mean)
      #expect(row["is_recommended"] == (point.isChosen ? "1" : "0"))
    }
    #expect(rows[0]["design"] == "A" && rows[1]["p5_kgco2e"] == "")
  }

  @Test("no name of a table is a formula to a spreadsheet")
  func formulas() throws {
    var summary = SearchSample.summary()
    for (index, text) in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"].enumerated() {
      summary.trials[index].failure = text
      summary.trials[index].origin = text
      summary.front[0].model = text
      let trial = try Self.rows(summary.csvTrials())[index], point = try Self.rows(summary.csvFront())[0]
      #expect(trial["failure"] == "'" + text && trial["origin"] == "'" + text && point["model"] == "'" + text)
    }
    // Figures stay figures, below zero too.
    summary.front[0].model = "image 6"
    summary.front[0].costs.energy = Joules(-0.5)
    let row = try Self.rows(summary.csvFront())[0]
    #expect(row["model"] == "image 6" && row["energy_j"] == "-0.5")
  }

  @Test("what was taken over is beside what was spent, in JSON, table and page; the making of each model is a row's")
  func takenOver() throws {
    var summary = SearchSample.summary()
    summary.trials[3].isTakenOver = true
    var making = SearchSample.footprint(Seconds(60), KilowattHours(Joules(300)), KilogramsCO2e(4e-5))
    making.processorTime = Seconds(110)
    summary.trials[3].measurement?.footprint = making
    var taken = SearchCost.TakenOver()
    (taken.count, taken.wall, taken.unknown) = (7, Seconds(3600), 2)
    (taken.energy, taken.carbon) = (Joules(KilowattHours(0.05)), KilogramsCO2e(0.02))
    summary.cost?.takenOver = taken
    let json = JSONValue.object(summary.json)["footprint"]
    #expect(json?["carbon_kgco2e"]?.doubleValue == 0.0394)
    #expect(json?["taken_over"]?["carbon_kgco2e"]?.doubleValue == 0.02)
    #expect(abs((json?["total"]?["carbon_kgco2e"]?.doubleValue ?? 0) - 0.0594) < 1e-12)
    #expect(abs((json?["total"]?["time_s"]?.doubleValue ?? 0) - 11490) < 1e-9)
    let row = try Self.rows(summary.csvTrials())[3]
    #expect(row["taken_over"] == "1" && row["making_wall_s"] == "60.0" && row["making_cpu_s"] == "110.0")
    #expect(
      row["making_energy_j"].flatMap { Double($0) }.map { abs($0 - 300) < 1e-9 } == true
        && row["making_kgco2e"] == "4e-05")
    let html = SearchPage(summary).html()
    for text in [
      "59.4 gCO2e", "This search itself spent 39.4 gCO2e", "7 of its models had been made by earlier searches",
      "20.0 gCO2e", "The energy of 2 is not known.",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test("test data is the headline; an answer that loses more there than its rule accepts is told so")
  func headline() throws {
    var summary = SearchSample.summary()
    summary.acceptedLoss = 0.02
    let chosen = try #require(summary.front.first { $0.isChosen })
    summary.testAccuracies = [
      .init(
        trial: chosen.trial, model: "m", validation: try #require(chosen.measurement),
        test: SearchSample.measured(float32: 0.41, int8: 0.4, error: 0.006)),
      .init(
        trial: 60, model: "whole", validation: try #require(summary.dense?.measurement),
        test: SearchSample.measured(float32: 0.46, int8: 0.45, error: 0.006)),
    ]
    let broken = SearchPage(summary).html(), table = SearchTable(summary).text
    let warning = "loses 5.00 points of accuracy, more than the 2.00 that the search accepts"
    #expect(broken.contains("class=\"warning\"") && broken.contains(warning) && table.contains("warning: "))
    #expect(broken.contains("accuracy on test data, int8") && table.contains("−5.0 points (int8)"))
    let place = try #require(broken.range(of: "accuracy on test data, int8"))
    #expect(broken[place.upperBound...].prefix(200).contains("40.0 ± 0.6 %"))
    summary.acceptedLoss = 0.06
    #expect(!SearchPage(summary).html().contains("class=\"warning\"") && !SearchTable(summary).text.contains("warning"))
    summary.testAccuracies = []
    let untested = SearchPage(summary).html()
    #expect(untested.contains("accuracy on validation data, int8") && !untested.contains("accuracy on test data"))
  }

  @Test("where nothing is recommended for a reason, the reason stands in the answer's place")
  func chance() {
    var summary = SearchSample.summary()
    for index in summary.front.indices { summary.front[index].isChosen = false }
    summary.warnings = ["No design is recommended: the models cannot be told from guessing."]
    #expect(SearchPage(summary).html().contains("cannot be told from guessing"))
    #expect(SearchTable(summary).text.contains("warning: No design is recommended"))
  }

  @Test("the trials' CSV has a column an axis, and what is not known is empty")
  func trialsRoundTrip() throws {
    let summary = SearchSample.summary()
    let rows = try Self.rows(summary.csvTrials())
    #expect(rows.count == 60)
    for (row, trial) in zip(rows, summary.trials) {
      #expect(summary.axes.indices.allSatisfy { row[summary.axes[$0].name] == "\(trial.sizes[$0])" })
      #expect(row["state"] == trial.state.rawValue)
      #expect(row["training_s"].flatMap { Double($0) } == trial.measurement?.times.training ?? 0)
    }
    #expect(rows[23]["int8_accuracy"] == "" && rows[23]["failure"]?.hasPrefix("training:") == true)
    #expect(rows[41]["state"] == "infeasible" && rows[41]["total_kgco2e"] == "")
  }

  @Test("the JSON holds all of it and reads back to itself")
  func json() throws {
    let summary = SearchSample.summary()
    let value = JSONValue.object(summary.json)
    let again = try JSONParser.parse(value.text(indentation: 2))
    #expect(again.text() == value.text())
    #expect(again["trials"]?.arrayValue?.count == 60)
    #expect(again["front"]?.arrayValue?.count == summary.front.count)
    #expect(again["dense"]?["costs"]?["total_kgco2e"]?.doubleValue == summary.dense?.costs.carbon.value)
    #expect(again["question"]?["seed"]?.intValue == 0)
    #expect(again["footprint"]?["energy_kwh"]?.doubleValue == 0.0832)
    let chosen = again["front"]?.arrayValue?.filter { $0["is_recommended"]?.boolValue == true }
    #expect(chosen?.count == 1)
  }

  @Test("the terminal's table is aligned, a line a design, the recommended one marked")
  func table() {
    var summary = SearchSummary(title: "t")
    let costs = SearchSummary.Costs(
      latency: Seconds(0.0123), energy: Joules(0.00456), area: SquareMillimeters(7.89), power: Watts(0.5),
      embodied: KilogramsCO2e(0.1), operational: KilogramsCO2e(0.2))
    var small = SearchSummary.Point(
      trial: 7, model: "small", accelerator: "1 x 8x8", costs: costs,
      measurement: SearchSample.measured(float32: 0.4123, int8: 0.4123))
    small.band = SearchSample.band(KilogramsCO2e(0.25), KilogramsCO2e(1.5))
    small.isChosen = true
    summary.front = [small, .init(trial: 12, model: "smaller\nstill", accelerator: "2 x 16x16", costs: costs)]
    let expected = """
           trial      accuracy      carbon                     5-95 %  latency   energy      area  parameters  accelerator  model
      * A      7  41.2 ± 0.6 %  300 gCO2e  250 gCO2e – 1.50 kgCO2e  12.3 ms  4.56 mJ  7.89 mm²      5.43 M  1 x 8x8      small
        B     12             –  300 gCO2e                        –  12.3 ms  4.56 mJ  7.89 mm²           –  2 x 16x16    smaller still
      * recommended
      accuracy: mean recall@1, int8 on the validation data, one standard error
      """
    let words = { (text: String) in text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) } }
    let found = SearchTable(summary).text
    #expect(words(found) == words(expected))
    let lines = found.split(separator: "\n")
    #expect(
      lines[1].distance(
        from: lines[1].startIndex, to: lines[1].firstRange(of: "1 x 8x8")?.lowerBound ?? lines[1].startIndex)
        == lines[0].distance(
          from: lines[0].startIndex, to: lines[0].firstRange(of: "accelerator")?.lowerBound ?? lines[0].startIndex))
    #expect(SearchTable(SearchSummary(title: "t")).text == "There is no front: no trial was made yet.")
  }
}
