import CLIPFiles
import CLIPModelShapes
import Testing

@Suite struct ParameterListTests {
  /// Counts of PyTorch's parameters for four small open_clip models with random weights.
  @Test(
    "parameters are as many as PyTorch counts",
    arguments: [
      (
        #"{"embed_dim": 24, "quick_gelu": true, "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 48, "layers": 2, "head_width": 16}, "text_cfg": {"context_length": 16, "vocab_size": 320, "width": 32, "heads": 2, "layers": 2}}"#,
        104_961
      ),
      (
        #"{"embed_dim": 20, "vision_cfg": {"image_size": 48, "patch_size": 16, "width": 40, "layers": 3, "head_width": 8, "mlp_ratio": 2.0}, "text_cfg": {"context_length": 12, "vocab_size": 256, "width": 48, "heads": 4, "layers": 2, "pool_type": "eos"}}"#,
        142_305
      ),
      (
        #"{"embed_dim": 16, "vision_cfg": {"image_size": 30, "patch_size": 6, "width": 36, "layers": 2, "head_width": 12, "mlp_ratio": 3.0, "pool_type": "avg", "final_ln_after_pool": true}, "text_cfg": {"context_length": 10, "vocab_size": 200, "width": 32, "heads": 4, "layers": 3, "pool_type": "last", "no_causal_mask": true}}"#,
        77_773
      ),
      (
        #"{"embed_dim": 16, "init_logit_bias": -10.0, "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16}, "text_cfg": {"context_length": 8, "vocab_size": 128, "width": 32, "heads": 2, "layers": 2}}"#,
        63_106
      ),
    ])
  func count(_ text: String, _ count: Int) throws {
    #expect(try CLIPConfiguration(openCLIP: try JSONParser.parse(text)).parameterCount == count)
  }

  @Test("names stand in the order of open_clip's state dictionary, each once")
  func names() throws {
    let list = ParameterList(try NamedModels.model("ViT-B-32").configuration).parameters
    #expect(
      list.prefix(5).map(\.name) == [
        "positional_embedding", "text_projection", "logit_scale", "visual.class_embedding",
        "visual.positional_embedding",
      ])
    #expect(list.suffix(3).map(\.name) == ["token_embedding.weight", "ln_final.weight", "ln_final.bias"])
    #expect(Set(list.map(\.name)).count == list.count)
    #expect(
      list.first { $0.name == "visual.transformer.resblocks.3.attn.in_proj_weight" }?.shape == [2304, 768])
  }

  @Test("optional parts bring their parameters")
  func optionalParts() throws {
    var model = try NamedModels.model("micro").configuration
    let plain = model.parameterCount
    model.initialLogitBias = -10
    #expect(model.parameterCount == plain + 1)
    model.vision.layerScaleInit = 0.1
    #expect(model.parameterCount == plain + 1 + 2 * 8 * 192)
    model.text.projectionBias = true
    #expect(model.parameterCount == plain + 1 + 2 * 8 * 192 + 128)
    model.vision.hasPreLayerNorm = false
    #expect(model.parameterCount == plain + 1 + 2 * 8 * 192 + 128 - 2 * 192)
    let names = Set(ParameterList(model).parameters.map(\.name))
    #expect(
      names.isSuperset(of: [
        "visual.transformer.resblocks.7.ls_2.gamma", "text_projection.bias", "logit_bias",
      ]))
  }

  @Test("a pruned head takes its rows and columns, and its multiply-adds, with it")
  func pruned() throws {
    let whole = try NamedModels.model("micro").configuration
    var model = whole
    model.vision.headsPerLayer[2] = 3
    let shapes = Dictionary(uniqueKeysWithValues: ParameterList(model).parameters.map { ($0.name, $0.shape) })
    #expect(shapes["visual.transformer.resblocks.2.attn.in_proj_weight"] == [3 * 144, 192])
    #expect(shapes["visual.transformer.resblocks.2.attn.out_proj.weight"] == [192, 144])
    #expect(whole.parameterCount - model.parameterCount == 48 * (4 * 192 + 3))
    #expect(whole.imageMultiplyAdds - model.imageMultiplyAdds == 4 * 65 * 192 * 48 + 2 * 65 * 65 * 48)
  }
}
