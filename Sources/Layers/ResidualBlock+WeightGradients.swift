package import CLIPCompute
package import CLIPTensors

/// Where a group of sequences sums the gradients of a block's biases and layer norms, in one run of floats.
///
/// Each group has its own and they are added in the groups' order, so that sums do not depend on threads.
struct SmallGradients {
  let attentionNormWeight, attentionNormBias: UnsafeMutablePointer<Float>
  let inputBias, outputBias: UnsafeMutablePointer<Float>
  let feedForwardNormWeight, feedForwardNormBias: UnsafeMutablePointer<Float>
  let expansionBias, contractionBias: UnsafeMutablePointer<Float>
  /// Where the block has these parts.
  let attendedNormWeight, attendedNormBias, hiddenNormWeight, hiddenNormBias: UnsafeMutablePointer<Float>
  let gateBias, latent: UnsafeMutablePointer<Float>

  init(_ block: ResidualBlock, at start: UnsafeMutablePointer<Float>) {
    let width = block.attentionNorm.weight.count
    attentionNormWeight = start
    attentionNormBias = start + width
    outputBias = start + 2 * width
    feedForwardNormWeight = start + 3 * width
    feedForwardNormBias = start + 4 * width
    contractionBias = start + 5 * width
    inputBias = start + 6 * width
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count
    expansionBias = inputBias + 3 * inner
    var end = expansionBias + hidden
    func take(_ floats: Int, _ isThere: Bool) -> UnsafeMutablePointer<Float> {
      defer { if isThere { end += floats } }
      return end
    }
    attendedNormWeight = take(inner, block.attention.innerNorm != nil)
    attendedNormBias = take(inner, block.attention.innerNorm != nil)
    hiddenNormWeight = take(hidden, block.feedForward.innerNorm != nil)
    hiddenNormBias = take(hidden, block.feedForward.innerNorm != nil)
    gateBias = take(hidden, block.feedForward.gate != nil)
    latent = take(width, block.attention.latent != nil)
  }
}

extension ResidualBlock {
  /// Floats in which a group sums the gradients of its biases and layer norms: see ``SmallGradients``.
  package var smallGradientCount: Int {
    let width = attentionNorm.weight.count, inner = attention.inner, hidden = feedForward.expansion.bias.count
    return 6 * width + 3 * inner + hidden + (attention.innerNorm == nil ? 0 : 2 * inner)
      + (feedForward.innerNorm == nil ? 0 : 2 * hidden) + (feedForward.gate == nil ? 0 : hidden)
      + (attention.latent == nil ? 0 : width)
  }

  /// The parameters whose gradients ``weightParts(_:_:dOutput:gradients:in:packing:)`` gives.
  package var matrices: [Tensor] {
    [attention.inputWeight, attention.output.weight]
      + (hasFeedForward ? [feedForward.expansion.weight, feedForward.contraction.weight] : [])
      + (feedForward.gate.map { [$0.weight] } ?? [])
  }

  /// The gradients of the block's matrices, as independent parts.
  ///
  /// - Parameters:
  ///   - record, work: of all rows
  ///   - dOutput: `[asking, width]`
  ///   - gradients: beside the block's parameters; added to
  ///   - products: what the products are computed in
  ///   - list: packs what several parts read, before they run; nil for each packing for itself
  package func weightParts(
    _ record: BlockRecord, _ work: BlockGradientRecord, dOutput: MatrixView, gradients: ParameterBlock,
    in products: ProductArithmetic, packing list: inout PackingList?
  ) -> [WeightGradientPart] {
    let inner = attention.inner, projection = gradients.memory(of: attention.inputWeight)
    var parts: [WeightGradientPart] = []
    func add(_ gradients: [(dy: MatrixView, target: MatrixView)], of x: MatrixView) {
      let packed = list?.add(x, transposed: false)
      for (dy, target) in gradients {
        parts += WeightGradientPart.parts(dy, x, packed: packed, into: target, in: products)
      }
    }
    if hasFeedForward {
      var ofMiddle = [(work.dSum, gradients.memory(of: feedForward.expansion.weight))]
      if let dGate = work.dGate, let gate = feedForward.gate {
        ofMiddle.append((dGate, gradients.memory(of: gate.weight)))
      }
      add(ofMiddle, of: work.normalizedMiddle)
      add([(dOutput, gradients.memory(of: feedForward.contraction.weight))], of: work.hidden)
    }
    if record.queries == nil {
      add([(work.dProjected, projection)], of: work.normalizedInput)
    } else {
      add([(work.dProjected, projection.rows(inner..<3 * inner))], of: work.normalizedInput)
      add([(work.dQueries, projection.rows(0..<inner))], of: work.askingInput)
    }
    add(
      [(work.dMiddle, gradients.memory(of: attention.output.weight))],
      of: attention.innerNorm == nil ? record.attended : work.normalizedAttended ?? record.attended)
    return parts
  }

  /// Adds the groups' sums to the gradients of biases and layer norms.
  ///
  /// - Parameter groups: where each group's ``smallGradientCount`` floats lie, in the groups' order
  package func addSmallGradients(_ groups: [UnsafeMutablePointer<Float>], to gradients: ParameterBlock) {
    for group in groups {
      let sums = SmallGradients(self, at: group)
      func add(_ source: UnsafeMutablePointer<Float>, _ parameter: Tensor) {
        RowOperator.add(
          MatrixView(source, rows: 1, columns: parameter.count), to: gradients.memory(of: parameter))
      }
      add(sums.attentionNormWeight, attentionNorm.weight)
      add(sums.attentionNormBias, attentionNorm.bias)
      for held in attention.heldBiases { sums.inputBias[held] = 0 }
      add(sums.inputBias, attention.inputBias)
      add(sums.outputBias, attention.output.bias)
      if hasFeedForward {
        add(sums.feedForwardNormWeight, feedForwardNorm.weight)
        add(sums.feedForwardNormBias, feedForwardNorm.bias)
        add(sums.expansionBias, feedForward.expansion.bias)
        add(sums.contractionBias, feedForward.contraction.bias)
      }
      if let norm = attention.innerNorm {
        add(sums.attendedNormWeight, norm.weight)
        add(sums.attendedNormBias, norm.bias)
      }
      if let norm = feedForward.innerNorm {
        add(sums.hiddenNormWeight, norm.weight)
        add(sums.hiddenNormBias, norm.bias)
      }
      if let gate = feedForward.gate { add(sums.gateBias, gate.bias) }
      if let latent = attention.latent { add(sums.latent, latent) }
    }
  }

  /// Turns the gradients of scaled branches' weights into those of the weights and of the layer scales, once all rows
  /// have been added.
  ///
  /// With `y = gamma * (W h + b)` the sums hold `dy h^T` and `Σ dy`; then `dgamma = rows of (dy h^T) . W + Σ dy b`, and
  /// `dW` and `db` are the sums times `gamma`.
  package func finishLayerScales(_ gradients: ParameterBlock) {
    func finish(_ scale: Tensor?, _ layer: Linear) {
      guard let scale else { return }
      let dWeight = gradients.memory(of: layer.weight), weight = layer.weight.reading
      let dBias = gradients.memory(of: layer.bias).start, dScale = gradients.memory(of: scale).start
      for (output, (gamma, bias)) in zip(scale.elements, layer.bias.elements).enumerated() {
        let row = dWeight.rows(output..<output + 1)
        let products = RowOperator.dot(row, weight.rows(output..<output + 1))
        dScale[output] += Float(products + Double(dBias[output]) * Double(bias))
        for input in 0..<row.columns { row.start[input] *= gamma }
        dBias[output] *= gamma
      }
    }
    finish(attentionScale, attention.output)
    finish(feedForwardScale, feedForward.contraction)
  }
}
