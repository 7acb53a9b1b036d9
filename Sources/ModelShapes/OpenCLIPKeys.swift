/// The keys of an open_clip configuration (3.3), and this package's own where its models need more.
enum OpenCLIPKeys {
  static let top = [
    "embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text", "init_logit_scale", "init_logit_bias",
    "nonscalar_logit_scale", "multimodal_cfg", "output_dict", "cast_dtype", "mask_image", "mask_text",
  ]

  /// Extensions of ours: `heads`, `mlp_width`, and ``ownVision``.
  static let vision =
    [
      "layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size", "ls_init_value",
      "patch_dropout",
      "attentional_pool", "attn_pooler_queries", "attn_pooler_heads", "no_ln_pre", "pos_embed_type",
      "final_ln_after_pool", "pool_type", "output_tokens", "act_kwargs", "norm_kwargs", "input_patchnorm",
      "global_average_pool", "grad_checkpointing", "heads", "mlp_width",
    ] + ownVision + customBlocks + timm

  /// Keys of the image tower that open_clip has not.
  static let ownVision = [
    "class_token", "patch_bias", "proj_type", "proj_bias", "rotary_reference", "rotary_offset", "rotary_indexing",
    "swiglu", "inner_norms", "input_bias", "pool_heads", "pool_mlp_width", "pool_head_width",
  ]

  /// Extensions of ours: `head_width`, `mlp_width`, `swiglu`, `inner_norms`, `input_bias`.
  static let text =
    [
      "context_length", "vocab_size", "hf_tokenizer_name", "tokenizer_mode", "tokenizer_kwargs", "width",
      "heads",
      "layers", "mlp_ratio", "ls_init_value", "embed_cls", "pad_id", "eos_id", "no_causal_mask",
      "final_ln_after_pool", "pool_type", "proj_bias", "proj_type", "output_tokens", "act_kwargs",
      "norm_kwargs",
      "grad_checkpointing", "head_width", "mlp_width", "swiglu", "inner_norms", "input_bias",
    ] + customBlocks + huggingFaceTower

  static let customBlocks = [
    "block_type", "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn",
    "scale_fc",
  ]
  static let timm = [
    "timm_model_name", "timm_model_pretrained", "timm_pool", "timm_proj", "timm_proj_bias", "timm_drop",
    "timm_drop_path",
  ]
  static let huggingFaceTower = [
    "hf_model_name", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type", "hf_model_config",
  ]
}
