/// What goes over the chip's edge where the buffer has a given size: this is known without any mapping.
struct TransferFloor: Sendable {
  /// Of each stage's run.
  private(set) var plans: [MemoryPlan] = []
  /// Of all runs.
  private(set) var moved = MemoryPlan.nothing
  /// Bytes of weights that are not written to the buffer, since they are there.
  private(set) var spared = 0.0
  /// Bytes of weights that stay.
  let kept: Double

  /// - Parameter plan: what of a product goes over the edge, as the cost model remembers it
  init(
    _ work: WorkFloor, _ chip: PhysicalChip, _ residency: WeightResidency,
    _ plan: (_ product: WorkFloor.Product, _ space: Double) -> MemoryPlan
  ) throws {
    kept = residency.bytes
    let space = residency.activationSpace(of: chip)
    for stage in work.stages {
      var whole = MemoryPlan.nothing
      if let index = stage.product {
        let product = work.products[index]
        var plan = plan(product, space)
        if residency.keeps {
          spared += plan.weights * product.runs
          plan.weights = 0
        }
        whole.add(plan, times: 1)
      }
      for vector in work.vectors[stage.vectors] {
        let cost = try VectorUnit(chip: chip).cost(of: vector.work, isFused: vector.isFused)
        let plan = MemoryPlan(
          cost, isEmbedding: vector.isEmbedding && !residency.holdsEmbeddings,
          parameters: vector.isText ? cost.input : Double(vector.work.smallerOperand ?? 0), space: space)
        whole.add(plan, times: vector.runs / stage.runs)
      }
      plans.append(whole)
      moved.add(whole, times: stage.runs)
    }
  }
}
