/// A library that loads checkpoints as it was released, without code that lies beside them.
public enum OtherLibrary: String, CaseIterable, Sendable {
  case openCLIP = "open_clip"
  /// transformers' `CLIPModel`.
  case huggingFace = "hf"

  /// Its name on a package index.
  public var title: String { self == .openCLIP ? "open_clip" : "transformers" }
}

extension CLIPConfiguration {
  /// Whether open_clip's own keys can express the model, so that open_clip loads its checkpoint unchanged.
  public var isStock: Bool { isLoadable(by: .openCLIP) }

  /// Whether a library can hold the model.
  public func isLoadable(by library: OtherLibrary) -> Bool { obstacle(to: library) == nil }

  /// What a library cannot hold of the model, such as "heads that do not fill the width"; nil where it loads it.
  ///
  /// Source: open_clip 3.3, `model.py` (`CLIPVisionCfg`, `CLIPTextCfg`, `CLIP`); transformers 5.24, `modeling_clip.py`.
  public func obstacle(to library: OtherLibrary) -> String? {
    sizeObstacle(to: library) ?? kindObstacle(to: library)
  }

  /// What no cut changes: kinds of layers and poolings that a library does not have.
  public func kindObstacle(to library: OtherLibrary) -> String? {
    // transformers has a model of its own for what is built like SigLIP.
    if library == .huggingFace, isSigLIP { return nil }
    return (library == .openCLIP ? openCLIPObstacles : huggingFaceObstacles).first(where: \.0)?.1
  }

  /// Where a checkpoint in open_clip's layout loads, and where not and why, in a line.
  public var loadingSummary: String {
    switch (obstacle(to: .openCLIP), obstacle(to: .huggingFace)) {
    case (nil, nil): return "open_clip, carbonclip; transformers after convert --format hf"
    case (nil, let other?): return "open_clip, carbonclip; not in transformers (\(other))"
    case (let own?, nil):
      return "PyTorch by the carbonclip_model.py beside it, carbonclip; transformers after convert --format hf; "
        + "not in stock open_clip (\(own))"
    case (let own?, _?):
      return "PyTorch by the carbonclip_model.py beside it, carbonclip; not in stock open_clip or transformers (\(own))"
    }
  }

  /// Sizes that a library has no keys for.
  private func sizeObstacle(to library: OtherLibrary) -> String? {
    vision.sizeObstacle(to: library).map { "image \($0)" } ?? text.sizeObstacle(to: library).map { "text \($0)" }
  }

  private var openCLIPObstacles: [(Bool, String)] {
    [
      (vision.poolType == .attention, "image pooling by attention outside timm's own towers"),
      (vision.rotaryReference != nil, "rotary positions outside timm's own towers"),
      (hasGatesOrInnerNorms, "gated feed-forward layers or inner norms"),
      (hasHeldBiases, "queries, keys or values without biases outside timm's own towers"),
      (!vision.hasClassToken, "an image tower without a class token"),
      (vision.hasPatchBias, "a patch convolution with a bias"),
      (vision.projectionBias || vision.projType == .none, "an image tower without a plain projection"),
    ]
  }

  private var huggingFaceObstacles: [(Bool, String)] {
    [
      (initialLogitBias != nil, "a logit bias"),
      (vision.layerScaleInit != nil || text.layerScaleInit != nil, "layer scales"),
      (vision.poolType != .tok, "image pooling \"\(vision.poolType.rawValue)\""),
      (hasGatesOrInnerNorms, "gated feed-forward layers or inner norms"),
      (hasHeldBiases, "queries, keys or values without biases"),
      (vision.tower.usesTanhGELU || text.tower.usesTanhGELU, "GELU's approximation by a hyperbolic tangent"),
      (
        !vision.hasClassToken || vision.hasPatchBias || vision.projectionBias || vision.rotaryReference != nil
          || vision.projType == .none, "this image tower"
      ),
      (!vision.hasPreLayerNorm, "a vision tower without ln_pre"),
      (text.poolType == .first || text.poolType == .last, "text pooling \"\(text.poolType.rawValue)\""),
      (
        text.poolType == .eos && text.eosID == 2,
        "end token 2, which transformers takes for \"the largest id\""
      ),
      (text.noCausalMask, "text attention without a causal mask"),
      (text.projectionBias, "a text projection with a bias"),
      (text.projType == .none, "a text tower without a projection"),
    ]
  }

  private var hasHeldBiases: Bool { [vision.tower, text.tower].contains { $0.inputBias != .all } }

  private var hasGatesOrInnerNorms: Bool {
    [vision.tower, text.tower].contains { $0.isGated || $0.hasInnerNorms }
  }
}

extension TowerConfiguration {
  fileprivate func sizeObstacle(to library: OtherLibrary) -> String? {
    if !headsFillWidth { return "heads that do not fill the width" }
    if mlpWidth.contains(0) { return "blocks without a feed-forward layer" }
    if !hasUniformMLP { return "layers of different feed-forward widths" }
    // open_clip multiplies the width by a ratio.
    return library == .openCLIP && mlpRatio == nil ? "feed-forward widths that are no multiple of the width" : nil
  }
}
