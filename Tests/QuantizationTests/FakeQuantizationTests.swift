import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPModels
import CLIPQuantization
import CLIPTensors
import Testing

@Suite("Training in 8 bits")
struct FakeQuantizationTests {
  /// Every kind of image tower; the first has heads that do not fill the width and layers of different sizes.
  static let kinds = [
    "", ", \"pool_type\": \"avg\"", ", \"ls_init_value\": 0.5",
    ", \"pool_type\": \"map\", \"class_token\": false, \"patch_bias\": true",
    ", \"pool_type\": \"map\", \"pool_head_width\": 4, \"rotary_reference\": 4, \"rotary_indexing\": \"xy\"",
    ", \"swiglu\": true, \"inner_norms\": true, \"rotary_reference\": 16, \"proj_bias\": true",
  ]

  /// A model whose weights lie in a block, and what is found of its activations.
  private struct Subject {
    let configuration: CLIPConfiguration
    let weights: ParameterBlock
    let model: CLIPModel
    let quantized: QuantizedModel
    let scales: FakeQuantization
    let images: Tensor
    let ids: [Int32]

    init(_ vision: String, clipping: Clipping = .leastSquares) throws {
      configuration = try QuantizedModelTests.configuration(vision: vision)
      let pool = ThreadPool(threads: 1), parameters = ParameterList(configuration).parameters
      weights = try ParameterBlock(parameters, from: InitialParameters(configuration, seed: 1, pool: pool))
      model = try CLIPModel(configuration, from: weights)
      (images, ids) = QuantizedModelTests.pairs(12)
      quantized = try QuantizedModel(model, images: images, ids: ids, clipping: clipping, on: pool)
      scales = FakeQuantization(quantized)
    }
  }

  @Test("features of a training pass that rounds are those of the model in 8 bits", arguments: kinds)
  func forward(vision: String) throws {
    let subject = try Subject(vision), pool = ThreadPool(threads: 2), model = subject.model
    let block = ParameterBlock(zerosFor: subject.weights.entries.map(\.parameter))
    for entry in subject.weights.entries { block.set(entry, subject.weights[entry]) }
    subject.scales.roundWeights(of: model, into: block, on: pool)
    let rounded = try CLIPModel(subject.configuration, from: block)
    let image = TowerPass(
      rounded.vision, subject.images, recomputes: false, rounding: subject.scales.vision(model), on: pool
    ).forward().normalizedRows()
    let text = TowerPass(
      rounded.text, try rounded.text.batch(subject.ids), recomputes: true, rounding: subject.scales.text(model),
      on: pool
    ).forward().normalizedRows()
    let pairs = [
      (
        image, try subject.quantized.imageFeatures(subject.images, on: pool),
        try model.imageFeatures(subject.images, on: pool)
      ),
      (text, try subject.quantized.textFeatures(subject.ids, on: pool), try model.textFeatures(subject.ids, on: pool)),
    ]
    for (own, expected, float) in pairs {
      // A sum's last bit may turn a rounding over, which is one step of one number.
      let distance = Self.distance(own, expected), without = Self.distance(float, expected)
      #expect(distance < 0.25 * without, "\(distance), without rounding \(without)")
    }
  }

  private static func distance(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.elements, b.elements).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
  }

  @Test("weights are rounded to the grid that the 8-bit model has, and nothing but weights and tables is")
  func weights() throws {
    let subject = try Subject(""), pool = ThreadPool(threads: 3), model = subject.model
    let block = ParameterBlock(zerosFor: subject.weights.entries.map(\.parameter))
    for entry in subject.weights.entries { block.set(entry, subject.weights[entry]) }
    subject.scales.roundWeights(of: model, into: block, on: pool)
    let layers = Dictionary(uniqueKeysWithValues: subject.quantized.weightScales.map { ($0.name, $0) })
    let projections = ["visual.proj", "text_projection"]
    for entry in block.entries {
      let own = block[entry], before = subject.weights[entry]
      guard let layer = layers[entry.name] else {
        let isTable = entry.name.hasSuffix("embedding") || entry.name == "token_embedding.weight"
        #expect((own.elements != before.elements) == isTable, "\(entry.name)")
        continue
      }
      let inputs = before.count / layer.scales.count, isTransposed = projections.contains(entry.name)
      for output in layer.scales.indices {
        for input in 0..<inputs {
          let place = isTransposed ? input * layer.scales.count + output : output * inputs + input
          let equalizer = layer.equalizer.isEmpty ? 1 : layer.equalizer[input], step = layer.scales[output] / equalizer
          let value = own.elements[place] / step
          #expect(abs(value - value.rounded()) < 1e-3 && abs(value) < 127.01, "\(entry.name): \(value)")
          // To the nearest, or where the last bit decides, to the next one.
          #expect(abs(own.elements[place] - before.elements[place]) < 0.501 * step, "\(entry.name)")
        }
      }
    }
  }

  /// Rounding that is a constant offset: what it added once it adds again. Its derivative is straight-through's.
  private final class Frozen: OperandRounding, @unchecked Sendable {
    private let base: any OperandRounding
    private var kept: [(offsets: [Float], isFixed: [Bool], factors: [Float])] = []
    private var next: Int?
    /// How many values were beyond their range.
    private(set) var fixed = 0

    init(_ base: any OperandRounding) { self.base = base }

    func replay() { next = 0 }

    func round(_ x: MatrixView, _ operand: RoundedOperand, unit: Float) {
      if let next {
        let (offsets, isFixed, _) = kept[next]
        self.next = next + 1
        forEach(x) { index, value in value = isFixed[index] ? offsets[index] : value + offsets[index] }
        return
      }
      let before = Tensor(copying: x, [x.rows, x.columns]).elements
      var passes = Tensor([Float](repeating: 1, count: before.count), [x.rows, x.columns])
      passes.withMutableMatrix { base.cut($0, of: x, operand, unit: unit) }
      base.round(x, operand, unit: unit)
      let isFixed = passes.elements.map { $0 == 0 }
      fixed += isFixed.count { $0 }
      var offsets: [Float] = []
      forEach(x) { index, value in offsets.append(isFixed[index] ? value : value - before[index]) }
      kept.append((offsets, isFixed, []))
    }

    func roundShares(_ shares: MatrixView) {
      var offsets: [Float] = [], factors: [Float] = []
      let before = Tensor(copying: shares, [shares.rows, shares.columns]).elements, columns = shares.columns
      if next == nil {
        for row in 0..<shares.rows {
          let values = before[row * columns..<(row + 1) * columns], factor = 127 / (values.max() ?? 1)
          factors.append(factor)
          offsets += values.map { ($0 * factor).rounded(.toNearestOrEven) - $0 * factor }
        }
        kept.append((offsets, [], factors))
        base.roundShares(shares)
        return
      }
      (offsets, _, factors) = kept[next ?? 0]
      next = (next ?? 0) + 1
      for row in 0..<shares.rows {
        let values = (0..<columns).map { before[row * columns + $0] * factors[row] + offsets[row * columns + $0] }
        let total = values.reduce(0, +)
        for column in 0..<columns { shares.start[row * columns + column] = values[column] / total }
      }
    }

    func cut(_ gradient: MatrixView, of x: MatrixView, _ operand: RoundedOperand, unit: Float) {
      base.cut(gradient, of: x, operand, unit: unit)
    }

    private func forEach(_ x: MatrixView, _ body: (Int, inout Float) -> Void) {
      for row in 0..<x.rows {
        for column in 0..<x.columns { body(row * x.columns + column, &x.start[row * x.stride + column]) }
      }
    }
  }

  @Test(
    "gradients are those of the network at its rounded operands: rounding a constant, beyond the range nothing passes",
    arguments: kinds)
  func straightThrough(vision: String) throws {
    // Narrow ranges, so that much is beyond them.
    let subject = try Subject(vision, clipping: .percentile(0.97)), model = subject.model
    try check(model.vision, subject.images, subject.scales.vision(model), subject.weights, "visual.")
    try check(model.text, try model.text.batch(subject.ids), subject.scales.text(model), subject.weights, "")
  }

  private func check<Tower: TrainableTower>(
    _ tower: Tower, _ input: Tower.Input, _ rounding: TowerRounding, _ weights: ParameterBlock, _ prefix: String
  ) throws {
    let pool = ThreadPool(threads: 1)
    let frozen = ([rounding.ends] + rounding.blocks).map(Frozen.init)
    let replayed = TowerRounding(ends: frozen[0], blocks: Array(frozen.dropFirst()))
    let features = TowerPass(tower, input, recomputes: false, rounding: replayed, on: pool).forward()
    #expect(frozen.reduce(0) { $0 + $1.fixed } > 0)
    var random = Philox(seed: 3, purpose: .test)
    let weighing = Tensor((0..<features.count).map { _ in random.normal() }, features.shape)
    func weighed() -> Double {
      frozen.forEach { $0.replay() }
      let features = TowerPass(tower, input, recomputes: false, rounding: replayed, on: pool).forward()
      return zip(features.elements, weighing.elements).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let gradients = ParameterBlock(zerosFor: weights.entries.map(\.parameter))
    let pass = TowerPass(tower, input, recomputes: false, rounding: rounding, on: pool)
    #expect(pass.forward().elements == features.elements)
    pass.backward(weighing, gradients: gradients)
    for entry in weights.entries where entry.name.hasPrefix("visual.") == (prefix == "visual.") {
      let gradient = gradients[entry].elements, start = weights[entry].elements
      let length = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 1e-2 else { continue }
      let direction = gradient.map { Double($0) / length }, step = min(0.005, 0.05 / length)
      func value(_ sign: Double) -> Double {
        weights.set(
          entry, Tensor(zip(start, direction).map { Float(Double($0) + sign * step * $1) }, weights[entry].shape))
        return weighed()
      }
      let measured = (value(1) - value(-1)) / (2 * step)
      weights.set(entry, Tensor(start, weights[entry].shape))
      #expect(abs(measured - length) < 0.02 * length + 2e-5 / step, "\(entry.name): \(measured), \(length)")
    }
  }
}
