import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// Measures what each axis of a tower costs in agreement with the whole model, one axis and size at a time.
///
/// Heads and units of a layer: the layer that reads what stays is fitted to what went, from covariances alone, and the rest
/// of the tower runs as it is. Width: the whole tower is cut and compensated.
struct SensitivityMeasurement<Tower: TrainableTower> {
  let name: String
  let tower: Tower
  let statistics: TowerStatistics
  let importance: TowerImportance
  let options: CompensationOptions
  let context: RankingContext
  /// The divergence of unit-length features of the pairs that are here, `[pairs, embed]`.
  let divergence: (Tensor) throws -> Double

  /// - Parameters:
  ///   - input: the pairs that divergence is measured on
  ///   - pruned: a tower cut in width, made of its kept channels
  func run(
    _ input: Tower.Input, pruned: ([Int]) throws -> (tower: Tower, weights: ParameterBlock)
  ) throws -> TowerSensitivity {
    let layout = try TokenLayout(tower, input, seed: context.seed, context.ranks), blocks = tower.transformer.blocks
    let products = try context.memory.products(of: tower)
    let stream = TowerStream(tower, input, layout, in: products, on: context.pool)
    var result = TowerSensitivity(
      width: SensitivityCurve(whole: tower.transformer.width, measured: []), heads: [], units: [])
    for (layer, block) in blocks.enumerated() {
      func measure(_ changed: ResidualBlock) throws -> Double {
        try context.checkStop()
        let way = stream.copy()
        way.run(changed)
        for later in blocks.dropFirst(layer + 1) { way.run(later) }
        return try divergence(way.features(tower).normalizedRows())
      }
      let found = statistics.blocks[layer], width = block.attention.headWidth
      result.heads.append(
        try curve("heads.\(layer)", block.attention.heads) { count in
          let inputs = HeadPruning.outputs(importance.heads[layer].largest(count), width: width)
          var copy = block
          copy.attention.output = closing(block.attention.output, to: inputs, found.attended)
          return try measure(copy)
        })
      result.units.append(
        try curve("units.\(layer)", block.feedForward.expansion.bias.count) { count in
          var copy = block
          copy.feedForward.contraction = closing(
            block.feedForward.contraction, to: importance.units[layer].largest(count), found.hidden)
          return try measure(copy)
        })
      stream.run(block)
      context.progress("sensitivity of the \(name) tower", layer + 1, blocks.count + 1)
    }
    result.width = try curve("width", tower.transformer.width) { count in
      try context.checkStop()
      let channels = importance.channels.largest(count), (small, weights) = try pruned(channels)
      var plan = TowerPlan(
        layers: Array(blocks.indices), channels: channels, heads: [], units: [])
      plan.heads = blocks.map { Array(0..<$0.attention.heads) }
      plan.units = blocks.map { Array(0..<$0.feedForward.expansion.bias.count) }
      let trace = DenseTrace(tower, input, layout, isHeld: false, in: products, on: context.pool)
      let found = try TowerCompensation(
        dense: tower, pruned: small, weights: weights, plan: plan, options: options,
        map: StreamMap(kind: .channels(channels)), embedding: .identity, sums: context.sums
      ).run(input, trace) { _ in }
      return try divergence(found.features.normalizedRows())
    }
    context.progress("sensitivity of the \(name) tower", blocks.count + 1, blocks.count + 1)
    return result
  }

  private func curve(_ axis: String, _ whole: Int, _ measure: (Int) throws -> Double) throws -> SensitivityCurve {
    SensitivityCurve(
      whole: whole,
      measured: try SensitivityCurve.sizes(below: whole).map { size in
        let key = "sensitivity.\(name).\(axis).\(size).\(options.description)"
        return (size, try context.scores(key, count: 1) { [try measure(size)] }[0])
      })
  }

  /// A layer that reads only some of its inputs, fitted to the others' share: `W_k + W_r C_rk (C_kk + λI)⁻¹`.
  ///
  /// The shape stays, with zeros, so that the block runs as before.
  private func closing(_ layer: Linear, to kept: [Int], _ moments: Moments) -> Linear {
    let outputs = layer.weight.shape[0], inputs = layer.weight.shape[1]
    let weight = SurgeonImportance.matrix(layer.weight)
    let isKept = Set(kept), gone = (0..<inputs).filter { !isKept.contains($0) }, all = Array(0..<outputs)
    var small = weight.selecting(rows: all, columns: kept)
    if options.refitsMatrices {
      var gram = moments.covariance.selecting(rows: kept, columns: kept)
      let mean = gram.diagonal.reduce(0, +) / Double(max(kept.count, 1))
      for index in kept.indices { gram[index, index] += max(options.ridge * mean, 1e-12) }
      if let factor = Cholesky(gram) {
        let cross = DoubleMatrix.product(
          weight.selecting(rows: all, columns: gone), moments.covariance.selecting(rows: gone, columns: kept))
        let change = factor.solve(rows: cross, on: context.pool)
        for index in small.elements.indices { small.elements[index] += change.elements[index] }
      }
    }
    var changed = [Float](repeating: 0, count: outputs * inputs), bias = layer.bias.elements
    for output in 0..<outputs {
      var lost = 0.0
      for (place, input) in kept.enumerated() {
        changed[output * inputs + input] = Float(small[output, place])
        lost -= (small[output, place] - weight[output, input]) * moments.mean[input]
      }
      for input in gone { lost += weight[output, input] * moments.mean[input] }
      if options.foldsMean || options.refitsMatrices { bias[output] += Float(lost) }
    }
    var result = layer
    result.weight = Tensor(changed, layer.weight.shape)
    result.bias = Tensor(bias, layer.bias.shape)
    return result
  }
}
