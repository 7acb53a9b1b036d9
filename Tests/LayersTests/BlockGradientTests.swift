import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import Testing

@Suite("A block's gradients")
struct BlockGradientTests {
  @Test("predict how a loss of the plain block changes, for every parameter and the input", arguments: Kind.allCases)
  func finiteDifferences(kind: Kind) throws {
    let tokens = 17, sequences = 2
    let shape = try #require(kind.shape(tokens: tokens))
    let source = RandomParameters()
    _ = try ResidualBlock(shape, from: source, at: "b")
    let parameters = source.tensors.map {
      ParameterDescription(name: $0.key, shape: $0.value.shape.extents, kind: .matrix)
    }
    let block = try ResidualBlock(shape, from: ParameterBlock(parameters, from: source), at: "b")
    let gradients = ParameterBlock(zerosFor: parameters)
    let x = randomTensor([sequences, tokens, shape.width])
    let asking = shape.hasLearnedQuery ? 1 : tokens
    let upstream = randomTensor([sequences, asking, shape.width], seed: 9)
    let dInput = backward(block, gradients, x, upstream, asking: asking * sequences)

    func loss(_ plain: PlainBlock, _ x: Tensor, _ change: [Double] = []) -> Double {
      var sum = 0.0
      let weights = rows(upstream)
      for sequence in 0..<sequences {
        var input = rows(x.rows(sequence..<sequence + 1))
        if !change.isEmpty {
          for token in input.indices {
            for column in input[token].indices {
              input[token][column] += change[(sequence * tokens + token) * shape.width + column]
            }
          }
        }
        for (row, values) in plain(input).enumerated() {
          for (column, value) in values.enumerated() { sum += value * weights[sequence * asking + row][column] }
        }
      }
      return sum
    }
    let plain = PlainBlock(shape, source.below("b")), step = 1e-5
    /// Along the gradient, bent so that other directions count too.
    func direction(_ gradient: [Float]) -> [Double] {
      var random = Philox(seed: 3, purpose: .test)
      let length = gradient.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
      return gradient.map {
        Double($0) / max(length, 1e-9) + 0.5 * Double(random.normal()) / Double(gradient.count).squareRoot()
      }
    }
    for entry in gradients.entries {
      let short = String(entry.name.dropFirst(2)), gradient = gradients[entry].elements, along = direction(gradient)
      // The keys' bias moves all scores of a query alike, unless keys are turned; there it is held.
      guard short != "attn.in_proj_bias" else { continue }
      func moved(_ sign: Double) -> Double {
        var other = plain
        other.parameters[short] = zip(plain.parameters[short] ?? [], along).map { $0 + sign * step * $1 }
        return loss(other, x)
      }
      let measured = (moved(1) - moved(-1)) / (2 * step)
      let predicted = zip(gradient, along).reduce(0) { $0 + Double($1.0) * $1.1 }
      #expect(abs(measured - predicted) < 1e-4 * max(abs(predicted), 1), "\(kind) \(short): \(measured) \(predicted)")
    }
    let along = direction(dInput.elements)
    let measured =
      (loss(plain, x, along.map { $0 * step }) - loss(plain, x, along.map { -$0 * step })) / (2 * step)
    let predicted = zip(dInput.elements, along).reduce(0) { $0 + Double($1.0) * $1.1 }
    #expect(abs(measured - predicted) < 1e-4 * max(abs(predicted), 1), "\(kind) input: \(measured) \(predicted)")
    try inputBias(gradients, plain, shape) { loss($0, x) }
  }

  /// By finite differences; zero where a bias is held, and for keys where it moves all scores of a query alike.
  private func inputBias(
    _ gradients: ParameterBlock, _ plain: PlainBlock, _ shape: BlockShape, _ loss: (PlainBlock) -> Double
  ) throws {
    let gradient = try #require(gradients["b.attn.in_proj_bias"]).elements, name = "attn.in_proj_bias"
    let most = gradient.map { abs($0) }.max() ?? 0
    for index in stride(from: 0, to: gradient.count, by: 5) where !shape.heldBiases.contains(index) {
      func moved(_ change: Double) -> Double {
        var other = plain
        other.parameters[name]?[index] += change
        return loss(other)
      }
      let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5
      #expect(abs(measured - Double(gradient[index])) < 1e-4 * Double(max(most, 1)), "\(name)[\(index)]")
    }
    for index in shape.heldBiases { #expect(gradient[index] == 0) }
    guard shape.rotary == nil else { return }
    for index in shape.inner..<2 * shape.inner { #expect(abs(gradient[index]) < 1e-4 * max(most, 1)) }
  }

  /// One group, as ``TowerPass`` runs it.
  private func backward(
    _ block: ResidualBlock, _ gradients: ParameterBlock, _ x: Tensor, _ upstream: Tensor, asking: Int
  ) -> Tensor {
    let rows = x.shape[0] * x.shape[1], width = x.shape[2], dInput = FreshTensor(x.shape)
    MatrixMemory.lend { memory in
      func matrix(_ tensor: Tensor, _ rows: Int) -> MatrixView {
        let copy = memory.matrix(rows, width)
        copy.set(tensor.reshaped(to: [rows, width]))
        return copy
      }
      let isPooled = asking != rows
      let record = BlockRecord(block, input: matrix(x, rows), asking: isPooled ? asking : nil, in: memory)
      let extent = SequenceExtent(
        sequences: x.shape[0], tokens: x.shape[1], isCausal: block.attention.isCausal,
        asking: isPooled ? .learned : .all)
      let workspace = Workspace(lanes: .single), output = memory.matrix(asking, width)
      var stream = record.input
      block.run(&stream, in: RecordingArithmetic(record, output: output, extent, workspace))
      let work = BlockGradientRecord([block], rows: rows, width: width, sequences: x.shape[0], in: memory)
        .sized(for: record)
      let small = memory.matrix(1, block.smallGradientCount), dOutput = matrix(upstream, asking)
      small.fill(0)
      block.backward(
        record, work, extent, dOutput: dOutput, dInput: MatrixView(dInput.start, rows: rows, columns: width),
        small: small.start, workspace: workspace)
      var list: PackingList?
      let parts = block.weightParts(
        record, work, dOutput: dOutput, gradients: gradients, in: .float32, packing: &list)
      for part in parts { part.run() }
      block.addSmallGradients([small.start], to: gradients)
    }
    block.finishLayerScales(gradients)
    return dInput.tensor()
  }
}
