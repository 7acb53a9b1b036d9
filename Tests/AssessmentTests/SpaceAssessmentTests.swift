import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import Testing
import CLIPUnits

@Suite("A model on a space of designs")
struct SpaceAssessmentTests {
  private static let pool = ThreadPool(threads: 2)

  private static func space() throws -> DesignSpace {
    try DesignSpace(
      Recipe.parse(
        """
        clusters: [1, 2]
        width: [32, 64, 256]
        depth: [4, 16]
        l2: [64 KB, 256 KB]
        l2-bandwidth: 64 B/cycle
        buffer: [2 MB, 4 MB]
        """, origin: "space"))
  }

  private static func found(_ limits: [String] = []) throws -> SpaceAssessment {
    let model = try ModelDescription.resolve("TinyCLIP-ViT-8M-16-Text-3M").configuration
    return try Assessor(in: Scenario.named("edge")).assess(
      model, across: space(), limits: limits.map { try Limit($0) }, on: pool)
  }

  @Test("each design costs what it costs by itself")
  func alone() throws {
    let model = try ModelDescription.resolve("TinyCLIP-ViT-8M-16-Text-3M").configuration
    let assessor = try Assessor(in: Scenario.named("edge")), space = try Self.space()
    let found = try Self.found()
    #expect(found.designs.count == space.count)
    for number in [0, 17, space.count - 1] {
      let one = try assessor.assess(model, on: space[number], named: "x")
      for metric in Metric.allCases {
        let difference = abs(found.designs[number].value(of: metric) / one.value(of: metric) - 1)
        #expect(difference < 1e-12, "\(metric) of \(number)")
      }
    }
  }

  @Test("the front is what brute force finds, for one, two and three metrics", arguments: [1, 2, 3])
  func front(count: Int) throws {
    let metrics = Array([Metric.carbon, .latency, .area].prefix(count))
    let found = try Self.found(["area <= 9 mm2"])
    let values = found.allowed.map { one in metrics.map { one.value(of: $0) } }
    let best = values.indices.filter { index in
      !values.indices.contains { other in
        let better = zip(values[other], values[index])
        return other != index && better.allSatisfy { $0 <= $1 }
          && (values[other] != values[index] || other < index)
      }
    }.map { found.allowed[$0].number }
    #expect(Set(found.front(of: metrics).map(\.number)) == Set(best))
    #expect(!best.isEmpty)
  }

  @Test("limits leave out what exceeds them, and say which of them leaves nothing")
  func limits() throws {
    let all = try Self.found(), some = try Self.found(["latency <= 3 ms", "area < 8 mm2"])
    let expected = all.designs.filter { $0.value(of: .latency) <= 3e-3 && $0.value(of: .area) <= 8 }.map(\.number)
    #expect(some.allowed.map(\.number) == expected)
    #expect(!expected.isEmpty && expected.count < all.designs.count)
    #expect(some.excuse == nil)
    let none = try Self.found(["area <= 32 mm2", "latency <= 1 us"])
    let excuse = try #require(none.excuse)
    #expect(excuse.hasPrefix("latency <= 1 us excludes all \(all.designs.count) designs: the least is"))
  }

  @Test("a table has a row for each design, and marks the front")
  func csv() throws {
    let found = try Self.found(["area <= 9 mm2"])
    let rows = found.csv(front: [.latency, .carbon]).split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows.count == found.designs.count + 1)
    #expect(rows.allSatisfy { $0.count == rows[0].count })
    #expect(rows.dropFirst().count { $0.last == "1" } == found.front(of: [.latency, .carbon]).count)
    let bands = try found.bands(of: found.allowed, draws: 200)
    let named = Dictionary(uniqueKeysWithValues: zip(found.allowed.map(\.number), bands))
    let front = found.csv(front: [.latency, .carbon], bands: named, frontOnly: true).split(separator: "\n")
    #expect(front.count == found.front(of: [.latency, .carbon]).count + 1)
    #expect(front[0].hasSuffix("p5_kgco2e,p95_kgco2e,share_on_front"))
  }

  @Test("one chip errs once in its area: of two models on it the smaller is greener almost surely")
  func sameChip() throws {
    let assessor = try Assessor(in: Scenario.named("edge")), design = try AcceleratorDesign.named("edge-base")
    let carbons = try ["TinyCLIP-ViT-39M-16-Text-19M", "ViT-B-16"].map { name in
      try assessor.assess(ModelDescription.resolve(name).configuration, on: design, named: "edge-base").carbon
    }
    #expect(carbons[0].total < carbons[1].total)
    let study = try UncertaintyStudy(carbons)
    #expect(study.probability(that: 0, isGreenerThan: 1) > 0.999)
  }
}

@Suite("Limits and metrics")
struct LimitTests {
  @Test(
    "limits are written with their unit",
    arguments: [
      ("latency <= 50 ms", Metric.latency, 0.05), ("latency<=50ms", .latency, 0.05), ("area < 32 mm2", .area, 32),
      ("tops <= 20.48", .tops, 20.48), ("tops <= 500 GOPS", .tops, 0.5), ("carbon <= 250 g", .carbon, 0.25),
      ("energy <= 5 mJ", .energy, 0.005), ("power <= 2 W", .power, 2), ("total-carbon <= 1 kg", .carbon, 1),
    ])
  func written(text: String, metric: Metric, most: Double) throws {
    let limit = try Limit(text)
    #expect(limit.metric == metric)
    #expect(abs(limit.most / most - 1) < 1e-12)
  }

  @Test(
    "what is no limit is refused in one line",
    arguments: [
      ("latency 50 ms", "expected a metric, <= and a number with its unit"), ("latency <= 50", "has no unit"),
      ("latncy <= 50 ms", "did you mean \"latency\""), ("latency <= -1 ms", "must be"), ("latency <= 0 ms", "must be"),
      ("latency <= 1e40 s", "must be"), ("area <= 5 ms", "unknown unit"), ("latency <= nan ms", "must be"),
      ("<= 5 ms", "unknown metric"), ("", "expected a metric"),
    ])
  func refused(text: String, part: String) throws {
    let error = #expect(throws: InputError.self) { try Limit(text, origin: "--limit") }
    let message = "\(try #require(error))"
    #expect(message.contains(part) && message.contains("--limit") && !message.contains("\n"), "\(message)")
  }

  @Test("the paper's limits are those that its search states")
  func edge() throws {
    let written = try ["latency <= 50 ms", "area <= 32 mm2", "tops <= 20.48 TOPS"].map { try Limit($0) }
    #expect(Limit.edge == written)
  }
}
