import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import Testing

@Suite("Towers")
struct TowerTests {
  private static func shape(
    heads: Int = 3, causal: Bool = true, layerScale: Float? = nil, projectionBias: Bool = false
  ) -> CLIPConfiguration {
    var vision = VisionConfiguration(
      imageSize: 20, patchSize: 5, width: 24, layers: 2, heads: heads, headWidth: 8, mlpWidth: 40)
    vision.layerScaleInit = layerScale
    var text = TextConfiguration(contextLength: 9, vocabularySize: 50, width: 16, layers: 2, heads: 2, mlpWidth: 32)
    text.noCausalMask = !causal
    text.projectionBias = projectionBias
    return CLIPConfiguration(embedDimension: 12, vision: vision, text: text)
  }

  private static func images(_ count: Int, size: Int = 20) -> Tensor {
    var random = Philox(seed: 5, purpose: .test)
    return Tensor((0..<count * 3 * size * size).map { _ in random.normal() }, [count, 3, size, size])
  }

  /// Texts whose end token, the largest id, stands at different places.
  private static func texts(_ count: Int) -> [Int32] {
    (0..<count).flatMap { text -> [Int32] in
      var ids = [Int32](repeating: 0, count: 9)
      for token in 0...(text % 8) { ids[token] = Int32(1 + (text * 7 + token * 3) % 40) }
      ids[text % 8 + 1] = 49
      return ids
    }
  }

  private static func model(_ shape: CLIPConfiguration) throws -> CLIPModel {
    try CLIPModel(shape, from: InitialParameters(shape, seed: 1, pool: ThreadPool(threads: 2)))
  }

  @Test(
    "cutting texts after their end token, and the last block to one token, changes nothing", arguments: [true, false])
  func shortcuts(causal: Bool) throws {
    let model = try Self.model(Self.shape(causal: causal)), pool = ThreadPool(threads: 2)
    let ids = Self.texts(13), images = Self.images(13)
    // An observed pass computes every token of every block.
    let full = try model.text(ids, on: pool) { _, _ in }, fullImages = try model.vision(images, on: pool) { _, _ in }
    #expect(deviation(try model.text(ids, on: pool), full) < 1e-6)
    #expect(deviation(try model.vision(images, on: pool), fullImages) < 1e-6)
  }

  @Test("laying weights out once changes no more than the order of sums", arguments: ProductArithmetic.allCases)
  func packing(products: ProductArithmetic) throws {
    for (layerScale, bias) in [(Float?.none, false), (0.5, true)] {
      let model = try Self.model(Self.shape(layerScale: layerScale, projectionBias: bias))
      let packed = model.packed(in: products), images = Self.images(9), ids = Self.texts(9)
      let tolerance = products == .float32 ? 2e-6 : 0.05
      let pool = ThreadPool(threads: 2)
      let image = try packed.imageFeatures(images, on: pool), text = try packed.textFeatures(ids, on: pool)
      #expect(deviation(image, try model.imageFeatures(images, on: pool)) < tolerance)
      #expect(deviation(text, try model.textFeatures(ids, on: pool)) < tolerance)
      for threads in [1, 3] {
        #expect(try packed.imageFeatures(images, on: ThreadPool(threads: threads)).elements == image.elements)
        #expect(try packed.textFeatures(ids, on: ThreadPool(threads: threads)).elements == text.elements)
      }
    }
  }

  @Test("a packed model sees a weight that is set afterwards")
  func packedThenChanged() throws {
    let model = try Self.model(Self.shape()), images = Self.images(3), pool = ThreadPool(threads: 2)
    var packed = model.packed(), changed = model
    let weight = model.vision.transformer.blocks[0].feedForward.expansion.weight
    let twice = Tensor(weight.elements.map { 2 * $0 }, weight.shape)
    packed.vision.transformer.blocks[0].feedForward.expansion.weight = twice
    changed.vision.transformer.blocks[0].feedForward.expansion.weight = twice
    let found = try packed.imageFeatures(images, on: pool), expected = try changed.imageFeatures(images, on: pool)
    #expect(deviation(found, expected) < 2e-6)
    #expect(deviation(found, try model.imageFeatures(images, on: pool)) > 1e-4)
  }

  @Test("single pictures give the same bits on 1, 2 and 3 threads where the feed-forward layer is wide")
  func wideSinglePicture() throws {
    var shape = Self.shape()
    // Enough rows and hidden channels that one thread would cut the layer into blocks.
    shape.vision = VisionConfiguration(
      imageSize: 70, patchSize: 5, width: 48, layers: 2, heads: 3, headWidth: 16, mlpWidth: 2304)
    let model = try Self.model(shape), images = Self.images(1, size: 70)
    let results = try [1, 2, 3].map { try model.imageFeatures(images, on: ThreadPool(threads: $0)).elements }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test("a tower whose heads do not fill its width runs", arguments: [1, 2, 4])
  func prunedHeads(heads: Int) throws {
    let model = try Self.model(Self.shape(heads: heads)), pool = ThreadPool(threads: 2)
    let features = try model.imageFeatures(Self.images(5), on: pool)
    #expect(features.shape == [5, 12])
    #expect(features.isFinite)
  }

  @Test("a head whose output weights are zero changes nothing when it is cut out")
  func zeroHead() throws {
    let shape = Self.shape(heads: 3)
    var model = try Self.model(shape)
    let pool = ThreadPool(threads: 1), images = Self.images(3)
    for index in model.vision.transformer.blocks.indices {
      model.vision.transformer.blocks[index].attention.output.weight.withUnsafeMutableElements { weight in
        for row in 0..<24 { for column in 8..<16 { weight[row * 24 + column] = 0 } }
      }
    }
    let before = try model.vision(images, on: pool)
    let source = WithoutSecondHead(model: model)
    var smaller = model
    smaller.vision = try VisionTower(Self.shape(heads: 2), from: source)
    #expect(deviation(try smaller.vision(images, on: pool), before) < 1e-6)
  }

  @Test("layer scale of one equals no layer scale; of zero, no blocks")
  func layerScale() throws {
    let pool = ThreadPool(threads: 2), images = Self.images(6)
    let plain = try Self.model(Self.shape()).vision(images, on: pool)
    #expect(deviation(try Self.model(Self.shape(layerScale: 1)).vision(images, on: pool), plain) < 2e-6)
    #expect(deviation(try Self.model(Self.shape(layerScale: 0)).vision(images, on: pool), plain) > 1e-2)
  }

  @Test("a bias of the text projection is added")
  func projectionBias() throws {
    let pool = ThreadPool(threads: 1), ids = Self.texts(3)
    var model = try Self.model(Self.shape(projectionBias: true))
    let before = try model.text(ids, on: pool).elements
    model.text.projectionBias = Tensor(repeating: 2, [12])
    for (a, b) in zip(try model.text(ids, on: pool).elements, before) { #expect(abs(a - b - 2) < 1e-5) }
  }

  @Test("pictures of another size and ids outside the vocabulary are refused with both figures")
  func refusals() throws {
    let model = try Self.model(Self.shape()), pool = ThreadPool(threads: 1)
    #expect(throws: ShapeError("vision tower", expected: "[batch, 3, 20, 20]", found: [2, 3, 10, 10])) {
      try model.vision(Self.images(2, size: 10), on: pool)
    }
    #expect(throws: ShapeError("text tower", expected: "[batch, 9]", found: [10])) {
      try model.text([Int32](repeating: 1, count: 10), on: pool)
    }
    #expect(throws: TokenRangeError(id: 50, text: 1, vocabularySize: 50)) {
      try model.text([Int32](repeating: 1, count: 9) + [50, 0, 0, 0, 0, 0, 0, 0, 0], on: pool)
    }
  }

  @Test("fresh parameters are the same on any number of threads and have open_clip's spread")
  func initialParameters() throws {
    let shape = Self.shape()
    let one = InitialParameters(shape, seed: 3, pool: ThreadPool(threads: 1))
    let three = InitialParameters(shape, seed: 3, pool: ThreadPool(threads: 3))
    let other = InitialParameters(shape, seed: 4, pool: ThreadPool(threads: 1))
    let name = "token_embedding.weight", large: Shape = [5000, 16]
    #expect(one.parameter(name, large).elements == three.parameter(name, large).elements)
    #expect(one.parameter(name, large).elements != other.parameter(name, large).elements)
    let values = one.parameter(name, large).elements.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation = (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)).squareRoot()
    #expect(abs(mean) < 4e-4)
    #expect(abs(deviation - 0.02) < 4e-4)
  }
}

/// A vision tower's parameters without the second of three heads of eight channels.
private struct WithoutSecondHead: ParameterSource {
  let model: CLIPModel

  func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    let vision = model.vision
    switch name {
    case "visual.class_embedding": return try #require(vision.classEmbedding)
    case "visual.positional_embedding": return vision.positionalEmbedding
    case "visual.conv1.weight": return vision.patchWeight
    case "visual.proj": return try #require(vision.projection)
    case "visual.ln_pre.weight": return try #require(vision.preNorm).weight
    case "visual.ln_pre.bias": return try #require(vision.preNorm).bias
    case "visual.ln_post.weight": return vision.postNorm.weight
    case "visual.ln_post.bias": return vision.postNorm.bias
    default: break
    }
    let parts = name.split(separator: ".")
    let block = vision.transformer.blocks[try #require(Int(parts[3]))]
    // Rows of queries, keys and values that belong to the first and the third head.
    let kept: [Int] = (0..<72).filter { $0 % 24 / 8 != 1 }
    switch parts[4...].joined(separator: ".") {
    case "ln_1.weight": return block.attentionNorm.weight
    case "ln_1.bias": return block.attentionNorm.bias
    case "ln_2.weight": return block.feedForwardNorm.weight
    case "ln_2.bias": return block.feedForwardNorm.bias
    case "mlp.c_fc.weight": return block.feedForward.expansion.weight
    case "mlp.c_fc.bias": return block.feedForward.expansion.bias
    case "mlp.c_proj.weight": return block.feedForward.contraction.weight
    case "mlp.c_proj.bias": return block.feedForward.contraction.bias
    case "attn.out_proj.bias": return block.attention.output.bias
    case "attn.in_proj_bias":
      let bias = block.attention.inputBias.elements
      return Tensor(kept.map { bias[$0] }, shape)
    case "attn.in_proj_weight":
      let weight = block.attention.inputWeight.elements
      return Tensor(kept.flatMap { weight[$0 * 24..<$0 * 24 + 24] }, shape)
    default:
      let weight = block.attention.output.weight.elements
      return Tensor((0..<24).flatMap { row in kept[0..<16].map { weight[row * 24 + $0] } }, shape)
    }
  }
}
