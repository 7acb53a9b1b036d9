import CLIPFiles
import Testing

@Suite("carbonclip list")
struct ListCommandTests {
  private static let kinds = [
    "models", "checkpoints", "recipes", "photographs", "designs", "spaces", "memories", "scenarios", "devices", "grids",
    "metrics", "strategies", "losses", "optimizers", "proposers", "formats",
  ]

  @Test("without a kind it lists the kinds")
  func all() throws {
    let outcome = try Program.run(["list", "--json"])
    let names = try JSONParser.parse(outcome.output).arrayValue?.compactMap { $0["name"]?.stringValue }
    #expect(names == Self.kinds)
  }

  @Test("every kind has names, and a line for each", arguments: kinds)
  func kind(_ kind: String) throws {
    let outcome = try Program.run(["list", kind, "--json"])
    let items = try #require(try JSONParser.parse(outcome.output).arrayValue)
    #expect(items.count > 1)
    for item in items {
      #expect(
        item["name"]?.stringValue?.isEmpty == false && item["description"]?.stringValue?.isEmpty == false, "\(item)")
    }
    let first = try #require(items.first?["name"]?.stringValue)
    #expect(try Program.run(["list", kind]).output.contains(first))
  }

  @Test(
    "every name that is listed is taken where it is said to be",
    arguments: [
      ("designs", ["estimate", "--model", "micro", "--design"]),
      ("scenarios", ["estimate", "--model", "micro", "--scenario"]),
      ("grids", ["estimate", "--model", "micro", "--grid"]),
    ])
  func taken(kind: String, command: [String]) throws {
    let items = try JSONParser.parse(try Program.run(["list", kind, "--json"]).output).arrayValue ?? []
    for item in items {
      let name = try #require(item["name"]?.stringValue)
      let outcome = try Program.run(command + [name, "--json"])
      #expect(outcome.status == 0, "\(name): \(outcome.errors)")
      if let intensity = item["gco2e_per_kwh"]?.doubleValue { #expect(intensity >= 0) }
    }
  }

  @Test("a design, space, scenario or recipe that is named whole is printed as its file")
  func files() throws {
    for (kind, name, file) in [
      ("designs", "edge-base", "data/accelerators/edge-base.yaml"),
      ("spaces", "camera", "data/accelerators/camera.space.yaml"),
      ("scenarios", "edge", "data/scenarios/edge.yaml"), ("devices", "mains-camera", "data/devices/mains-camera.yaml"),
      ("recipes", "quickstart", "recipes/quickstart.yaml"),
    ] {
      let text = try TextFile.text(of: "\(DocumentedCommands.root)/\(file)")
      #expect(try Program.run(["list", kind, name]).output.trimmed == text.trimmed)
    }
  }

  @Test("a text that is in some names shows those; one that is in none is answered with the nearest")
  func filters() throws {
    let grids = try Program.run(["list", "grids", "germ"])
    #expect(grids.output.contains("DE ") && !grids.output.contains("FR "), "\(grids.output)")
    let wrong = try Program.run(["list", "designs", "edge-bse"])
    #expect(wrong.status == 1 && wrong.errors.contains("did you mean \"edge-base\"?"), "\(wrong.errors)")
    let kind = try Program.run(["list", "desings"])
    #expect(kind.status == 64 && kind.errors.contains("did you mean \"designs\"?"), "\(kind.errors)")
    #expect(try Program.run(["list", "scenario"]).status == 0)
  }
}
