import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import Testing
import CLIPUnits

@Suite("Assessor")
struct AssessorTests {
  private static func shape(_ name: String) throws -> CLIPConfiguration {
    try ModelDescription.resolve(name).configuration
  }

  @Test("the reference's cost model in the reference's scenario gives the reference's carbon")
  func reference() throws {
    let design = try AcceleratorDesign.named("edge-dual"), model = try Self.shape("ViT-B-16")
    let found = try Assessor(.reference, in: Scenario.named("reference")).assess(model, on: design, named: "edge-dual")
    let expected = try ReferenceAssessment(of: model, on: design, ReferenceCostModel())
    #expect(found.estimate.latency == expected.estimate.latency)
    let operational = expected.operationalPerInference * expected.lifetimeInferences
    #expect(abs(found.carbon.operational / operational - 1) < 1e-9)
    #expect(abs(found.carbon.embodied.memory / expected.embodiedDRAM - 1) < 1e-9)
  }

  @Test("the chip waits no longer than until the next inference")
  func waiting() throws {
    let design = try AcceleratorDesign.named("camera-base"), model = try Self.shape("micro-s")
    func estimate(_ rate: Double) throws -> Estimate {
      var scenario = try Scenario.named("camera")
      scenario.lifetime = try Lifetime(span: Lifetime.year, rate: Hertz(rate), hoursPerDay: 24)
      return try Assessor(in: scenario).assess(model, on: design, named: "x").estimate
    }
    let slow = try estimate(30), fast = try estimate(100)
    // Power times the time that is left, to 33.3 ms and to 10 ms.
    let power = slow.waitingEnergy.value / (0.0333 - slow.latency.value)
    #expect(slow.latency == fast.latency && slow.latency.value < 0.01)
    #expect(abs(fast.waitingEnergy.value / (power * (0.01 - fast.latency.value)) - 1) < 1e-9)
  }

  @Test("a model with fewer parts of any kind costs no more, and layers may differ")
  func smaller() throws {
    let design = try AcceleratorDesign.named("edge-base"), assessor = try Assessor(in: Scenario.named("edge"))
    let whole = try Self.shape("ViT-B-16")
    let first = try assessor.assess(whole, on: design, named: "x")
    var pruned = whole
    pruned.vision.mlpWidth[3] = 1536
    pruned.vision.headsPerLayer[5] = 7
    pruned.text.mlpWidth = pruned.text.mlpWidth.map { $0 / 2 }
    let second = try assessor.assess(pruned, on: design, named: "x")
    #expect(second.estimate.latency < first.estimate.latency)
    #expect(second.estimate.energy < first.estimate.energy)
    #expect(second.carbon.total <= first.carbon.total)
    #expect(second.estimate.area.total == first.estimate.area.total)
  }

  @Test("images that share a fetch wait for one another: the answer takes longer, and the pace is a run's")
  func collecting() throws {
    let design = try AcceleratorDesign.named("camera-base"), model = try Self.shape("micro-s")
    var scenario = try Scenario.named("camera")
    let one = try Assessor(in: scenario).assess(model, on: design, named: "x")
    scenario.use.imagesPerFetch = 8
    let eight = try Assessor(in: scenario).assess(model, on: design, named: "x")
    #expect(abs(eight.latency.value - eight.estimate.latency.value - 7.0 / 30) < 1e-12)
    #expect(eight.value(of: .latency) == eight.latency.value && eight.energy < one.energy)
    #expect(eight.carbon.total < one.carbon.total)
    #expect(eight.carbon.notes.contains { $0.hasPrefix("misses the deadline of 33.3 ms") })
    #expect(!eight.carbon.notes.contains { $0.hasPrefix("too slow") })
    let limits = try Assessor(in: scenario).limits([])
    #expect(limits.count == 1 && abs(limits[0].most - 15.0 / 30) < 1e-12)
    // A limit that leaves no time to wait excludes the use.
    let space = try Assessor(in: scenario).assess(model, onOnly: design, limits: [Limit("latency <= 33 ms")])
    #expect(space.allowed.isEmpty)
    let error = #expect(throws: InputError.self) {
      try Assessor(in: scenario).work(of: PlainTransformer(named: "BERT-base") ?? model)
    }
    #expect("\(try #require(error))".contains("images-per-fetch belongs to CLIP models"))
  }

  @Test("a trigger that lets a twentieth of the frames through leaves a twentieth of the work")
  func activity() throws {
    let design = try AcceleratorDesign.named("camera-base"), model = try Self.shape("micro-s")
    func carbon(_ activity: Double) throws -> LifetimeCarbon {
      var scenario = try Scenario.named("camera")
      scenario.lifetime = try Lifetime(span: Lifetime.year, rate: Hertz(30), hoursPerDay: 24, activity: activity)
      scenario.deadline = nil
      return try Assessor(in: scenario).assess(model, on: design, named: "x").carbon
    }
    let all = try carbon(1), some = try carbon(0.05)
    #expect(abs(some.operational / (all.operational * 0.05) - 1) < 1e-6)
    #expect(some.embodied == all.embodied)
    #expect(some.scenario.lifetime.interval == Seconds(1 / (30 * 0.05)))
  }

  @Test("a text for every image is the use that papers count; kept prompts need the image tower alone")
  func uses() throws {
    let design = try AcceleratorDesign.named("camera-base"), model = try Self.shape("micro")
    var scenario = try Scenario.named("camera")
    let kept = try Assessor(in: scenario).assess(model, on: design, named: "x")
    scenario.use = .pair
    let pair = try Assessor(in: scenario).assess(model, on: design, named: "x")
    #expect(kept.estimate.share(of: .text).energy == .zero && pair.estimate.share(of: .text).energy > .zero)
    #expect(kept.energy < pair.energy && kept.latency < pair.latency)
    #expect(kept.carbon.design.modelBytes ?? 0 < pair.carbon.design.modelBytes ?? 0)
    #expect(try Assessor(in: scenario, mapping: .energy).mapping == .energy)
    let error = #expect(throws: InputError.self) { try Assessor(.reference, in: scenario, mapping: .energy) }
    #expect("\(try #require(error))".contains("mapping belongs to the physical cost model"))
  }

  @Test("the total is what its parts add up to, and DRAM follows the model's size")
  func parts() throws {
    let design = try AcceleratorDesign.named("edge-base"), assessor = try Assessor(in: Scenario.named("edge"))
    let carbon = try assessor.assess(try Self.shape("ViT-B-16"), on: design, named: "x").carbon
    let sum =
      carbon.operational + (carbon.embodied.chip + carbon.embodied.memory + carbon.embodied.packaging)
      * carbon.embodiedShare
    #expect(abs(carbon.total / sum - 1) < 1e-12)
    let large = try assessor.assess(try Self.shape("ViT-L-14"), on: design, named: "x").carbon
    #expect(large.embodied.memoryCapacity > carbon.embodied.memoryCapacity)
  }
}
