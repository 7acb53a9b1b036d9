import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPUnits
import Testing

@Suite("The least of a space by bounds is the least of all of it", .serialized)
struct SpaceSearchTests {
  private static let pool = ThreadPool(threads: 2)

  /// 17,280 designs.
  private static let large = """
    clusters: [1, 2]
    width: [2, 8, 16, 40]
    depth: [2, 8, 24]
    l2: 4 KB to 64 KB
    l2-bandwidth: 4 B/cycle to 64 B/cycle by 30
    l2-ports: [1, 2]
    buffer: 16 KB to 512 KB
    buffer-bandwidth: [8 B/cycle, 64 B/cycle]
    dram-bandwidth: 16 B/cycle
    clock: [100 MHz, 400 MHz]
    """

  /// 64 designs.
  private static let small = """
    clusters: [1, 4]
    width: [8, 32]
    depth: 16
    l2: [8 KB, 48 KB]
    l2-bandwidth: [16 B/cycle, 64 B/cycle]
    buffer: [256 KB, 8 MB]
    buffer-bandwidth: 128 B/cycle
    dram-bandwidth: 16 B/cycle
    buffer-ports: [1, 2]
    clock: 625 MHz
    """

  /// 288 designs: every place for weights, with and without DRAM and L2.
  private static let memories = """
    clusters: [1, 2]
    width: [4, 24]
    depth: 8
    l2: [0 KB, 8 KB]
    l2-bandwidth: 16 B/cycle
    buffer: [24 KB, 1 MB, 6 MB]
    buffer-bandwidth: 32 B/cycle
    dram-bandwidth: 16 B/cycle
    clock: 200 MHz
    weights-in: [dram, sram, flash, mram]
    dram: [scenario, hyperram-8mb, ddr3-128mb]
    """

  /// 1,536 designs of edition 2: finer and coarser processes than the scenario's, clocks, numbers, what stays in the lanes.
  private static let silicon = """
    edition: 2
    weights-in: [dram, sram]
    clusters: [1, 2]
    width: [4, 16]
    depth: 8
    l2: [8 KB, 32 KB]
    l2-bandwidth: 32 B/cycle
    l2-ports: 1
    buffer: [256 KB, 2 MB]
    buffer-bandwidth: 64 B/cycle
    dram-bandwidth: 16 B/cycle
    clock: [50 MHz, 200 MHz]
    node: [7 nm, 22 nm, 28 nm]
    arithmetic: [int8, w4a8]
    dataflow: [output-stationary, weight-stationary]
    scratchpad: [0 B, 128 B]
    """

  /// 72 designs, some of whose voltages do not carry their clocks: 0.6 V carry 1 GHz nowhere, the nominal one not at 28 nm.
  private static let stalling = """
    edition: 2
    clusters: 1
    width: [4, 16]
    depth: 8
    l2: [8 KB, 32 KB]
    l2-bandwidth: 32 B/cycle
    l2-ports: 1
    buffer: 256 KB
    buffer-bandwidth: 64 B/cycle
    dram-bandwidth: 16 B/cycle
    clock: [100 MHz, 1000 MHz]
    voltage: [0.6 V, least, nominal]
    node: [7 nm, 22 nm, 28 nm]
    """

  private static let limits = [
    [], ["latency <= 9 ms"], ["latency <= 9 ms", "area <= 0.9 mm2"], ["power <= 12 mW", "tops <= 0.1"],
    ["carbon <= 345 g", "energy <= 400 uJ"], ["area <= 0.01 mm2"],
  ]

  private static func space(_ text: String) throws -> DesignSpace {
    try DesignSpace(Recipe.parse(text, origin: "space"))
  }

  private static func compare(
    _ model: CLIPConfiguration, _ space: DesignSpace, _ assessor: Assessor, _ limits: [[String]]
  ) throws {
    try compare(assessor.assess(model, across: space, on: pool), model, space, assessor, limits)
  }

  private static func compare(
    _ everything: SpaceAssessment, _ model: CLIPConfiguration, _ space: DesignSpace, _ assessor: Assessor,
    _ limits: [[String]]
  ) throws {
    for texts in limits {
      let limits = try texts.map { try Limit($0) }
      let all = everything.within(assessor.limits(limits))
      // Power has a weak bound: of many designs it takes as long as pricing all.
      for metric in Metric.allCases where metric != .power || space.count < 1000 {
        let found = try #require(
          try assessor.bounded(metric, of: model, across: space, limits: limits, on: pool))
        let expected = all.least(metric)
        #expect(found.design?.number == expected?.number, "\(metric), \(texts), \(assessor.scenario.name)")
        #expect(found.design?.value(of: metric) == expected?.value(of: metric))
        #expect(found.design?.carbon?.total == expected?.carbon?.total)
      }
    }
  }

  @Test("17,280 designs, a model of two narrow towers: every metric and limit, and fronts")
  func tenThousand() throws {
    let space = try Self.space(Self.large), model = try NamedModels.model("micro").configuration
    #expect(space.count == 17_280)
    let assessor = try Assessor(in: Scenario.named("camera"))
    let everything = try assessor.assess(model, across: space, on: Self.pool)
    try Self.compare(everything, model, space, assessor, Self.limits)
    for metrics in [[Metric.latency, .carbon], [.area, .energy, .latency]] {
      let found = try #require(try assessor.boundedFront(of: metrics, of: model, across: space, on: Self.pool))
      #expect(found.map(\.number) == everything.front(of: metrics).map(\.number).sorted())
      #expect(found.count > 3)
    }
  }

  @Test("memories as named choices, in each boundary", arguments: ["die", "packaged", "device"])
  func memories(boundary: String) throws {
    let space = try Self.space(Self.memories)
    let scenario = try Scenario.named(
      "camera", changing: [ScenarioChange("boundary", RecipeNode(word: boundary, origin: "test"))])
    try Self.compare(
      NamedModels.model("micro").configuration, space, Assessor(in: scenario),
      [[], ["latency <= 9 ms", "area <= 2 mm2"]])
  }

  @Test("edition 2: voltages, processes, numbers, dataflows", arguments: ["micro", "TinyCLIP-ViT-8M-16-Text-3M"])
  func silicon(name: String) throws {
    let space = try Self.space(Self.silicon)
    #expect(space.count == 1536)
    for boundary in ["die", "device"] {
      let scenario = try Scenario.named(
        "camera", changing: [ScenarioChange("boundary", RecipeNode(word: boundary, origin: "test"))])
      try Self.compare(
        NamedModels.model(name).configuration, space, Assessor(in: scenario),
        [[], ["latency <= 12 ms", "area <= 4 mm2"]])
    }
  }

  @Test("what one boundary and grid taught is right in the others, and what was priced is not priced again")
  func knowledge() throws {
    let space = try Self.space(Self.silicon), knowledge = SpaceKnowledge()
    let assessor = try Assessor(in: Scenario.named("camera"))
    var asked = 0, priced = 0
    // The same model in other uses and another model between: what is known must be that model's in that use.
    let subjects = [("micro", "camera"), ("micro", "battery-camera"), ("TinyCLIP-ViT-8M-16-Text-3M", "camera")]
    let places = [("die", "WORLD"), ("packaged", "FR"), ("device", "IN"), ("die", "IN"), ("die", "WORLD")]
    for (name, use) in subjects {
      let model = try NamedModels.model(name).configuration
      for (boundary, grid) in places {
        let changes = [("boundary", boundary), ("grid", grid)].map {
          ScenarioChange($0, RecipeNode(word: $1, origin: "test"))
        }
        let moved = assessor.moved(to: try Scenario.named(use, changing: changes))
        for (metric, limits) in [(Metric.carbon, []), (.latency, []), (.carbon, ["area <= 1 mm2"])] {
          let limits = try limits.map { try Limit($0) }
          let alone = try #require(
            try moved.bounded(metric, of: model, across: space, limits: limits, on: Self.pool))
          let found = try moved.least(
            metric, of: model, across: space, limits: limits, knowing: knowledge, on: Self.pool)
          #expect(found?.number == alone.design?.number, "\(name) \(boundary)")
          #expect(found?.carbon == alone.design?.carbon)
          #expect(found?.model == alone.design?.model)
          (asked, priced) = (asked + alone.priced, knowledge.priced)
        }
      }
    }
    #expect(priced > 0 && priced * 2 < asked, "\(priced) of \(asked)")
  }

  @Test("designs whose voltage does not carry their clock are passed over, and a space of nothing else is refused")
  func stalling() throws {
    let space = try Self.space(Self.stalling), model = try NamedModels.model("micro").configuration
    let assessor = try Assessor(in: Scenario.named("camera")), costModel = try PhysicalCostModel()
    let runs = try space.designs.filter { try costModel.carriesClock(of: $0) }
    // What the model itself refuses, one by one.
    #expect(runs == space.designs.filter { (try? costModel.area(of: $0)) != nil })
    #expect(try space.stalledDesigns(for: costModel) == space.count - runs.count)
    #expect((1..<space.count).contains(runs.count))
    let everything = try assessor.assess(model, across: space, on: Self.pool)
    #expect(everything.isWhole && everything.designs.map { space[$0.number] } == runs)
    for design in everything.designs { #expect(everything.design(design.number)?.number == design.number) }
    try Self.compare(everything, model, space, assessor, [[], ["latency <= 12 ms"], ["area <= 1 mm2"]])
    let fast = Self.stalling.replacing("[100 MHz, 1000 MHz]", with: "1000 MHz")
    let none = try Self.space(
      fast.replacing("[7 nm, 22 nm, 28 nm]", with: "28 nm").replacing("[0.6 V, least, nominal]", with: "nominal"))
    for body in [
      { _ = try assessor.assess(model, across: none, on: Self.pool) },
      { _ = try assessor.bounded(.carbon, of: model, across: none, on: Self.pool) },
    ] as [() throws -> Void] {
      let error = #expect(throws: InputError.self) { try body() }
      #expect(error.map { "\($0)" }?.hasPrefix("clock: ") == true)
    }
  }

  @Test("a node beyond which the fab's figures end is a limit, and widening stops there")
  func fab() throws {
    let space = try Self.space(Self.stalling), costModel = try PhysicalCostModel()
    let assessor = try Assessor(in: Scenario.named("battery-camera"))
    let coarse = try #require(space.designs.first { $0.silicon.node == 28 && $0.clock == 1e8 })
    func end(_ ends: [AxisEnd]) throws -> AxisEnd { try #require(ends.first { $0.axis == "node" && $0.isHigh }) }
    let free = try end(space.ends(of: coarse, for: costModel))
    #expect(free.limit == nil)
    let limited = try end(space.ends(of: coarse, for: costModel, where: assessor.hasFab))
    #expect(limited.limit == "beyond it the figures know no larger one")
    #expect(space.widened(beyond: [free], from: coarse, for: costModel) != nil)
    #expect(space.widened(beyond: [free], from: coarse, for: costModel, where: assessor.hasFab) == nil)
  }

  @Test("a scenario's carbon as a function of area and energy is what the scenario says")
  func function() throws {
    for name in ["camera", "edge", "paper", "battery-camera", "server", "published"] {
      for boundary in ["die", "packaged", "device"] {
        guard
          let scenario = try? Scenario.named(
            name, changing: [ScenarioChange("boundary", RecipeNode(word: boundary, origin: "test"))])
        else { continue }
        let function = try CarbonFunction(scenario, modelBytes: 3_000_000, memories: nil)
        for (area, energy) in [(0.3, 2e-4), (4.5, 1e-2), (60, 3e-7), (811, 2)] {
          let carbon = try scenario.carbon(
            of: DesignFigures(
              name: "", area: SquareMillimeters(area), latency: Seconds(1e-3), energy: Joules(energy),
              modelBytes: 3_000_000))
          let use = function.operational(energy: energy), making = try function.embodied(area: area)
          let share = carbon.embodiedShare
          #expect(abs(use / carbon.operational.value - 1) < 1e-12, "\(name), \(boundary)")
          #expect(abs(making / (carbon.embodied.total * share).value - 1) < 1e-12, "\(name), \(boundary)")
          #expect(abs(function.total(operational: use, embodied: making) / carbon.total.value - 1) < 1e-12)
        }
        #expect(throws: InputError.self) { try function.embodied(area: 1e6) }
      }
    }
  }

  @Test("larger models, weights kept and fetched", arguments: ["ViT-B-16", "TinyCLIP-ViT-8M-16-Text-3M"])
  func larger(name: String) throws {
    let space = try Self.space(Self.small), model = try NamedModels.model(name).configuration
    for (scenario, keeps) in [("camera", true), ("paper", true), ("edge", false)] {
      var scenario = try Scenario.named(scenario)
      scenario.keepsWeights = keeps
      try Self.compare(
        model, space, Assessor(in: scenario), [[], ["latency <= 40 ms", "area <= 6 mm2"]])
    }
  }

  @Test("mappings of least energy, or least energy times delay", arguments: [MappingObjective.energy, .energyDelay])
  func mappings(mapping: MappingObjective) throws {
    try Self.compare(
      NamedModels.model("micro").configuration, Self.space(Self.small),
      Assessor(in: Scenario.named("edge"), mapping: mapping), [[], ["latency <= 1 ms"]])
  }

  @Test("any number of threads finds the same")
  func threads() throws {
    let space = try Self.space(Self.large), model = try NamedModels.model("micro").configuration
    let assessor = try Assessor(in: Scenario.named("camera"))
    let numbers = try [1, 2, 3].map { threads in
      try assessor.bounded(.carbon, of: model, across: space, on: ThreadPool(threads: threads))?.design?.number
    }
    #expect(Set(numbers).count == 1 && numbers[0] != nil)
  }

  @Test("a million designs are searched by pricing few")
  func million() throws {
    let space = try Self.space(
      """
      clusters: [1, 2, 4]
      width: 4 to 64, 2 per octave
      depth: 2 to 64, 2 per octave
      l2: 4 KB to 256 KB, 2 per octave
      l2-bandwidth: 4 B/cycle to 64 B/cycle
      buffer: 16 KB to 8 MB, 4 per octave
      buffer-bandwidth: 32 B/cycle to 128 B/cycle
      dram-bandwidth: 16 B/cycle
      clock: 200 MHz
      """)
    #expect(space.count > 2_000_000)
    let assessor = try Assessor(in: Scenario.named("camera"))
    let found = try #require(
      try assessor.bounded(
        .carbon, of: NamedModels.model("micro").configuration, across: space, on: Self.pool))
    #expect(found.priced < 1000)
    // Whoever asks for it to end is heard between two of its batches.
    var stopping = assessor
    stopping.shouldStop = { true }
    #expect(throws: CancellationError.self) {
      _ = try stopping.bounded(.carbon, of: NamedModels.model("micro").configuration, across: space, on: Self.pool)
    }
    let best = try #require(found.design)
    // No neighbor, one step along one axis, is better.
    let sizes = space.knobSizes
    var stride = 1
    for size in sizes.reversed() {
      for step in [-stride, stride] where size > 1 {
        let number = best.number + step
        guard (0..<space.count).contains(number), number / (stride * size) == best.number / (stride * size) else {
          continue
        }
        let other = try assessor.assess(
          NamedModels.model("micro").configuration, on: space[number], named: "neighbor")
        guard let pace = assessor.limits([]).first, other.latency.value <= pace.most else { continue }
        #expect(other.value(of: .carbon) >= best.value(of: .carbon) * (1 - 1e-9))
      }
      stride *= size
    }
  }
}
