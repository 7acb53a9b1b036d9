import CLIPModelShapes

/// How channels of the residual stream are cut out of everything that stands outside the blocks, and out of the norms and
/// layer scales inside: the same channels everywhere, so that what was added to a channel is what is read from it.
enum WidthPruning {
  /// The part of a parameter of the image tower; nil for what is none.
  static func visionSlice(_ name: String, channels: [Int], embedding: [Int]) -> Slice? {
    switch name {
    case "visual.class_embedding", "visual.conv1.weight", "visual.conv1.bias", "visual.ln_pre.weight",
      "visual.ln_pre.bias",
      "visual.ln_post.weight", "visual.ln_post.bias":
      Slice(name, rows: channels)
    case "visual.positional_embedding": Slice(name, columns: channels)
    case "visual.proj": Slice(name, rows: channels, columns: embedding)
    case "visual.proj.weight": Slice(name, rows: embedding, columns: channels)
    case "visual.proj.bias": Slice(name, rows: embedding)
    default: nil
    }
  }

  /// The part of a parameter of the text tower; nil for what is none.
  static func textSlice(_ name: String, channels: [Int], embedding: [Int]) -> Slice? {
    switch name {
    case "positional_embedding", "token_embedding.weight": Slice(name, columns: channels)
    case "ln_final.weight", "ln_final.bias": Slice(name, rows: channels)
    case "text_projection": Slice(name, rows: channels, columns: embedding)
    case "text_projection.weight": Slice(name, rows: embedding, columns: channels)
    case "text_projection.bias": Slice(name, rows: embedding)
    default: nil
    }
  }

  /// The part of a norm or layer scale of a block; nil for what is none.
  static func blockSlice(_ name: String, of parameter: String, channels: [Int]) -> Slice? {
    switch parameter {
    case "ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias", "ls_1.gamma", "ls_2.gamma":
      Slice(name, rows: channels)
    case "latent": Slice(name, columns: channels)
    default: nil
    }
  }
}
