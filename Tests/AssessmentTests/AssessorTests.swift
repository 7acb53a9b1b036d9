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
