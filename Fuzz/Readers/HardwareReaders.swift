import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPReproduction
import CLIPSystem

/// Accelerators, scenarios and the figures that they are priced with.
enum HardwareReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "design", file: "design.yaml", seeds: { try $0.folder("data/accelerators", "-base.yaml") },
        read: { path, _ in
          let design = try AcceleratorDesign(file: path)
          _ = try Assessor(in: Scenario.named("edge")).assess(model(), on: design, named: "design")
        }),
      Reader(
        name: "space", file: "space.yaml", seeds: { try $0.folder("data/accelerators", ".space.yaml") },
        read: { path, _ in
          let space = try DesignSpace(file: path)
          _ = space.count
        }),
      Reader(
        name: "scenario", file: "scenario.yaml", seeds: { try $0.folder("data/scenarios", ".yaml") },
        prepare: { try Sources.write(Array(hours.utf8), to: "\($0)/hours.csv") },
        read: { path, _ in try price(in: Scenario(file: path)) }),
      Reader(
        name: "scenario-uncertainty", file: "scenario.yaml", weight: 0.5,
        seeds: { sources in
          try sources.folder("data/scenarios", "edge.yaml").map { $0 + Array(uncertainty.utf8) }
        },
        read: { path, _ in try price(in: Scenario(file: path), draws: 100) }),
      Reader(
        name: "device", file: "device.yaml", seeds: { try $0.folder("data/devices", ".yaml") },
        read: { path, _ in
          let changes = [("boundary", "device"), ("device", path)].map {
            ScenarioChange($0.0, RecipeNode(word: $0.1, origin: "fuzz"))
          }
          try price(in: Scenario.named("battery-camera", changing: changes), draws: 100)
        }),
      Reader(
        name: "hours", file: "hours.csv", seeds: { _ in [Array(hours.utf8)] },
        read: { path, _ in _ = try HourlyIntensity(file: path) }),
      Reader(
        name: "golden-figures", file: "gemm.csv", weight: 0.05,
        seeds: {
          try $0.all("Tests/AcceleratorsTests/Fixtures/vector.csv", "Tests/AcceleratorsTests/Fixtures/conv.csv")
        },
        read: { path, _ in _ = try GoldenComparison(file: path, with: ReferenceCostModel()) }),
      table("dram", "dram.csv") { _ = try MemoryTable(file: $0) },
      table("fabs", "fabs.csv") { _ = try FabTable(file: $0) },
      table("grids", "grids.csv") { _ = try GridTable(file: $0).grid(nil) },
      table("uncertainty", "uncertainty.csv") { _ = try UncertaintyRanges(file: $0) },
    ]
      + ["processors.csv", "memory.csv", "packages.csv"].map { name in
        Reader(
          name: "carbon-\(name.dropLast(4))", file: name, weight: 0.3, seeds: { [try $0.bytes("data/carbon/\(name)")] },
          prepare: { folder in
            try Folder.make("\(folder)/carbon")
            for file in [
              "processors.csv", "memory.csv", "packages.csv", "grids.csv", "fabs.csv", "dram.csv", "uncertainty.csv",
            ] {
              try Sources.standard.copy("data/carbon/\(file)", to: "\(folder)/carbon/\(file)")
            }
          },
          read: { path, folder in
            try Sources.write(TextFile.bytes(of: path), to: "\(folder)/carbon/\(name)")
            setenv("CARBONCLIP_DATA", folder, 1)
            defer { setenv("CARBONCLIP_DATA", "\(Sources.standard.root)/data", 1) }
            if name == "packages.csv" { _ = try Packaging(ics: 3) } else { _ = try EnergyMeter(root: "\(folder)/none") }
          })
      }
      + ["components-22nm.csv", "physical.csv", "sram-22nm.csv"].map { name in
        Reader(
          name: "figures-\(name.prefix { $0 != "-" && $0 != "." })", file: name, weight: 0.3,
          seeds: { [try $0.bytes("data/technology/\(name)")] },
          read: { path, _ in
            let assessor = try Assessor(in: Scenario.named("edge"), figures: [path])
            _ = try assessor.assess(model(), on: AcceleratorDesign.named("edge-base"), named: "edge-base")
          })
      }
      + ["dram-devices.csv", "weight-memories.csv"].map { name in
        Reader(
          name: "memories-\(name.prefix { $0 != "-" })", file: name, weight: 0.3,
          seeds: { [try $0.bytes("data/technology/\(name)")] },
          read: { path, _ in
            let assessor = try Assessor(in: Scenario.named("edge"), figures: [path])
            var design = try AcceleratorDesign.named("edge-base")
            (design.weightsIn, design.dram) = ("flash", "hyperram-8mb")
            _ = try assessor.assess(model(), on: design, named: "edge-base")
          })
      }
      + ["family.csv", "hardware-search.csv", "claims.csv"].map { name in
        Reader(
          name: "paper-\(name.dropLast(4))", file: name, seeds: { [try $0.bytes("data/paper/\(name)")] },
          prepare: { folder in
            for file in ["family.csv", "hardware-search.csv", "claims.csv"] where file != name {
              try Sources.standard.copy("data/paper/\(file)", to: "\(folder)/\(file)")
            }
          },
          read: { _, folder in _ = try PublishedTables(folder: folder) })
      }
  }

  private static func model() throws -> CLIPConfiguration {
    try ModelDescription.read(file: "\(Sources.standard.root)/recipes/small-model.json").configuration
  }

  private static func table(_ name: String, _ file: String, _ read: @escaping (String) throws -> Void) -> Reader {
    Reader(
      name: "carbon-\(name)", file: file, seeds: { [try $0.bytes("data/carbon/\(file)")] },
      read: { path, _ in try read(path) })
  }

  private static func price(in scenario: Scenario, draws: Int? = nil) throws {
    let assessment = try Assessor(in: scenario).assess(
      model(), on: AcceleratorDesign.named("edge-base"), named: "edge-base")
    _ = "\(scenario.lifetime.summary) \(assessment.carbon.total)"
    if let draws { _ = try UncertaintyStudy([assessment.carbon], draws: draws, seed: 0).bands() }
  }

  private static let uncertainty =
    "uncertainty:\n  use-grid: uniform 20 %\n  epa: log-normal 10 %\n  yield: uniform 5 %\n"
  private static let hours = "hour,gco2e_per_kwh\n" + (0..<24).map { "\($0),\(300 + 10 * $0)\n" }.joined()
}
