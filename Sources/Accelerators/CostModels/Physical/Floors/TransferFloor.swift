internal import CLIPUnits

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
    _ work: WorkFloor, _ residency: WeightResidency, space: Double,
    _ plan: (_ product: WorkFloor.Product, _ space: Double) -> MemoryPlan
  ) {
    kept = residency.bytes
    let products = work.products.map { product in
      var plan = plan(product, space)
      let weights = plan.weights
      if residency.keeps { plan.weights = 0 }
      return (plan: plan, weights: weights)
    }
    if residency.keeps {
      for (product, runs) in zip(products, work.productRuns) { spared += product.weights * runs }
    }
    let vectors = zip(work.vectors, work.vectorCosts).map { vector, cost in
      var plan = MemoryPlan(
        cost, isEmbedding: vector.isEmbedding && !residency.holdsEmbeddings, parameters: vector.operandParameters,
        space: space)
      if !residency.keeps { plan.weights += vector.parameters }
      return plan
    }
    for stage in work.stages {
      var whole = MemoryPlan.nothing
      if let index = stage.product { whole.add(products[index].plan, times: 1) }
      for beside in work.besides[stage.besides] { whole.add(vectors[beside.vector], times: beside.runs) }
      plans.append(whole)
      moved.add(whole, times: stage.runs)
    }
  }
}
