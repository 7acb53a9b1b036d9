import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPONNX
import CLIPTensors
import Testing

/// The graphs, run by the interpreter of these tests, beside the model itself.
@Suite("Features of exported graphs")
struct GraphFeaturesTests {
  /// Features have length 1; float32's rounding through two narrow blocks stays well below.
  static let tolerance = 1e-5

  private func check(_ model: CLIPModel, size: Int = 24, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let pool = ThreadPool(threads: 1), folder = try Sample.folder(model)
    for count in [1, 3] {
      let images = Sample.images(count, size: size), ids = Sample.ids(count)
      let image = deviation(
        try folder.imageEncoder.read().features(images), try model.imageFeatures(images, on: pool))
      #expect(image < Self.tolerance, "\(count) images", sourceLocation: sourceLocation)
      let text = deviation(try folder.textEncoder.read().features(ids), try model.textFeatures(ids, on: pool))
      #expect(text < Self.tolerance, "\(count) texts", sourceLocation: sourceLocation)
    }
  }

  @Test("both activations", arguments: ["", "\"quick_gelu\": true,"])
  func activations(more: String) throws { try check(try Sample.model(more)) }

  @Test(
    "image towers of all kinds",
    arguments: [
      "\"pool_type\": \"avg\"", "\"pool_type\": \"avg\", \"final_ln_after_pool\": true",
      "\"final_ln_after_pool\": true",
      "\"no_ln_pre\": true", "\"ls_init_value\": 0.5", "\"norm_kwargs\": {\"eps\": 0.1}",
      "\"layers\": 1, \"heads\": 4, \"mlp_width\": 8", "\"layers\": 3, \"mlp_width\": [0, 8, 0]",
      "\"layers\": 2, \"mlp_width\": 0, \"ls_init_value\": 0.5",
      "\"pool_type\": \"map\", \"class_token\": false, \"patch_bias\": true, \"no_ln_pre\": true",
      "\"swiglu\": true", "\"inner_norms\": true", "\"rotary_reference\": 16",
      "\"swiglu\": true, \"inner_norms\": true, \"rotary_reference\": 16, \"proj_bias\": true",
      "\"class_token\": false, \"pool_type\": \"avg\"", "\"act_kwargs\": {\"approximate\": \"tanh\"}",
      "\"pool_type\": \"map\", \"pool_heads\": 4, \"pool_head_width\": 6, \"rotary_reference\": 4, \"rotary_offset\": 1, "
        + "\"rotary_indexing\": \"xy\", \"input_bias\": \"all\", \"act_kwargs\": {\"approximate\": \"tanh\"}",
    ])
  func visionTowers(keys: String) throws {
    // The sample's own lists give way where a tower has one layer.
    guard keys.contains("layers") else { return try check(try Sample.model(vision: ", \(keys)")) }
    let document = """
      {"embed_dim": 20, "vision_cfg": {"image_size": 24, "patch_size": 8, "width": 32, "head_width": 8, \(keys)},
       "text_cfg": {"context_length": 12, "vocab_size": 99, "width": 24, "heads": 3, "layers": 1}}
      """
    let configuration = try CLIPConfiguration(openCLIP: try JSONParser.parse(document))
    try check(
      try CLIPModel(configuration, from: InitialParameters(configuration, seed: 1, pool: ThreadPool(threads: 1))))
  }

  @Test("pixels that do not fill a patch are left out")
  func unevenImages() throws { try check(try Sample.model(size: 27), size: 27) }

  @Test(
    "text towers of all kinds",
    arguments: [
      "\"pool_type\": \"eos\", \"eos_id\": 98", "\"pool_type\": \"first\"", "\"pool_type\": \"last\"",
      "\"pool_type\": \"last\", \"no_causal_mask\": true", "\"no_causal_mask\": true",
      "\"proj_bias\": true", "\"ls_init_value\": 0.5", "\"norm_kwargs\": {\"eps\": 0.1}", "\"head_width\": 4",
      "\"mlp_width\": [10, 30]",
    ])
  func textTowers(keys: String) throws { try check(try Sample.model(text: ", \(keys)")) }

  @Test("a text tower without a projection")
  func noProjection() throws { try check(try Sample.model(text: ", \"proj_type\": \"none\"", embed: 24)) }

  @Test("an image tower that pools by attention and ends without a projection")
  func attentionPoolAlone() throws {
    try check(try Sample.model(vision: ", \"pool_type\": \"map\", \"proj_type\": \"none\"", embed: 32))
  }

  @Test("a wrong graph is noticed: each constant matters")
  func sensitivity() throws {
    let model = try Sample.model(vision: ", \"ls_init_value\": 0.5"), folder = try Sample.folder(model)
    let images = Sample.images(1), ids = Sample.ids(2)
    for (graph, whole) in [
      (try folder.imageEncoder.read(), try folder.imageEncoder.read().features(images)),
      (try folder.textEncoder.read(), try folder.textEncoder.read().features(ids)),
    ] {
      for (name, constant) in graph.constants where constant.element == 1 && constant.value.numbers.count > 1 {
        // A shift of all scores of a query changes nothing.
        if name == "causal_mask" { continue }
        var changed = graph.constants
        changed[name]?.value.numbers = constant.value.numbers.map { $0 * 1.01 + 0.001 }
        let other = ReadGraph(graph, constants: changed)
        let features = graph.inputs[0].name == "input_ids" ? try other.features(ids) : try other.features(images)
        let difference = zip(whole, features).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference > Self.tolerance, "\(name)")
      }
    }
  }
}
