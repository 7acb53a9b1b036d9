import CLIPFiles
import CLIPModelShapes
import Testing

private func parse(_ text: String) throws -> CLIPConfiguration {
  try CLIPConfiguration(openCLIP: try JSONParser.parse(text))
}

/// A small valid configuration with some more members.
private func document(_ top: String = "", vision: String = "", text: String = "") -> String {
  """
  {"embed_dim": 16\(top.isEmpty ? "" : ", " + top),
   "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16\(vision.isEmpty ? "" : ", " + vision)},
   "text_cfg": {"context_length": 8, "vocab_size": 128, "width": 32, "heads": 2, "layers": 2\(text.isEmpty ? "" : ", " + text)}}
  """
}

@Suite struct OpenCLIPJSONTests {
  @Test("what a configuration leaves out has open_clip's defaults")
  func defaults() throws {
    let model = try parse(#"{"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}}"#)
    #expect(model == (try NamedModels.model("ViT-B-16").configuration))
  }

  @Test("every supported key is understood and comes back")
  func roundTrip() throws {
    let model = try parse(
      document(
        #""quick_gelu": true, "custom_text": true, "init_logit_scale": 2.302585092994046, "init_logit_bias": -10.0"#,
        vision:
          #""mlp_ratio": 2.5, "ls_init_value": 1e-4, "pool_type": "avg", "final_ln_after_pool": true, "no_ln_pre": true, "pos_embed_type": "sin_cos_2d", "norm_kwargs": {"eps": 1e-6}, "patch_dropout": 0.5, "output_tokens": true, "qk_norm": false"#,
        text:
          #""pool_type": "eos", "eos_id": 127, "pad_id": 3, "no_causal_mask": true, "proj_bias": true, "hf_tokenizer_name": "timm/x", "tokenizer_kwargs": {"clean": "canonicalize"}, "mlp_ratio": 3, "embed_cls": false"#
      ))
    #expect(
      model.usesQuickGELU && model.initialLogitBias == -10
        && model.initialLogitScale == Float(2.302585092994046))
    #expect(
      model.vision.mlpWidth == [80, 80] && model.vision.layerScaleInit == 1e-4
        && model.vision.poolType == .avg)
    #expect(model.vision.finalLayerNormAfterPool && !model.vision.hasPreLayerNorm)
    #expect(model.vision.positionalEmbedding == .sineCosine && model.vision.layerNormEpsilon == 1e-6)
    #expect(model.text.poolType == .eos && model.text.eosID == 127 && model.text.padID == 3)
    #expect(model.text.noCausalMask && model.text.projectionBias && model.text.mlpWidth == [96, 96])
    #expect(model.text.tokenizerName == "timm/x" && model.text.tokenizerCleaning == "canonicalize")
    #expect(model.isStock)
    #expect(try CLIPConfiguration(openCLIP: model.json()) == model)
  }

  @Test("pruned towers come back through this package's own keys")
  func pruned() throws {
    var model = try NamedModels.model("micro").configuration
    model.vision.headsPerLayer = [4, 3, 4, 1, 4, 4, 2, 4]
    model.vision.mlpWidth[3] = 100
    model.text.headsPerLayer = Array(repeating: 3, count: 6)
    #expect(!model.isStock)
    let text = model.json().text()
    #expect(
      text.contains(
        #""heads":[4,3,4,1,4,4,2,4],"head_width":48,"mlp_width":[768,768,768,100,768,768,768,768]"#))
    #expect(text.contains(#""heads":3,"layers":6,"head_width":32"#))
    #expect(try parse(text) == model)
  }

  @Test(
    "a feed-forward width comes back through open_clip's ratio whatever the width",
    arguments: [7, 96, 100, 192, 1408])
  func ratios(_ width: Int) throws {
    var model = try NamedModels.model("micro").configuration
    model.vision.width = width
    model.vision.headsPerLayer = Array(repeating: 1, count: 8)
    model.vision.headWidth = width
    for hidden in stride(from: 1, through: 4 * width, by: 3) {
      model.vision.mlpWidth = Array(repeating: hidden, count: 8)
      #expect(model.isStock)
      #expect(try CLIPConfiguration(openCLIP: model.json()) == model)
    }
  }

  @Test("an open_clip_config.json is read with its preprocessing, and comes back")
  func hubConfiguration() throws {
    let text =
      #"{"model_cfg": \#(document()), "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.5, 1], "interpolation": "bilinear", "resize_mode": "squash", "size": [40, 40]}}"#
    let value = try JSONParser.parse(text)
    let model = try CLIPConfiguration(openCLIP: value)
    let preprocess = try PreprocessConfiguration(openCLIP: value, size: 32)
    #expect(
      preprocess
        == PreprocessConfiguration(
          size: 40, mean: [0.5, 0.5, 0.5], std: [0.25, 0.5, 1], interpolation: .bilinear, resizeMode: .squash)
    )
    let back = model.json(with: preprocess)
    #expect(try CLIPConfiguration(openCLIP: back) == model)
    #expect(try PreprocessConfiguration(openCLIP: back, size: 7) == preprocess)
  }

  @Test("beside timm's name open_clip passes over the tower's other keys, and what follows a dot names weights")
  func timmTower() throws {
    let text =
      #"{"embed_dim": 768, "init_logit_bias": -10, "vision_cfg": {"timm_model_name": "vit_base_patch16_siglip_224.webli", "timm_pool": "map", "timm_proj": "none", "layers": 7, "width": 3, "patch_dropout": 0.1}, "text_cfg": {"context_length": 64, "vocab_size": 32000, "hf_tokenizer_name": "timm/ViT-B-16-SigLIP", "tokenizer_kwargs": {"clean": "canonicalize"}, "width": 768, "heads": 12, "layers": 12, "no_causal_mask": true, "proj_bias": true, "pool_type": "last", "norm_kwargs": {"eps": 1e-06}}}"#
    #expect(try parse(text) == (try NamedModels.model("ViT-B-16-SigLIP").configuration))
  }

  @Test(
    "a wrong value, an unknown key and an unsupported feature are refused in one line",
    arguments: [
      ("[]", "expected an object, found []"),
      ("{}", "embed_dim: expected a whole number from 1 to 65536, found nothing"),
      (#"{"embed_dim": 4}"#, "vision_cfg: expected an object, found nothing"),
      (document(vision: #""width2": 3"#), "vision_cfg.width2: unknown key; did you mean \"width\"?"),
      (document(#""zzz": 3"#), "zzz: unknown key; see docs/checkpoints.md for the keys"),
      (
        #"{"embed_dim": 4, "vision_cfg": {"width": "x"}, "text_cfg": {}}"#,
        "vision_cfg.width: expected a whole number from 1 to 65536, found \"x\""
      ),
      (
        #"{"model_cfg": {"embed_dim": 4, "vision_cfg": {"width": 1.5}, "text_cfg": {}}}"#,
        "model_cfg.vision_cfg.width: expected a whole number from 1 to 65536, found 1.5"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"image_size": 9000}, "text_cfg": {}}"#,
        "vision_cfg.image_size: expected a whole number from 1 to 8192, found 9000"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"image_size": [224, 196]}, "text_cfg": {}}"#,
        "vision_cfg.image_size: only square sizes are supported, found 224 x 196"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"patch_size": 300}, "text_cfg": {}}"#,
        "vision_cfg.patch_size: a patch of 300 pixels is larger than the image of 224"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"image_size": 8192, "patch_size": 4}, "text_cfg": {}}"#,
        "vision_cfg.patch_size: 4194304 patches an image are more than the 65536 supported"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"layers": [3, 4, 6, 3]}, "text_cfg": {}}"#,
        "vision_cfg.layers: ResNet image towers (a list of layers) are not supported; use a vision transformer such as ViT-B-32"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"timm_model_name": "convnext_base"}, "text_cfg": {}}"#,
        "vision_cfg.timm_model_name: timm's image tower \"convnext_base\" is not supported; SigLIP's, SigLIP 2's, EVA-01's, EVA-02's and Perception Encoder's are, and open_clip's own"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"width": 100, "head_width": 30}, "text_cfg": {}}"#,
        "vision_cfg.head_width: heads of 30 channels do not fit a width of 100"
      ),
      (
        #"{"embed_dim": 4, "vision_cfg": {"head_width": 1000}, "text_cfg": {}}"#,
        "vision_cfg.head_width: heads of 1000 channels do not fit a width of 768"
      ),
      (document(vision: #""heads": [2]"#), "vision_cfg.heads: expected 2 numbers, one a layer, found 1"),
      (
        document(vision: #""mlp_width": [4, -1]"#),
        "vision_cfg.mlp_width[1]: expected a whole number from 0 to 524288, found -1"
      ),
      (document(vision: #""mlp_ratio": 0.001"#), "vision_cfg.mlp_ratio: gives a feed-forward width of 0"),
      (
        document(vision: #""pool_type": "token""#),
        "vision_cfg.pool_type: unknown value \"token\"; one of: tok, avg, none, map"
      ),
      (
        document(vision: #""attentional_pool": true"#),
        "vision_cfg.attentional_pool: attentional pooling is not supported"
      ),
      (
        document(vision: #""input_patchnorm": true"#),
        "vision_cfg.input_patchnorm: a layer norm over the input's patches is not supported"
      ),
      (
        document(vision: #""qk_norm": true"#),
        "vision_cfg.qk_norm: open_clip's custom attention blocks (qk_norm) are not supported"
      ),
      (
        document(vision: #""act_kwargs": {"approximate": "sigmoid"}"#),
        "vision_cfg.act_kwargs.approximate: expected \"none\" or \"tanh\", found \"sigmoid\""
      ),
      (
        document(#""quick_gelu": true"#, vision: #""act_kwargs": {"approximate": "tanh"}"#),
        "quick_gelu: QuickGELU has no approximation (act_kwargs)"
      ),
      (
        document(vision: #""pool_type": "map", "final_ln_after_pool": true"#),
        "vision_cfg.final_ln_after_pool: a norm behind the attention that pools is not supported; with pool_type map the last norm stands before it"
      ),
      (
        document(vision: #""rotary_offset": 1"#),
        "vision_cfg.rotary_offset: rotary_offset has a meaning with rotary_reference only"
      ),
      (
        #"{"embed_dim": 768, "vision_cfg": {"timm_model_name": "vit_base_patch16_siglip_224", "timm_proj": "none"}, "text_cfg": {}}"#,
        "vision_cfg.timm_pool: is missing, which open_clip takes for \"avg\"; vit_base_patch16_siglip_224 is pooled by \"map\""
      ),
      (
        #"{"embed_dim": 768, "vision_cfg": {"timm_model_name": "vit_base_patch16_siglip_224", "timm_pool": "avg"}, "text_cfg": {}}"#,
        "vision_cfg.timm_pool: vit_base_patch16_siglip_224 pooled by \"avg\" is not supported; only \"map\" is"
      ),
      (
        #"{"embed_dim": 768, "vision_cfg": {"timm_model_name": "vit_base_patch16_siglip_224", "timm_pool": "map", "swiglu": true}, "text_cfg": {}}"#,
        "vision_cfg.swiglu: swiglu is not read beside timm_model_name, which says all of the tower"
      ),
      (
        document(vision: #""norm_kwargs": {"epsilon": 1}"#),
        "vision_cfg.norm_kwargs.epsilon: unknown key; see docs/checkpoints.md for the keys"
      ),
      (
        document(text: #""hf_model_name": "roberta-base""#),
        "text_cfg.hf_model_name: text towers from Hugging Face transformers (\"roberta-base\") are not supported; only open_clip's own text transformers are"
      ),
      (
        document(text: #""embed_cls": true"#),
        "text_cfg.embed_cls: a class token at the end of the text (CoCa) is not supported"
      ),
      (
        document(text: #""proj_type": "none""#),
        "text_cfg.proj_type: without a projection the width (32) must be embed_dim (16)"
      ),
      (document(text: #""no_causal_mask": 1"#), "text_cfg.no_causal_mask: expected true or false, found 1"),
      (
        #"{"embed_dim": 4, "vision_cfg": {}, "text_cfg": {"width": 100, "heads": 3}}"#,
        "text_cfg.heads: heads do not share a width of 100 evenly; give head_width as well"
      ),
      (
        document(#""multimodal_cfg": {}"#),
        "multimodal_cfg: CoCa models (with a multimodal decoder) are not supported"
      ),
      (
        document(#""nonscalar_logit_scale": true"#),
        "nonscalar_logit_scale: a logit scale that is a vector is not supported"
      ),
      (
        document(#""mask_image": true"#), "mask_image: TinyCLIP's models with learned masks are not supported"
      ),
    ])
  func refused(_ text: String, _ expected: String) throws {
    do {
      _ = try parse(text)
      Issue.record("accepted: \(text)")
    } catch let error as InputError {
      #expect(error.description == expected)
    }
  }

  @Test("unknown keys are ignored on request, unsupported features are not")
  func lenient() throws {
    let odd = try JSONParser.parse(document(vision: #""new_key": 3"#))
    #expect(try CLIPConfiguration(openCLIP: odd, unknownKeys: .ignored).embedDimension == 16)
    let pooled = try JSONParser.parse(document(vision: #""attentional_pool": true"#))
    #expect(throws: InputError.self) { try CLIPConfiguration(openCLIP: pooled, unknownKeys: .ignored) }
  }

  @Test("a head may be wider than the key says, as in PyTorch")
  func headWidth() throws {
    let model = try parse(#"{"embed_dim": 4, "vision_cfg": {"width": 96}, "text_cfg": {}}"#)
    #expect(model.vision.heads == 1 && model.vision.headWidth == 96)
  }

  @Test("the largest shape accepted still has countable multiply-adds and parameters")
  func largest() throws {
    let model = try parse(
      #"{"embed_dim": 65536, "vision_cfg": {"image_size": 8192, "patch_size": 32, "width": 65536, "layers": 512, "heads": 4096, "head_width": 16, "mlp_width": 524288}, "text_cfg": {"context_length": 65536, "vocab_size": 10000000, "width": 65536, "layers": 512, "heads": 4096, "head_width": 16, "mlp_width": 524288}}"#
    )
    #expect(model.imageMultiplyAdds > 0 && model.textMultiplyAdds > 0 && model.parameterCount > 0)
  }
}
