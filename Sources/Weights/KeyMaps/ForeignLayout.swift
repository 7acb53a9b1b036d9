/// Checkpoints that are no CLIP model of two transformers, told by names that only they have.
struct ForeignLayout {
  /// What the file holds, for messages.
  let what: String
  /// Starts of names; where one begins a name, or a part of one, the file is of this kind.
  var marks: [String]
  /// What can be done about it, where it is something else than taking another model.
  var advice: String?

  /// From the most telling to the least.
  private static let all: [ForeignLayout] = [
    ForeignLayout(
      what: "TinyCLIP's learned masks", marks: ["\(TinyCLIPKeys.masks)."],
      advice: "prune the model with them in TinyCLIP, then save what is left"),
    ForeignLayout(
      what: "LoRA adapters",
      marks: [
        "lora_A.", "lora_B.", "lora_up.", "lora_down.", "lora_a.", "lora_b.", "base_layer.", "lora_magnitude_vector",
      ],
      advice: "merge them into the model first (PEFT: model.merge_and_unload()), then save its state_dict"),
    ForeignLayout(
      what: "Stable Diffusion",
      marks: [
        "model.diffusion_model.", "cond_stage_model.", "first_stage_model.", "conditioner.embedders.", "down_blocks.",
      ]),
    ForeignLayout(what: "an image tower from timm", marks: ["visual.trunk."]),
    ForeignLayout(what: "a ResNet image tower", marks: ["visual.layer1."]),
    ForeignLayout(what: "CoCa, with a text decoder", marks: ["text_decoder."]),
    ForeignLayout(what: "an image tower with attentional pooling", marks: ["visual.attn_pool"]),
    ForeignLayout(what: "BLIP, with a Q-former", marks: ["qformer."]),
    ForeignLayout(
      what: "EVA-CLIP, with an image tower of its own",
      marks: ["visual.blocks.0.", "visual.patch_embed.", "visual.rope.", "visual.cls_token"]),
    ForeignLayout(
      what: "MobileCLIP, with towers of its own",
      marks: ["image_encoder.model.", "text_encoder.embedding_layer.", "text_encoder.transformer."]),
    ForeignLayout(
      what: "Chinese-CLIP, with a BERT text tower",
      marks: ["bert.embeddings.", "text_model.embeddings.word_embeddings."]),
    ForeignLayout(
      what: "a text tower from Hugging Face transformers",
      marks: ["text.transformer.embeddings.", "text.transformer.encoder.", "text_model.encoder.layer.", "roberta."]),
  ]

  /// Kinds that are told by what is missing besides what is there.
  private static let towers: [ForeignLayout] = [
    ForeignLayout(
      what: "an image tower alone (Hugging Face's CLIPVisionModel)",
      marks: ["vision_model.embeddings.patch_embedding.", "embeddings.patch_embedding."]),
    ForeignLayout(
      what: "a text tower alone (Hugging Face's CLIPTextModel)",
      marks: ["text_model.embeddings.token_embedding.", "embeddings.token_embedding."]),
    ForeignLayout(what: "an image tower alone", marks: ["visual.conv1.", "conv1.weight"]),
    ForeignLayout(what: "an image tower alone, from timm", marks: ["patch_embed.proj."]),
    ForeignLayout(what: "a text tower alone", marks: ["token_embedding."]),
  ]

  private func matches(_ names: [String]) -> Bool {
    let inside = marks.map { ".\($0)" }
    return names.contains { name in
      marks.contains { name.hasPrefix($0) } || inside.contains { name.contains($0) }
    }
  }

  /// The kind whose marks stand among names that belong to a model whatever else they hold.
  static func recognize(_ names: [String]) -> ForeignLayout? { all.first { $0.matches(names) } }

  /// What is there of a model that is not whole.
  static func part(_ names: [String]) -> ForeignLayout? { towers.first { $0.matches(names) } }
}
