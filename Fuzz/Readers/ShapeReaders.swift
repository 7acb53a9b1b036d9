import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes

/// Files that say what a model looks like and how its pictures are prepared.
enum ShapeReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "hf-config", file: "config.json", grammar: .json,
        seeds: { _ in [Array(huggingFace.utf8)] }, read: describe),
      Reader(
        name: "hf-preprocessor", file: "preprocessor_config.json", grammar: .json,
        seeds: { _ in preprocessors.map { Array($0.utf8) } }, prepare: configuration, read: describeFolder),
      Reader(
        name: "hf-processor", file: "processor_config.json", grammar: .json,
        seeds: { _ in
          preprocessors.map { Array("{\"image_processor\": \($0), \"processor_class\": \"CLIPProcessor\"}".utf8) }
        },
        prepare: configuration, read: describeFolder),
      Reader(
        name: "open-clip-config", file: "open_clip_config.json", grammar: .json,
        seeds: {
          try $0.all("checkpoints/base/open_clip_config.json", "checkpoints/carbonclip-xs/open_clip_config.json")
        },
        read: describe),
      Reader(
        name: "model-json", file: "model.json", grammar: .json,
        seeds: { try $0.all("recipes/small-model.json", "recipes/base-model.json") },
        read: { path, _ in
          let model = try ModelDescription.resolve(path).configuration
          _ = try assessor().assess(model, on: AcceleratorDesign.named("edge-base"), named: "edge-base")
        }),
    ]
  }

  private static func assessor() throws -> Assessor { try Assessor(in: Scenario.named("edge")) }

  private static func describe(_ path: String, _ folder: String) throws {
    let description = try ModelDescription.read(file: path)
    _ = description.configuration.parameterCount
    _ = try? description.configuration.huggingFaceJSON()
    _ = try? description.preprocess.huggingFaceJSON()
  }

  private static func describeFolder(_ path: String, _ folder: String) throws {
    _ = try ModelDescription.read(folder: folder)
  }

  private static func configuration(_ folder: String) throws {
    try Sources.write(Array(huggingFace.utf8), to: "\(folder)/config.json")
  }

  private static let huggingFace = """
    {"model_type": "clip", "architectures": ["CLIPModel"], "projection_dim": 16, "logit_scale_init_value": 2.6592,
     "text_config": {"hidden_size": 16, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
      "max_position_embeddings": 20, "vocab_size": 866, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05,
      "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1},
     "vision_config": {"hidden_size": 16, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
      "image_size": 32, "patch_size": 16, "num_channels": 3, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05}}
    """

  private static let preprocessors = [
    """
    {"crop_size": {"height": 32, "width": 32}, "do_center_crop": true, "do_convert_rgb": true, "do_normalize": true,
     "do_rescale": true, "do_resize": true, "image_mean": [0.48145466, 0.4578275, 0.40821073],
     "image_processor_type": "CLIPImageProcessor", "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3,
     "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 32}}
    """,
    """
    {"crop_size": 32, "do_center_crop": true, "do_normalize": true, "do_resize": true,
     "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
     "resample": 2, "size": 32}
    """,
  ]
}
