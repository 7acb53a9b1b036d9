/// What goes over DRAM's interface where the buffer has a given size: this is known without any mapping.
struct TransferFloor: Sendable {
  /// Bytes of a stage's run: weights, which may come earlier, and activations.
  private(set) var weights: [Double] = [], activations: [Double] = []
  /// Bytes of all runs.
  private(set) var bytes = 0.0
  /// Bytes of weights that are not written to the buffer, since they are there.
  private(set) var spared = 0.0
  /// Bytes of weights that may come before their stage.
  let ahead: Double

  /// - Parameter traffic: bytes that a product moves where it does not fit, as the cost model remembers them
  init(
    _ work: WorkFloor, _ chip: PhysicalChip, _ residency: WeightResidency,
    _ plan: (_ product: WorkFloor.Product, _ space: Double) -> MemoryPlan
  ) throws {
    ahead = chip.prefetchSpace
    let space = residency.activationSpace(of: chip)
    for stage in work.stages {
      var weights = 0.0, activations = 0.0
      if let index = stage.product {
        let product = work.products[index], plan = plan(product, space)
        if residency.keeps { spared += plan.weights * product.runs } else { weights += plan.weights }
        activations += plan.activations
      }
      for vector in work.vectors[stage.vectors] {
        let cost = try VectorUnit(chip: chip).cost(of: vector.work, isFused: vector.isFused)
        let plan = MemoryPlan(
          cost, isEmbedding: vector.isEmbedding,
          parameters: vector.isText ? cost.input : Double(vector.work.smallerOperand ?? 0), space: space)
        weights += plan.weights * vector.runs / stage.runs
        activations += plan.activations * vector.runs / stage.runs
      }
      self.weights.append(weights)
      self.activations.append(activations)
      bytes += (weights + activations) * stage.runs
    }
  }
}
