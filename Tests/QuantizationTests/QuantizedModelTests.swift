import CLIPModels
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPModelShapes
import CLIPQuantization
import CLIPTensors
import Testing
import CLIPWeights

@Suite("Models in 8 bits")
struct QuantizedModelTests {
  /// Heads that do not fill the width, layers of different sizes, a mean-pooled or class-token image tower.
  static func configuration(_ more: String = "", vision: String = "") throws -> CLIPConfiguration {
    let text = """
      {"embed_dim": 24, \(more)
       "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 8,
                      "heads": [3, 2], "mlp_width": [80, 48] \(vision)},
       "text_cfg": {"context_length": 12, "vocab_size": 99, "width": 24, "heads": 3, "layers": 2}}
      """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
    try AtomicFile.write(text, to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try ModelDescription.resolve(path).configuration
  }

  static func model(_ configuration: CLIPConfiguration, seed: UInt64 = 1) throws -> CLIPModel {
    try CLIPModel(configuration, from: InitialParameters(configuration, seed: seed, pool: ThreadPool(threads: 1)))
  }

  static func pairs(_ count: Int, seed: UInt64 = 5) -> (images: Tensor, ids: [Int32]) {
    var random = Philox(seed: seed, purpose: .search, index: 0)
    let pixels = (0..<count * 3 * 32 * 32).map { _ in Float(random.nextWord() % 4000) / 1000 - 2 }
    var ids: [Int32] = []
    for _ in 0..<count {
      let length = 3 + Int(random.nextWord() % 8)
      ids += [97] + (1..<length).map { _ in Int32(random.nextWord() % 96 + 1) } + [98]
      ids += [Int32](repeating: 0, count: 12 - length - 1)
    }
    return (Tensor(pixels, [count, 3, 32, 32]), ids)
  }

  private static func cosines(_ a: Tensor, _ b: Tensor) -> [Double] {
    let x = a.elements, y = b.elements, columns = a.shape[1]
    return (0..<a.shape[0]).map { row in
      (0..<columns).reduce(0) { $0 + Double(x[row * columns + $1]) * Double(y[row * columns + $1]) }
    }
  }

  @Test("blocks of attention alone, in integers and in floats", arguments: [[0, 48], [80, 0], [0, 0]])
  func attentionOnly(hidden: [Int]) throws {
    var configuration = try Self.configuration()
    configuration.vision.mlpWidth = hidden
    let model = try Self.model(configuration), pairs = Self.pairs(40), pool = ThreadPool(threads: 2)
    let found = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: pool)
    let cosines = Self.cosines(
      try found.imageFeatures(pairs.images, on: pool), try model.imageFeatures(pairs.images, on: pool))
    #expect((cosines.min() ?? 0) > 0.99, "\(cosines.min() ?? 0)")
  }

  @Test(
    "features point where the float model's do",
    arguments: ["", "\"quick_gelu\": true,"],
    [
      "", ", \"pool_type\": \"avg\"", ", \"ls_init_value\": 0.5",
      ", \"pool_type\": \"map\", \"class_token\": false, \"patch_bias\": true",
      ", \"pool_type\": \"map\", \"pool_head_width\": 4, \"rotary_reference\": 4, \"rotary_indexing\": \"xy\"",
      ", \"swiglu\": true, \"inner_norms\": true, \"rotary_reference\": 16, \"proj_bias\": true",
    ])
  func closeness(model more: String, vision: String) throws {
    let configuration = try Self.configuration(more, vision: vision), model = try Self.model(configuration)
    let pairs = Self.pairs(24), pool = ThreadPool(threads: 2)
    let quantized = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: pool)
    let images = Self.cosines(
      try model.imageFeatures(pairs.images, on: pool), try quantized.imageFeatures(pairs.images, on: pool))
    let texts = Self.cosines(
      try model.textFeatures(pairs.ids, on: pool), try quantized.textFeatures(pairs.ids, on: pool))
    let least = (images + texts).min() ?? 0
    #expect(least > 0.995, "\(least)")
    // Eight bits are not none: features differ.
    #expect(least < 1 - 1e-7)
    // In integers and simulated in floats: the same bits.
    var simulated = quantized
    simulated.simulates = true
    for few in [1, 3] {
      let images = pairs.images.rows(0..<few), ids = Array(pairs.ids[0..<few * 12])
      #expect(
        try simulated.imageFeatures(images, on: pool).elements == quantized.imageFeatures(images, on: pool).elements)
      #expect(try simulated.textFeatures(ids, on: pool).elements == quantized.textFeatures(ids, on: pool).elements)
    }
    #expect(
      try simulated.imageFeatures(pairs.images, on: pool).elements
        == quantized.imageFeatures(pairs.images, on: pool).elements)
    #expect(
      try simulated.textFeatures(pairs.ids, on: pool).elements == quantized.textFeatures(pairs.ids, on: pool).elements)
  }

  /// Where the heads' width fills panels of the packed weights, queries of the tokens that are read are a product of their own.
  @Test(
    "the last block's queries, computed for the tokens that are read alone: the bits of the simulation, which computes all",
    arguments: [
      "", ", \"pool_type\": \"avg\"",
      ", \"swiglu\": true, \"inner_norms\": true, \"rotary_reference\": 16, \"proj_bias\": true",
    ])
  func askingTokens(vision: String) throws {
    let text = """
      {"embed_dim": 24,
       "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 64, "layers": 2, "head_width": 16,
                      "heads": [4, 8], "mlp_width": [80, 48] \(vision)},
       "text_cfg": {"context_length": 12, "vocab_size": 99, "width": 64, "heads": 4, "layers": 2}}
      """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
    try AtomicFile.write(text, to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try Self.model(ModelDescription.resolve(path).configuration)
    let pairs = Self.pairs(13), pool = ThreadPool(threads: 2)
    let quantized = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: pool)
    var simulated = quantized
    simulated.simulates = true
    for few in [1, 3, 13] {
      let images = pairs.images.rows(0..<few), ids = Array(pairs.ids[0..<few * 12])
      let found = try quantized.imageFeatures(images, on: pool), texts = try quantized.textFeatures(ids, on: pool)
      #expect(try simulated.imageFeatures(images, on: pool).elements == found.elements)
      #expect(try simulated.textFeatures(ids, on: pool).elements == texts.elements)
      #expect((Self.cosines(try model.textFeatures(ids, on: pool), texts).min() ?? 0) > 0.99)
    }
  }

  @Test("features are the same bits on any number of threads, in any batch, and whatever the calibration's threads")
  func determinism() throws {
    let configuration = try Self.configuration(), model = try Self.model(configuration), pairs = Self.pairs(40)
    let one = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: ThreadPool(threads: 1))
    let three = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: ThreadPool(threads: 3))
    #expect(one.activationScales.map(\.scale) == three.activationScales.map(\.scale))
    let whole = try one.imageFeatures(pairs.images, on: ThreadPool(threads: 1)).elements
    let threaded = try three.imageFeatures(pairs.images, on: ThreadPool(threads: 3)).elements
    let part = try one.imageFeatures(pairs.images.rows(7..<12), on: ThreadPool(threads: 2)).elements
    let same = whole == threaded, partSame = part == Array(whole[7 * 24..<12 * 24])
    #expect(same && partSame)
    // Few pictures are spread over the threads another way.
    for few in [1, 2, 3] {
      let features = try one.imageFeatures(pairs.images.rows(4..<4 + few), on: ThreadPool(threads: 3)).elements
      let fewSame = features == Array(whole[4 * 24..<(4 + few) * 24])
      #expect(fewSame, "\(few)")
    }
    let texts = try one.textFeatures(pairs.ids, on: ThreadPool(threads: 3)).elements
    let some = try three.textFeatures(Array(pairs.ids[36..<60]), on: ThreadPool(threads: 1)).elements
    let textsSame = some == Array(texts[3 * 24..<5 * 24])
    #expect(textsSame)
  }

  @Test("what stands behind a text's end token changes neither ranges nor features")
  func padding() throws {
    let configuration = try Self.configuration(), model = try Self.model(configuration)
    let pairs = Self.pairs(16), pool = ThreadPool(threads: 2)
    var dirty = pairs.ids
    for text in 0..<16 {
      let end = dirty[text * 12..<text * 12 + 12].firstIndex(of: 98) ?? 0
      for place in end + 1..<max(end + 1, text * 12 + 12) { dirty[place] = 50 }
    }
    let clean = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: pool)
    let other = try QuantizedModel(model, images: pairs.images, ids: dirty, on: pool)
    #expect(clean.activationScales.map(\.scale) == other.activationScales.map(\.scale))
    let same = try clean.textFeatures(pairs.ids, on: pool).elements == other.textFeatures(dirty, on: pool).elements
    #expect(same)
  }

  @Test("every weight matrix has a scale for each output: the largest magnitude of its equalized weights over 127")
  func weightScales() throws {
    let configuration = try Self.configuration(),
      source = InitialParameters(configuration, seed: 1, pool: ThreadPool(threads: 1))
    let model = try CLIPModel(configuration, from: source), pairs = Self.pairs(16)
    let quantized = try QuantizedModel(model, images: pairs.images, ids: pairs.ids, on: ThreadPool(threads: 1))
    let layers = quantized.weightScales
    let names = Set(layers.map(\.name))
    #expect(names.count == 19)
    let name = "visual.transformer.resblocks.1.mlp.c_fc.weight"
    let layer = try #require(layers.first { $0.name == name })
    let equalizer = layer.equalizer, allPositive = equalizer.allSatisfy { $0 > 0 }
    #expect(equalizer.count == 32 && allPositive)
    #expect(Set(equalizer).count > 16)
    let weight = source.parameter(name, [48, 32]).elements
    for row in 0..<48 {
      var largest: Float = 0
      for input in 0..<32 { largest = max(largest, abs(weight[row * 32 + input] * equalizer[input])) }
      let expected = largest / 127
      #expect(layer.scales[row] == expected)
    }
  }

  @Test("too few pairs and activations that are not numbers are refused; zeros are not")
  func badInput() throws {
    let configuration = try Self.configuration(), model = try Self.model(configuration), pool = ThreadPool(threads: 1)
    let few = Self.pairs(4)
    #expect(throws: InputError.self) {
      _ = try QuantizedModel(model, images: few.images, ids: few.ids, on: pool)
    }
    var damaged = try Self.model(configuration)
    damaged.vision.projection = try Tensor(repeating: .nan, #require(damaged.vision.projection).shape)
    damaged.vision.patchWeight = Tensor(repeating: .infinity, damaged.vision.patchWeight.shape)
    let pairs = Self.pairs(16)
    let error = try #require(throws: InputError.self) {
      _ = try QuantizedModel(damaged, images: pairs.images, ids: pairs.ids, on: pool)
    }
    #expect(error.description.contains("are not finite"))
    let black = Tensor(zeros: [16, 3, 32, 32])
    let quantized = try QuantizedModel(model, images: black, ids: pairs.ids, on: pool)
    let finite = try quantized.imageFeatures(black, on: pool).elements.allSatisfy(\.isFinite)
    #expect(finite)
  }
}
