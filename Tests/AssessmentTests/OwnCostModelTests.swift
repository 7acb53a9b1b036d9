import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPUnits
import Testing

/// One clock cycle for every multiply-add of a lane, nothing for the rest.
private struct LaneCostModel: CostModel {
  let name = "lanes"
  var joulesPerMultiplyAdd = 1e-12

  func operations(of model: any Workload) throws -> OperationList { model.operations }

  func cost(of operation: Operation, on design: AcceleratorDesign) throws -> OperationCost {
    let one = Double(operation.multiplyAdds) / Double(max(1, operation.count))
    return OperationCost(cycles: one / Double(design.lanes), energy: Joules(one * joulesPerMultiplyAdd))
  }

  func area(of design: AcceleratorDesign) throws -> ChipArea {
    ChipArea([ChipArea.Component("lanes", SquareMillimeters(Double(design.lanes) / 1000))])
  }
}

@Suite("A cost model of one's own")
struct OwnCostModelTests {
  private let model = CLIPConfiguration(
    embedDimension: 64,
    vision: VisionConfiguration(
      imageSize: 64, patchSize: 16, width: 96, layers: 3, heads: 3, headWidth: 32, mlpWidth: 192),
    text: TextConfiguration(contextLength: 20, vocabularySize: 500, width: 64, layers: 2, heads: 2, mlpWidth: 128))

  private func assessor(_ joules: Double = 1e-12) throws -> Assessor {
    try Assessor(costModel: LaneCostModel(joulesPerMultiplyAdd: joules), in: Scenario.named("edge"))
  }

  @Test("it prices models, with the scenario's carbon")
  func prices() throws {
    let assessor = try assessor(), design = try AcceleratorDesign.named("edge-base")
    #expect(assessor.choice == nil && assessor.costModelName == "lanes")
    let one = try assessor.assess(model, on: design, named: "base")
    // The scenario's use decides which work is handed to it.
    let multiplyAdds = Double(try assessor.work(of: model).operations.multiplyAdds)
    #expect(multiplyAdds < Double(model.operations.multiplyAdds))
    #expect(abs(one.value(of: .energy) / (multiplyAdds * 1e-12) - 1) < 1e-9)
    #expect(abs(one.value(of: .latency) * design.clock * Double(design.lanes) / multiplyAdds - 1) < 1e-9)
    #expect(one.value(of: .area) == Double(design.lanes) / 1000)
    let dearer = try self.assessor(1e-9).assess(model, on: design, named: "base")
    #expect(dearer.value(of: .carbon) > one.value(of: .carbon))
    #expect(dearer.value(of: .embodied) == one.value(of: .embodied))
  }

  @Test("spaces are swept and searched with it", arguments: [Metric.latency, .area, .carbon])
  func spaces(metric: Metric) throws {
    let assessor = try assessor(), pool = ThreadPool(threads: 2)
    let space = try DesignSpace(
      Recipe.parse(
        """
        clusters: [1, 2]
        width: [32, 256]
        depth: [4, 16]
        l2: 64 KB
        l2-bandwidth: 32 B/cycle
        buffer: 2 MB
        """, origin: "space"))
    let all = try assessor.assess(model, across: space, on: pool)
    #expect(all.designs.count == space.count)
    let least = try assessor.least(metric, of: model, across: space, on: pool)
    #expect(least?.number == all.least(metric)?.number && least != nil)
  }
}
