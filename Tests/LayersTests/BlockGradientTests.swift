import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import Testing

/// Zeros, kept by name: where gradients are summed.
private final class Zeros: ParameterSource {
  private(set) var tensors: [String: Tensor] = [:]

  func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    let tensor = Tensor(zeros: shape)
    tensors[name] = tensor
    return tensor
  }
}

@Suite("A block's gradients")
struct BlockGradientTests {
  @Test("predict how a loss of the plain block changes, for every parameter and the input", arguments: Kind.allCases)
  func finiteDifferences(kind: Kind) throws {
    let tokens = 17, sequences = 2
    let shape = try #require(kind.shape(tokens: tokens))
    let source = RandomParameters(), block = try ResidualBlock(shape, from: source, at: "b")
    let zeros = Zeros(), gradients = try ResidualBlock(shape, from: zeros, at: "b")
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
    for (name, tensor) in zeros.tensors {
      let short = String(name.dropFirst(2)), gradient = tensor.elements, along = direction(gradient)
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
    try inputBias(zeros, source, plain, shape) { loss($0, x) }
  }

  /// By finite differences; that of keys is zero where it does nothing or is held.
  private func inputBias(
    _ zeros: Zeros, _ source: RandomParameters, _ plain: PlainBlock, _ shape: BlockShape, _ loss: (PlainBlock) -> Double
  ) throws {
    let gradient = try #require(zeros.tensors["b.attn.in_proj_bias"]).elements, name = "attn.in_proj_bias"
    let most = gradient.map { abs($0) }.max() ?? 0
    let hasKeys = shape.rotary != nil && shape.inputBias == .all, keys = shape.inner..<2 * shape.inner
    for index in stride(from: 0, to: gradient.count, by: 5) where hasKeys || !keys.contains(index) {
      func moved(_ change: Double) -> Double {
        var other = plain
        other.parameters[name]?[index] += change
        return loss(other)
      }
      let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5
      #expect(abs(measured - Double(gradient[index])) < 1e-4 * Double(max(most, 1)), "\(name)[\(index)]")
    }
    for index in hasKeys ? 0..<0 : keys { #expect(abs(gradient[index]) < 1e-4 * max(most, 1)) }
  }

  /// One group, as ``TowerPass`` runs it.
  private func backward(
    _ block: ResidualBlock, _ gradients: ResidualBlock, _ x: Tensor, _ upstream: Tensor, asking: Int
  ) -> Tensor {
    let memory = MatrixMemory(), rows = x.shape[0] * x.shape[1], width = x.shape[2]
    func view(_ tensor: Tensor, _ rows: Int) -> MatrixView { MatrixView(tensor.pointer, rows: rows, columns: width) }
    let isPooled = asking != rows
    let record = BlockRecord(block, input: view(x, rows), asking: isPooled ? asking : nil, in: memory)
    let extent = SequenceExtent(
      sequences: x.shape[0], tokens: x.shape[1], isCausal: block.attention.isCausal,
      asking: isPooled ? .learned : .all)
    let workspace = Workspace(lanes: .single), output = memory.matrix(asking, width)
    var stream = record.input
    block.run(&stream, in: RecordingArithmetic(record, output: output, extent, workspace))
    let work = BlockGradientRecord([block], rows: rows, width: width, sequences: x.shape[0], in: memory)
      .sized(for: record)
    let small = memory.matrix(1, block.smallGradientCount), dInput = Tensor(uninitialized: x.shape)
    small.start.update(repeating: 0, count: small.columns)
    block.backward(
      record, work, extent, dOutput: view(upstream, asking), dInput: view(dInput, rows), small: small.start,
      workspace: workspace)
    for part in block.weightParts(record, work, dOutput: view(upstream, asking), gradients: gradients) { part.run() }
    block.addSmallGradients([small.start], to: gradients)
    block.finishLayerScales(gradients)
    withExtendedLifetime((memory, x, upstream)) {}
    return dInput
  }
}
