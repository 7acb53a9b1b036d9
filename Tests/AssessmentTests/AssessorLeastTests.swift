import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import Testing

@Suite("The least of a space without pricing all of it")
struct AssessorLeastTests {
  private static func space() throws -> DesignSpace {
    try DesignSpace(
      Recipe.parse(
        """
        clusters: [1, 2]
        width: [32, 256]
        depth: [4, 16]
        l2: [64 KB, 256 KB]
        l2-bandwidth: [32 B/cycle, 128 B/cycle]
        buffer: [2 MB, 4 MB]
        """, origin: "space"))
  }

  private static let limits = [[], ["latency <= 40 ms"], ["latency <= 40 ms", "area < 6 mm2"], ["tops <= 1"]]

  @Test(
    "it is what a whole sweep finds", arguments: Assessor.Choice.allCases,
    ["ViT-B-32-quickgelu", "TinyCLIP-ViT-8M-16-Text-3M"])
  func same(choice: Assessor.Choice, name: String) throws {
    let model = try NamedModels.model(name).configuration, space = try Self.space()
    for scenario in ["edge", "paper", "camera"] {
      let assessor = try Assessor(choice, in: Scenario.named(scenario))
      for texts in Self.limits {
        let limits = try texts.map { try Limit($0) }
        let all = try assessor.assess(model, across: space, limits: limits, on: ThreadPool(threads: 2))
        for metric in Metric.allCases {
          let expected = all.least(metric)
          for threads in [1, 2] {
            let found = try assessor.least(
              metric, of: model, across: space, limits: limits, on: ThreadPool(threads: threads))
            #expect(found?.number == expected?.number, "\(metric), \(texts), \(threads) threads")
            #expect(found?.value(of: metric) == expected?.value(of: metric))
          }
        }
      }
    }
  }

  @Test("where no design is within the limits there is none", arguments: Assessor.Choice.allCases)
  func none(choice: Assessor.Choice) throws {
    let model = try NamedModels.model("ViT-B-32").configuration
    let found = try Assessor(choice, in: Scenario.named("edge")).least(
      .carbon, of: model, across: Self.space(), limits: [Limit("latency <= 1 us")], on: ThreadPool(threads: 2))
    #expect(found == nil)
  }

  @Test("an assessor that is moved says what one made there says", arguments: Assessor.Choice.allCases)
  func moved(choice: Assessor.Choice) throws {
    let model = try NamedModels.model("ViT-B-32").configuration, design = try AcceleratorDesign.named("edge-base")
    let first = try Assessor(choice, in: Scenario.named("edge"))
    for name in ["paper", "camera", "edge"] {
      let scenario = try Scenario.named(name)
      let moved = try first.moved(to: scenario).assess(model, on: design, named: "x")
      let made = try Assessor(choice, in: scenario).assess(model, on: design, named: "x")
      #expect(moved.carbon == made.carbon && moved.estimate == made.estimate)
    }
  }
}
