package import CLIPCompute
package import CLIPLayers
package import CLIPModels
internal import CLIPModelShapes
package import CLIPTensors

/// What training rounds by, so that a model learns to live with 8 bits: the scales of activations that a calibration found,
/// and of weights those of what they are at the moment. Everything stays floats; ``QuantizedModel`` computes the same in
/// integers.
///
/// Source: Jacob et al. (arXiv:1712.05877), section 3. Scales of activations are not learned (as in LSQ, arXiv:1902.08153): whoever
/// runs the model calibrates it anew, so they are found here as they are found there.
package struct FakeQuantization: Sendable {
  /// What one step of each channel is worth, by place; one number where all channels share it.
  package let steps: [(place: String, steps: Tensor)]
  private let byPlace: [String: [Float]]

  /// - Parameter steps: as they were kept
  package init(steps: [(place: String, steps: Tensor)]) {
    self.steps = steps
    byPlace = Dictionary(steps.map { ($0.place, $0.steps.elements) }, uniquingKeysWith: { first, _ in first })
  }

  /// What a calibrated model rounds activations by.
  package init(_ model: QuantizedModel) {
    var equalizers: [Int: [Float]] = [:]
    for (_, layer) in model.layers { equalizers[layer.site] = layer.equalizer }
    self.init(
      steps: model.sites.names.enumerated().map { site, place in
        let range = model.ranges[site]
        let steps = equalizers[site].flatMap { $0.isEmpty ? nil : $0.map { $0 * range } } ?? [range]
        return (place, Tensor(steps, [steps.count]))
      })
  }

  /// The places of a model's activations and how many steps each has: what is kept of a run.
  package static func places(of model: CLIPModel) -> [(place: String, count: Int)] {
    var sites = SiteList()
    let vision = QuantizedVisionTower(model.vision, &sites), text = QuantizedTextTower(model.text, &sites)
    var counts = [Int](repeating: 1, count: sites.names.count)
    for (name, layer) in vision.layers + text.layers where name != "visual.conv1.weight" {
      counts[layer.site] = layer.original.shape.count / max(1, layer.scales.count)
    }
    return Array(zip(sites.names, counts)).map { ($0, $1) }
  }

  /// How the image tower's products round what they take in.
  package func vision(_ model: CLIPModel) -> TowerRounding {
    rounding(model.vision.transformer, [.patches: "visual.conv1", .projection: "visual.proj"])
  }

  /// How the text tower's do.
  package func text(_ model: CLIPModel) -> TowerRounding {
    rounding(model.text.transformer, [.projection: "text_projection"])
  }

  private func rounding(_ transformer: Transformer, _ ends: [RoundedOperand: String]) -> TowerRounding {
    func rounding(_ places: [RoundedOperand: String]) -> Int8Rounding {
      Int8Rounding(places.compactMapValues { byPlace[$0] })
    }
    return TowerRounding(
      ends: rounding(ends),
      blocks: transformer.chain.indices.map { number in
        let path = transformer.path(number)
        return rounding([
          .input: "\(path).attn.in_proj", .queries: "\(path).attn.q", .keys: "\(path).attn.k",
          .values: "\(path).attn.v", .output: "\(path).\(BlockPart.output.rawValue)",
          .expansion: "\(path).\(BlockPart.expansion.rawValue)",
          .contraction: "\(path).\(BlockPart.contraction.rawValue)",
        ])
      })
  }

  // MARK: Weights

  /// Writes a model's weights as 8 bits hold them; biases, norms and what else stays in floats are left alone.
  /// - Parameter rounded: laid out like the block that the model's weights lie in
  package func roundWeights(of model: CLIPModel, into rounded: ParameterBlock, on pool: ThreadPool) {
    let weights =
      tower(model.vision, projection: "visual.proj") + tower(model.text, projection: "text_projection") + tables(model)
    pool.forEach(weights.count) { index in weights[index].round(into: rounded) }
  }

  /// A matrix of weights: which rows are rounded, and by which channels' steps.
  private struct Weight {
    let tensor: Tensor
    var steps: [Float] = []
    var firstRow = 0
    /// Whether its columns are the outputs.
    var isTransposed = false

    func round(into block: ParameterBlock) {
      let target = block.memory(of: tensor),
        inputs = tensor.shape.rank == 1 ? tensor.count : tensor.count / tensor.shape[0]
      var rows = tensor.reshaped(to: [tensor.count / max(1, inputs), inputs]).rows(
        firstRow..<tensor.count / max(1, inputs))
      if isTransposed { rows = rows.transposed }
      // One step for all channels shares nothing out.
      let equalizer = steps.count == rows.shape[1] ? steps : []
      let (grid, scales) = QuantizedLinear.rounded(rows, equalizer: equalizer)
      var values = grid.elements
      for output in 0..<rows.shape[0] {
        for input in 0..<rows.shape[1] {
          values[output * rows.shape[1] + input] *=
            equalizer.isEmpty ? scales[output] : scales[output] / equalizer[input]
        }
      }
      let result = isTransposed ? Tensor(values, rows.shape).transposed : Tensor(values, rows.shape)
      result.withUnsafeElements { source in
        guard let base = source.baseAddress else { return }
        (target.start + firstRow * inputs).update(from: base, count: result.count)
      }
    }
  }

  private func tower(_ tower: some TrainableTower, projection place: String) -> [Weight] {
    let transformer = tower.transformer
    var weights = zip(transformer.chain, transformer.chain.indices.map(transformer.path)).flatMap { block, path in
      let input = byPlace["\(path).attn.in_proj"] ?? [], layer = block.feedForward
      func steps(_ part: BlockPart) -> [Float] { byPlace["\(path).\(part.rawValue)"] ?? [] }
      // What a learned row asks is the same for every sequence: it is computed once, in floats.
      return [
        Weight(
          tensor: block.attention.inputWeight, steps: input,
          firstRow: block.attention.latent == nil ? 0 : block.attention.inner),
        Weight(tensor: block.attention.output.weight, steps: steps(.output)),
      ]
        + (block.hasFeedForward
          ? [
            Weight(tensor: layer.expansion.weight, steps: steps(.expansion)),
            Weight(tensor: layer.contraction.weight, steps: steps(.contraction)),
          ] : []) + (layer.gate.map { [Weight(tensor: $0.weight, steps: steps(.expansion))] } ?? [])
    }
    if let projection = tower.projection {
      weights.append(
        Weight(tensor: projection, steps: byPlace[place] ?? [], isTransposed: tower.projectionBias == nil))
    }
    return weights
  }

  /// What rows are looked up in, and the patches' weights.
  private func tables(_ model: CLIPModel) -> [Weight] {
    [
      model.vision.patchWeight, model.vision.positionalEmbedding, model.text.tokenEmbedding,
      model.text.positionalEmbedding,
    ]
    .map { Weight(tensor: $0) } + (model.vision.classEmbedding.map { [Weight(tensor: $0)] } ?? [])
  }
}

/// Rounds to 8 bits by fixed steps.
struct Int8Rounding: OperandRounding {
  /// By operand: what a step is worth in each channel, or in all.
  private let steps: [RoundedOperand: [Float]]
  private let inverses: [RoundedOperand: [Float]]

  init(_ steps: [RoundedOperand: [Float]]) {
    self.steps = steps
    inverses = steps.mapValues { $0.map { 1 / $0 } }
  }

  func round(_ x: MatrixView, _ operand: RoundedOperand, unit: Float) {
    guard let steps = steps[operand], let inverses = inverses[operand] else { return }
    if steps.count == 1 {
      let step = steps[0] * unit
      Int8Grid.quantize(x, scale: step, into: x)
      forEachRow(x) { row, columns in for column in 0..<columns { row[column] *= step } }
      return
    }
    precondition(steps.count == x.columns && unit == 1, "\(steps.count) channels' steps for \(x.columns) channels")
    Int8Grid.round(x, inverse: 1, inverses: inverses, into: x)
    steps.withUnsafeBufferPointer { steps in
      forEachRow(x) { row, columns in for column in 0..<columns { row[column] *= steps[column] } }
    }
  }

  func cut(_ gradient: MatrixView, of x: MatrixView, _ operand: RoundedOperand, unit: Float) {
    guard let steps = steps[operand] else { return }
    let most = Int8Grid.most * unit
    for row in 0..<x.rows {
      let values = x.start + row * x.stride, target = gradient.start + row * gradient.stride
      for column in 0..<x.columns where abs(values[column]) > most * steps[steps.count == 1 ? 0 : column] {
        target[column] = 0
      }
    }
  }

  func roundShares(_ shares: MatrixView) {
    for row in 0..<shares.rows {
      let weights = shares.rows(row..<row + 1)
      var most: Float = 0, total: Float = 0
      for column in 0..<shares.columns { most = max(most, weights.start[column]) }
      Int8Grid.quantize(weights, scale: max(most, .leastNormalMagnitude) / Int8Grid.most, into: weights)
      for column in 0..<shares.columns { total += weights.start[column] }
      let inverse = 1 / max(total, 1)
      for column in 0..<shares.columns { weights.start[column] *= inverse }
    }
  }

  private func forEachRow(_ x: MatrixView, _ body: (_ row: UnsafeMutablePointer<Float>, _ columns: Int) -> Void) {
    for row in 0..<x.rows { body(x.start + row * x.stride, x.columns) }
  }
}
