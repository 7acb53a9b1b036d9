import CLIPCarbonFootprint
import CLIPFiles
import Foundation
import Testing
import CLIPUnits

@Suite("Grids and figures")
struct GridTests {
  private func table(_ text: String) throws -> GridTable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("grids-\(UUID().uuidString).csv").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    do { return try GridTable(file: path) } catch var error as InputError {
      #expect(error.file == path)
      error.file = "grids.csv"
      throw error
    }
  }

  @Test("the table that comes with the toolkit: finite figures, sources, unique codes, many countries")
  func sanity() throws {
    let grids = try GridTable().grids
    #expect(Set(grids.map { $0.code.lowercased() }).count == grids.count)
    #expect(Set(grids.map { $0.name.lowercased() }).count == grids.count)
    for grid in grids {
      #expect(grid.intensity.value > 0 && grid.intensity.value < 1500, "\(grid.code)")
      #expect(!grid.source.isEmpty)
      #expect(!grid.isAssumed)
    }
    let countries = grids.filter { $0.code.count == 2 && $0.code != "EU" }
    #expect(countries.count >= 80)
    #expect(countries.allSatisfy { $0.code == $0.code.uppercased() && ($0.year ?? 0) >= 2022 })
    // What is known without the table: where power is coal, where it is water.
    let byCode = Dictionary(uniqueKeysWithValues: grids.map { ($0.code, $0.intensity.value) })
    let norway = try #require(byCode["NO"]), france = try #require(byCode["FR"]), germany = try #require(byCode["DE"])
    let world = try #require(byCode["WORLD"]), poland = try #require(byCode["PL"]), india = try #require(byCode["IN"])
    #expect(norway < france && france < germany && germany < world && world < poland && poland < india)
  }

  @Test(
    "ACT's own table can be had for comparison",
    arguments: [("act-taiwan", 642.0), ("act-iceland", 7.3), ("act-coal", 820)])
  func act(code: String, value: Double) throws {
    #expect(try GridTable().grid(code).intensity == GramsPerKilowattHour(value))
  }

  @Test("every key in the column source is explained in the file's head")
  func sourcesAreExplained() throws {
    for name in ["grids", "processors", "memory", "fabs", "dram", "packages", "uncertainty"] {
      let lines = try TextFile.lines(of: DataFolder.path("carbon/\(name).csv"))
      let head = lines.filter { $0.hasPrefix("#") }.joined(separator: "\n")
      for line in lines.drop(while: { $0.hasPrefix("#") }).dropFirst() {
        let key = try #require(line.split(separator: ",").last)
        #expect(head.contains("# \(key):"), "\(name): \(key)")
      }
    }
  }

  @Test("a grid is chosen by code, by name, in any case, or as a number")
  func choices() throws {
    let table = try GridTable()
    #expect(try table.grid("FR").name == "France")
    #expect(try table.grid("fr").code == "FR")
    #expect(try table.grid(" united kingdom ").code == "GB")
    let custom = try table.grid("56")
    #expect(custom.intensity == GramsPerKilowattHour(56))
    #expect(custom.code == GridIntensity.customCode && custom.source == "given by the user" && !custom.isAssumed)
    #expect(try table.grid("0").intensity == .zero)
    #expect(try table.grid("2000").intensity.value == 2000)
  }

  @Test("where no grid is named the world average stands in, loudly")
  func defaultGrid() throws {
    let grid = try GridTable().grid(nil)
    #expect(grid.code == "WORLD" && grid.isAssumed)
    #expect(grid.summary == "World average (WORLD, 2024): 473 gCO2e/kWh ASSUMED, as no grid was named")
    #expect(try !GridTable().grid("WORLD").isAssumed)
  }

  @Test(
    "wrong choices say what to do",
    arguments: [
      ("Germny", "grid: unknown place \"Germny\"; did you mean \"Germany\"?"),
      ("act-taiwn", "grid: unknown place \"act-taiwn\"; did you mean \"act-taiwan\"?"),
      ("-1", "grid: expected 0 to 2000 gCO2e/kWh, found -1; give the intensity in grams for each kilowatt-hour"),
      (
        "2000.1", "grid: expected 0 to 2000 gCO2e/kWh, found 2000.1; give the intensity in grams for each kilowatt-hour"
      ),
      ("nan", "grid: expected 0 to 2000 gCO2e/kWh, found nan; give the intensity in grams for each kilowatt-hour"),
      ("inf", "grid: expected 0 to 2000 gCO2e/kWh, found inf; give the intensity in grams for each kilowatt-hour"),
    ])
  func wrongChoices(choice: String, message: String) throws {
    let table = try GridTable()
    let error = try #require(throws: InputError.self) { try table.grid(choice) }
    #expect(error.description == message)
  }

  @Test("a choice near nothing is told where the codes are")
  func unknownChoice() throws {
    let error = try #require(throws: InputError.self) { try table(Self.own).grid("Atlantis") }
    #expect(error.description.hasPrefix("grid: unknown place \"Atlantis\"; give a code or name of "))
    #expect(error.description.hasSuffix(", such as HOME, or a number"))
  }

  private static let own = "# ours\nsource,code,name,year,gco2e_per_kwh\nmeter,HOME,\"Our roof, mostly\",,12.5\n"

  @Test("the user's own file serves, with its columns in any order")
  func ownFile() throws {
    let grid = try table(Self.own).grid("home")
    #expect(
      grid
        == GridIntensity(
          code: "HOME", name: "Our roof, mostly", intensity: GramsPerKilowattHour(12.5), source: "meter"))
  }

  @Test(
    "a damaged file is named with line and column",
    arguments: [
      ("", "grids.csv: has no rows of figures"),
      ("code,name,year,gco2e_per_kwh,source\n", "grids.csv: has no rows of figures"),
      (
        "code,name,year,source\n",
        "grids.csv: line 1: column \"gco2e_per_kwh\" is missing; the first line that is no comment must name code, name, year, gco2e_per_kwh, source"
      ),
      ("code,name,year,gco2e_per_kwh,source\nA,B,2020,1\n", "grids.csv: line 2: expected 5 fields, found 4"),
      (
        "code,name,year,gco2e_per_kwh,source\nA,B,2020,many,me\n",
        "grids.csv: line 2, column gco2e_per_kwh: expected a number from 0.0 to 2000.0, found \"many\""
      ),
      (
        "code,name,year,gco2e_per_kwh,source\nA,B,2020,inf,me\n",
        "grids.csv: line 2, column gco2e_per_kwh: expected a number from 0.0 to 2000.0, found \"inf\""
      ),
      (
        "code,name,year,gco2e_per_kwh,source\nA,B,soon,1,me\n",
        "grids.csv: line 2, column year: expected a whole number from 1900 to 2200, found \"soon\""
      ),
      (
        "code,name,year,gco2e_per_kwh,source\nA,B,2020,1,\n",
        "grids.csv: line 2, column source: is empty; expected some text"
      ),
      (
        "code,name,year,gco2e_per_kwh,source\nA,B,2020,1,me\na,C,2020,1,me\n",
        "grids.csv: line 3, column code: code \"a\" stands already in line 2"
      ),
    ])
  func damagedFiles(text: String, message: String) throws {
    let error = try #require(throws: InputError.self) { try table(text) }
    #expect(error.description == message)
  }
}
