import Files
import Reports
import Testing
import Units

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
      #expect(row["trial"].flatMap { Int($0) } == point.trial)
      #expect(row["latency_s"].flatMap { Double($0) } == point.costs.latency.value)
      #expect(row["energy_j"].flatMap { Double($0) } == point.costs.energy.value)
      #expect(row["total_kgco2e"].flatMap { Double($0) } == point.costs.carbon.value)
      #expect(row["p95_kgco2e"].flatMap { Double($0) } == point.band?.high.value)
      #expect(row["int8_accuracy"].flatMap { Double($0) } == point.accuracies.int8?.value)
      #expect(row["is_recommended"] == (point.isChosen ? "1" : "0"))
    }
    #expect(rows[0]["design"] == "A" && rows[1]["p5_kgco2e"] == "")
  }

  @Test("the trials' CSV has a column an axis, and what is not known is empty")
  func trialsRoundTrip() throws {
    let summary = SearchSample.summary()
    let rows = try Self.rows(summary.csvTrials())
    #expect(rows.count == 60)
    for (row, trial) in zip(rows, summary.trials) {
      #expect(summary.axes.indices.allSatisfy { row[summary.axes[$0].name] == "\(trial.sizes[$0])" })
      #expect(row["state"] == trial.state.rawValue)
      #expect(row["training_s"].flatMap { Double($0) } == trial.stages.training.value)
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
    summary.front = [
      .init(
        trial: 7, model: "small", accelerator: "1 x 8x8", costs: costs,
        band: .init(low: KilogramsCO2e(0.25), high: KilogramsCO2e(1.5)),
        accuracies: .init(int8: .init(0.4123, standardError: 0.0064)), parameters: 5_432_100, isChosen: true),
      .init(trial: 12, model: "smaller\nstill", accelerator: "2 x 16x16", costs: costs, accuracies: .init()),
    ]
    let expected = """
           trial      accuracy      carbon                     5-95 %  latency   energy      area  parameters  accelerator  model
      * A      7  41.2 ± 0.6 %  300 gCO2e  250 gCO2e – 1.50 kgCO2e  12.3 ms  4.56 mJ  7.89 mm²      5.43 M  1 x 8x8      small
        B     12             –  300 gCO2e                        –  12.3 ms  4.56 mJ  7.89 mm²           –  2 x 16x16    smaller still
      * recommended
      accuracy: mean recall@1, int8, one standard error
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
