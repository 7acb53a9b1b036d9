import CLIPCompute
import CLIPFiles
import CLIPLayers
import CLIPModelShapes
import CLIPModels
import CLIPPruning
import CLIPTensors
import CLIPTraining
import Testing

@Suite("Learned masks: gates")
struct MaskGateTests {
  private static let kinds: [PruningSample.Kind] = [
    .plain, .quickGELU, .layerScale, .pooledAfterNorm, .pooledBeforeNorm, .projectionBias, .uneven, .noPreNorm, .gated,
  ]

  @Test("a gate is closed, and wide open, as often as the closed form says", arguments: [-4.0, -1, 0, 1.5, 4])
  func probabilities(logAlpha: Double) {
    let distribution = HardConcrete(), draws = 100_000
    var random = Philox(seed: 3, purpose: .test), closed = 0, open = 0
    for _ in 0..<draws {
      let gate = distribution.gate(logAlpha, uniform: Double(random.uniform()) + 0x1p-25)
      #expect((0...1).contains(gate.value) && gate.slope >= 0)
      if gate.value == 0 { closed += 1 }
      if gate.value == 1 { open += 1 }
    }
    func isNear(_ count: Int, _ probability: Double) -> Bool {
      let error = (probability * (1 - probability) / Double(draws)).squareRoot()
      return abs(Double(count) / Double(draws) - probability) < 4.5 * error
    }
    #expect(isNear(closed, 1 - distribution.openProbability(logAlpha)), "\(closed)")
    // The distribution is its own mirror image.
    #expect(isNear(open, 1 - distribution.openProbability(-logAlpha)), "\(open)")
    #expect(distribution.settled(logAlpha) > 0 && distribution.settled(logAlpha) < 1)
  }

  @Test("a gate's slope predicts how it changes")
  func slope() {
    let distribution = HardConcrete(), small = 1e-5
    for logAlpha in [-2.0, 0, 1, 3] {
      for uniform in [0.05, 0.3, 0.5, 0.8] {
        let gate = distribution.gate(logAlpha, uniform: uniform)
        let change =
          distribution.gate(logAlpha + small, uniform: uniform).value
          - distribution.gate(logAlpha - small, uniform: uniform).value
        #expect(abs(change / (2 * small) - gate.slope) < 1e-4, "\(logAlpha) \(uniform)")
      }
    }
  }

  /// Gates between 0.4 and 1.
  private static func values(_ gates: MaskGates, seed: UInt64) -> [Double] {
    var random = Philox(seed: seed, purpose: .test)
    return (0..<gates.count).map { _ in 0.4 + 0.6 * Double(random.uniform()) }
  }

  private static func engine(_ sample: PruningSample) throws -> TrainingEngine {
    try TrainingEngine(sample.configuration, from: sample.state, on: sample.pool)
  }

  @Test("gradients of gates, and of weights behind gates, predict how the loss changes", arguments: kinds)
  func gradients(kind: PruningSample.Kind) throws {
    let sample = try PruningSample(kind, pairs: 12), engine = try Self.engine(sample)
    let gates = MaskGates(sample.configuration.vision), terms = [LossTerm(ContrastiveLoss())]
    let weights = GatedWeights(gates, of: sample.configuration, in: engine.weights, on: sample.pool)
    let batch = TrainingEngine.Batch(images: sample.calibration.images, ids: sample.calibration.ids)
    func loss(_ values: [Double]) throws -> Double {
      weights.close(engine.weights, values)
      defer { weights.open(engine.weights) }
      return try engine.computeGradients(batch, terms).total
    }
    let values = Self.values(gates, seed: 2)
    weights.close(engine.weights, values)
    _ = try engine.computeGradients(batch, terms)
    let found = weights.gradients(values, engine.gradients)
    weights.open(engine.weights)
    // Along the gradient itself, where the loss changes most, so that rounding of floats counts least.
    let groups =
      [("channels", gates.channels)] + gates.heads.enumerated().map { ("heads \($0)", $1) }
      + gates.units.enumerated().map { ("units \($0)", $1) }
    let named = Dictionary(
      uniqueKeysWithValues: engine.gradients.entries.map { ($0.name, engine.gradients[$0].elements) })
    for (name, group) in groups {
      let length = group.reduce(0) { $0 + found[$1] * found[$1] }.squareRoot(), small = 0.02
      #expect(length > 0, "\(name)")
      func moved(_ by: Double) -> [Double] {
        var values = values
        for index in group { values[index] += by * found[index] / length }
        return values
      }
      let change = (try loss(moved(small)) - loss(moved(-small))) / (2 * small)
      #expect(abs(change - length) < 0.02 * length + 2e-5, "\(name): \(change), \(length)")
    }
    for name in [
      "visual.conv1.weight", "visual.positional_embedding", "visual.transformer.resblocks.1.attn.out_proj.weight",
      "visual.transformer.resblocks.0.mlp.c_proj.weight", "visual.transformer.resblocks.1.ln_2.weight",
      "visual.transformer.resblocks.0.ln_1.bias", "visual.transformer.resblocks.0.mlp.c_fc.weight",
    ] {
      let entry = try #require(engine.weights.entries.first { $0.name == name }), gradient = try #require(named[name])
      let start = engine.weights[entry].elements, small: Float = 0.02
      let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      func moved(_ by: Float) throws -> Double {
        engine.weights.set(
          entry, Tensor(zip(start, gradient).map { $0 + by * $1 / length }, Shape(entry.parameter.shape)))
        defer { engine.weights.set(entry, Tensor(start, Shape(entry.parameter.shape))) }
        return try loss(values)
      }
      let change = (try moved(small) - moved(-small)) / Double(2 * small)
      #expect(abs(change - Double(length)) < 0.03 * Double(length) + 2e-5, "\(name): \(change), \(length)")
    }
  }

  @Test("weights come back as they were, to the bit")
  func opening() throws {
    let sample = try PruningSample(), engine = try Self.engine(sample), gates = MaskGates(sample.configuration.vision)
    let before = engine.weights.entries.map { engine.weights[$0].elements }
    let weights = GatedWeights(gates, of: sample.configuration, in: engine.weights, on: sample.pool)
    weights.close(engine.weights, Self.values(gates, seed: 1))
    let closed = engine.weights.entries.map { engine.weights[$0].elements }
    weights.open(engine.weights)
    let after = engine.weights.entries.map { engine.weights[$0].elements }
    let isBack = before == after, isChanged = before != closed
    #expect(isBack && isChanged)
    for (entry, (old, new)) in zip(engine.weights.entries, zip(before, closed)) where !entry.name.hasPrefix("visual.") {
      let isSame = old == new
      #expect(isSame, "\(entry.name)")
    }
  }

  @Test("closed gates are a cut: of heads and units exactly, of channels where the stream's mean is 0")
  func cuts() throws {
    var sample = try PruningSample(.noPreNorm)
    let gates = MaskGates(sample.configuration.vision)
    var plan = PruningPlan(keepingAllOf: sample.configuration)
    plan.vision.heads = [[0, 2], [1], [0, 1, 2]]
    plan.vision.units = [Array(0..<17), Array(5..<40), [3, 4, 39]]
    plan.vision.channels = [0, 1, 2, 5, 7, 8, 9, 12, 13, 14, 20, 23]
    // What writes the channels that stay is centered over them.
    let kept = plan.vision.channels
    for parameter in ParameterList(sample.configuration).parameters where parameter.name.hasPrefix("visual.") {
      let name = parameter.name, isColumns = name == "visual.positional_embedding"
      guard
        isColumns || ["visual.class_embedding", "visual.conv1.weight"].contains(name) || name.contains("out_proj")
          || name.contains("c_proj")
      else { continue }
      sample.edit(name) { elements, shape in
        let rows = isColumns ? shape[1] : shape[0], others = elements.count / rows
        func place(_ row: Int, _ other: Int) -> Int { isColumns ? other * rows + row : row * others + other }
        for other in 0..<others {
          let mean = kept.reduce(0) { $0 + elements[place($1, other)] } / Float(kept.count)
          for row in kept { elements[place(row, other)] -= mean }
        }
      }
    }
    for cutsChannels in [false, true] {
      if !cutsChannels { plan.vision.channels = Array(0..<24) } else { plan.vision.channels = kept }
      var values = [Double](repeating: 0, count: gates.count)
      for channel in plan.vision.channels { values[gates.channels.lowerBound + channel] = 1 }
      for layer in 0..<3 {
        for head in plan.vision.heads[layer] { values[gates.heads[layer].lowerBound + head] = 1 }
        for unit in plan.vision.units[layer] { values[gates.units[layer].lowerBound + unit] = 1 }
      }
      let block = try ParameterBlock(ParameterList(sample.configuration).parameters, from: sample.state)
      GatedWeights(gates, of: sample.configuration, in: block, on: sample.pool).close(block, values)
      let gated = try sample.features(CLIPModel(sample.configuration, from: block))
      let distance = PruningSample.distance(gated, try sample.features(sample.cut(plan)))
      #expect(distance < (cutsChannels ? 1e-3 : 1e-5), "\(distance)")
    }
  }

  @Test("at gates of 0 and 1 the expected cost is the exact one", arguments: PruningSample.Kind.allCases)
  func cost(kind: PruningSample.Kind) throws {
    let dense = try PruningSample(kind).configuration, cost = ExpectedCost(dense)
    #expect(cost.whole == Double(dense.imageMultiplyAdds))
    var random = Philox(seed: 7, purpose: .test)
    for _ in 0..<20 {
      var shape = dense
      shape.vision.width = random.integer(below: dense.vision.width + 1)
      shape.vision.headsPerLayer = dense.vision.headsPerLayer.map { random.integer(below: $0 + 1) }
      shape.vision.mlpWidth = dense.vision.mlpWidth.map { random.integer(below: $0 + 1) }
      let sizes = ExpectedCost.Sizes(
        width: Double(shape.vision.width), heads: shape.vision.headsPerLayer.map(Double.init),
        units: shape.vision.mlpWidth.map(Double.init))
      #expect(cost(sizes) == Double(shape.imageMultiplyAdds))
    }
  }

  @Test("expected multiply-adds are the mean over draws, and their slopes predict how they change")
  func expectation() throws {
    let dense = try PruningSample().configuration, gates = MaskGates(dense.vision), distribution = HardConcrete()
    let cost = ExpectedCost(dense), width = dense.vision.width
    var random = Philox(seed: 4, purpose: .test)
    let logAlphas = (0..<gates.count).map { _ in 3 * Double(random.normal()) }
    let (sparsity, slopes) = MaskLearning.sparsity(logAlphas, gates, distribution, cost, width: width)
    for index in stride(from: 0, to: gates.count, by: 7) {
      func moved(_ by: Double) -> Double {
        var logAlphas = logAlphas
        logAlphas[index] += by
        return MaskLearning.sparsity(logAlphas, gates, distribution, cost, width: width).sparsity
      }
      let change = (moved(1e-4) - moved(-1e-4)) / 2e-4
      #expect(abs(change - slopes[index]) < 1e-8, "\(index)")
    }
    // What is open in each draw, counted.
    var mean = 0.0
    let draws = 4000
    for step in 0..<draws {
      let values = gates.draw(logAlphas, distribution, seed: 1, step: step).values
      func count(_ range: Range<Int>) -> Int { range.count { values[$0] > 0 } }
      var shape = dense
      shape.vision.width = count(gates.channels)
      shape.vision.headsPerLayer = gates.heads.map(count)
      shape.vision.mlpWidth = gates.units.map(count)
      mean += Double(shape.imageMultiplyAdds) / cost.whole / Double(draws)
    }
    #expect(abs(1 - mean - sparsity) < 0.005, "\(1 - mean) \(sparsity)")
  }

  @Test("no draw closes all channels; the same seed and step draw the same gates")
  func draws() throws {
    let gates = MaskGates(try PruningSample().configuration.vision), distribution = HardConcrete()
    let closed = [Double](repeating: -30, count: gates.count)
    let drawn = gates.draw(closed, distribution, seed: 1, step: 0).values
    #expect(drawn.filter { $0 > 0 } == [1] && gates.channels.contains { drawn[$0] == 1 })
    let even = [Double](repeating: 0, count: gates.count)
    func draw(_ seed: UInt64, _ step: Int) -> [Double] { gates.draw(even, distribution, seed: seed, step: step).values }
    #expect(draw(1, 2) == draw(1, 2) && draw(1, 2) != draw(1, 3) && draw(1, 2) != draw(2, 2))
  }

  @Test("sizes follow the gates within the budget, in the steps of other strategies")
  func sizes() throws {
    var dense = try PruningSample().configuration
    dense.vision = VisionConfiguration(
      imageSize: 64, patchSize: 8, width: 128, layers: 2, heads: 4, headWidth: 32, mlpWidth: 512)
    let gates = MaskGates(dense.vision)
    var logAlphas = [Double](repeating: -4, count: gates.count)
    for channel in 0..<50 { logAlphas[gates.channels.lowerBound + channel * 2] = 4 }
    logAlphas[gates.heads[0].lowerBound + 3] = 4
    for unit in 0..<200 { logAlphas[gates.units[1].lowerBound + unit] = 4 }
    let sizes = MaskSizes(dense, gates, logAlphas, HardConcrete())
    for share in [0.1, 0.25, 0.5, 0.9, 1] {
      let limit = Int(share * Double(dense.imageMultiplyAdds)), shape = try sizes.shape(within: limit).vision
      var model = dense
      model.vision = shape
      #expect(model.imageMultiplyAdds <= limit && Double(model.imageMultiplyAdds) > 0.9 * Double(limit), "\(share)")
      #expect(shape.width % 8 == 0 && shape.mlpWidth.allSatisfy { $0 % 16 == 0 && $0 >= 16 })
      #expect(shape.headsPerLayer.allSatisfy { (1...4).contains($0) })
      if share < 0.5 { #expect(shape.mlpWidth[1] > shape.mlpWidth[0], "\(shape.mlpWidth)") }
    }
    #expect(try sizes.shape(within: dense.imageMultiplyAdds) == dense)
    let error = #expect(throws: InputError.self) { try sizes.shape(within: 1000) }
    #expect(error?.description.contains("--target-image-macs cannot be reached: the smallest shape has") ?? false)
    // The same before any gate has moved.
    let early = #expect(throws: InputError.self) {
      try MaskLearning.check(Budget(.imageMacs, limit: 1000), of: dense)
    }
    #expect(early?.description == error?.description)
  }

  @Test("multipliers ascend while sparsity is off its target, which grows to its end in half of the steps")
  func constraint() {
    var constraint = SparsityConstraint(target: 0.8, steps: 100)
    #expect(abs(constraint.target(at: 24) - 0.4) < 1e-12 && constraint.target(at: 49) == 0.8)
    #expect(constraint.target(at: 99) == 0.8)
    let before = constraint.slope(0.5, at: 99)
    constraint.ascend(0.5, at: 99)
    // Too little sparsity: the term falls as sparsity grows, and ever more so.
    #expect(before < 0 && constraint.slope(0.5, at: 99) < before)
    #expect(constraint.linear < 0 && constraint.quadratic > 1000)
    constraint.ascend(1, at: 99)
    #expect(constraint.slope(0.9, at: 99) > 0)
  }
}
