import CLIPFiles
import CLIPModelShapes
import Testing

private func parse(_ text: String) throws -> CLIPConfiguration {
  try CLIPConfiguration(huggingFace: try JSONParser.parse(text))
}

@Suite struct HuggingFaceJSONTests {
  @Test("what a configuration leaves out has transformers' defaults")
  func defaults() throws {
    let model = try parse(#"{"model_type": "clip", "text_config": {}, "vision_config": {}}"#)
    var expected = try NamedModels.model("ViT-B-32-quickgelu").configuration
    expected.text.poolType = .eos
    expected.text.eosID = 49407
    expected.text.padID = 1
    #expect(model == expected)
  }

  @Test("end token 2, which early conversions wrote, means the largest id")
  func legacyEnd() throws {
    let model = try parse(#"{"model_type": "clip", "text_config": {"eos_token_id": 2}, "vision_config": {}}"#)
    #expect(model.text.poolType == .argmax)
  }

  @Test("vision_config_dict overrides vision_config")
  func overrides() throws {
    let model = try parse(
      #"{"model_type": "clip", "vision_config": {"patch_size": 16, "hidden_act": "gelu"}, "vision_config_dict": {"patch_size": 14}, "text_config": {"hidden_act": "gelu"}}"#
    )
    #expect(model.vision.patchSize == 14 && !model.usesQuickGELU)
  }

  @Test("every named model comes back from transformers' JSON, its pooling by end token")
  func roundTrip() throws {
    // CLIPA, MetaCLIP 2, layer scales and timm's towers are beyond transformers' CLIPModel.
    let plain = NamedModels.all.filter {
      $0.configuration.isStock && $0.configuration.text.tokenizerName == nil
        && $0.configuration.vision.layerScaleInit == nil
    }
    #expect(plain.count == 37)
    for model in plain {
      var expected = model.configuration
      expected.text.poolType = .eos
      expected.text.eosID = expected.text.vocabularySize - 1
      #expect(
        try CLIPConfiguration(huggingFace: model.configuration.huggingFaceJSON()) == expected, "\(model.name)"
      )
    }
  }

  @Test(
    "other models and impossible shapes are refused",
    arguments: [
      (
        #"{"model_type": "blip"}"#,
        "model_type: the model type \"blip\" is not supported; only \"clip\" and \"siglip\" are"
      ),
      (
        #"{"model_type": "siglip2"}"#,
        "model_type: SigLIP 2's models of any image size (NaFlex) are not supported; those of one size are, whose type is \"siglip\""
      ),
      (
        #"{"model_type": "siglip", "vision_config": {"vision_use_head": false}}"#,
        "vision_config.vision_use_head: an image tower without its head is not supported; only the attention that pools is"
      ),
      (
        #"{"model_type": "siglip", "text_config": {"projection_size": 12}}"#,
        "text_config.projection_size: texts become 12 numbers and images 768"
      ),
      (#"{"text_config": {}}"#, "vision_config: expected an object, found nothing"),
      (
        #"{"model_type": "clip", "text_config": {"hidden_act": "swish"}}"#,
        "text_config.hidden_act: unknown value \"swish\"; one of: quick_gelu, gelu"
      ),
      (
        #"{"model_type": "clip", "text_config": {"hidden_act": "gelu"}}"#,
        "text_config.hidden_act: the two towers' activations differ"
      ),
      (
        #"{"model_type": "clip", "vision_config": {"num_attention_heads": 7}}"#,
        "vision_config.num_attention_heads: 7 heads do not share a width of 768 evenly"
      ),
      (
        #"{"model_type": "clip", "vision_config": {"num_channels": 1}}"#,
        "vision_config.num_channels: only images of 3 channels are supported"
      ),
      (
        #"{"model_type": "clip", "vision_config": {"patch_size": 400}}"#,
        "vision_config.patch_size: a patch of 400 pixels is larger than the image of 224"
      ),
      (
        #"{"model_type": "clip", "text_config": {"hidden_size": -1}}"#,
        "text_config.hidden_size: expected a whole number from 1 to 65536, found -1"
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

  @Test("what CLIPModel cannot express is named")
  func obstacles() throws {
    func refusal(_ change: (inout CLIPConfiguration) -> Void) throws -> String {
      var model = try NamedModels.model("micro").configuration
      change(&model)
      do {
        _ = try model.huggingFaceJSON()
        return "no error"
      } catch let error as InputError { return error.problem }
    }
    let prefix = "Hugging Face's CLIPModel cannot express "
    #expect(try refusal { $0.initialLogitBias = 1 } == prefix + "a logit bias")
    #expect(
      try refusal { $0.vision.headsPerLayer[0] = 1 } == prefix
        + "image heads that do not fill the width")
    #expect(
      try refusal { $0.text.mlpWidth[0] = 1 } == prefix
        + "text layers of different feed-forward widths")
    #expect(try refusal { $0.vision.layerScaleInit = 1 } == prefix + "layer scales")
    #expect(try refusal { $0.vision.poolType = .avg } == prefix + "image pooling \"avg\"")
    #expect(try refusal { $0.vision.hasPreLayerNorm = false } == prefix + "a vision tower without ln_pre")
    #expect(try refusal { $0.text.poolType = .last } == prefix + "text pooling \"last\"")
    #expect(try refusal { $0.text.noCausalMask = true } == prefix + "text attention without a causal mask")
    #expect(try refusal { $0.text.projectionBias = true } == prefix + "a text projection with a bias")
    #expect(try refusal { $0.text.projType = .none } == prefix + "a text tower without a projection")
  }

  @Test("preprocessing is read in its old and its new form, and comes back")
  func preprocessing() throws {
    func read(_ text: String) throws -> PreprocessConfiguration {
      try PreprocessConfiguration(huggingFace: try JSONParser.parse(text), size: 224)
    }
    #expect(try read("{}") == PreprocessConfiguration(size: 224, cropOffset: .down))
    #expect(try read(#"{"size": 336, "crop_size": 336, "resample": 2}"#).interpolation == .bilinear)
    #expect(
      try read(
        #"{"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}, "image_mean": [0, 0, 0]}"#
      ).size == 64)
    for mode in [PreprocessConfiguration.ResizeMode.shortest, .squash] {
      let written = PreprocessConfiguration(
        size: 40, mean: [0.1, 0.2, 0.3], interpolation: .bilinear, resizeMode: mode, cropOffset: .down)
      #expect(try PreprocessConfiguration(huggingFace: written.huggingFaceJSON(), size: 7) == written)
    }
    for (text, expected) in [
      (#"{"do_resize": false}"#, "do_resize: leaving this step out is not supported"),
      (
        #"{"size": 256}"#,
        "crop_size: resizing to 256 pixels and cropping to 224 is not supported; only equal sizes are"
      ),
      (#"{"resample": 0}"#, "resample: expected 3 (bicubic) or 2 (bilinear), found 0"),
      (
        #"{"do_center_crop": false}"#,
        "do_center_crop: pictures that keep their proportions and are not cropped are not square; this is not supported"
      ),
      (
        #"{"size": {"height": 224, "width": 224}, "crop_size": 200}"#,
        "crop_size: resizing to 224 pixels and cropping to 200 is not supported; only equal sizes are"
      ),
      (
        #"{"size": {"height": 224, "width": 200}}"#, "size: only square sizes are supported, found 224 x 200"
      ),
      (
        #"{"size": {"shortest_edge": 224, "longest_edge": 500}}"#,
        "size.longest_edge: a size with longest_edge is not supported"
      ),
      (
        #"{"image_processor_type": "ConvNextImageProcessor"}"#,
        "image_processor_type: the image processor \"ConvNextImageProcessor\" is not supported; one of: "
          + "CLIPImageProcessor, ChineseCLIPImageProcessor, BitImageProcessor, ViTImageProcessor, SiglipImageProcessor, "
          + "DeiTImageProcessor, BlipImageProcessor"
      ),
      (#"{"auto_map": {}}"#, "auto_map: an image processor with code of its own is not supported"),
      (#"{"do_pad": true}"#, "do_pad: the step do_pad is not supported"),
      (#"{"image_std": [1, 1]}"#, "image_std: expected three numbers from 1e-06 to 1000.0, found [1,1]"),
    ] {
      do {
        _ = try read(text)
        Issue.record("accepted: \(text)")
      } catch let error as InputError { #expect(error.description == expected) }
    }
  }
}
