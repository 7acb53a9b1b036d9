import CLIPModelShapes

/// Which parts of the towers keep their weights.
///
/// A tower is locked from its input on; unlocked parts are counted from its end, as open_clip's
/// `--lock-image-unlocked-groups` and `--lock-text-unlocked-layers` do: the projection is the last part of the vision
/// tower, then the last block with the norm behind it, then block by block, and what stands before the blocks; the text
/// tower's last part is its final norm with the projection.
public struct TowerLocks: Sendable, Equatable {
  /// open_clip's `--lock-image`.
  public var locksImage = false
  /// How many parts of a locked image tower are trained all the same, counted from its end.
  public var imageUnlockedGroups = 0
  /// open_clip's `--lock-text`.
  public var locksText = false
  /// How many parts of a locked text tower are trained all the same, counted from its end.
  public var textUnlockedLayers = 0

  /// Nothing is locked.
  public init() {}

  /// Where a backward pass may stop: before which block, or nowhere.
  struct Start { let block: Int? }

  /// Nil when nothing of the tower is trained.
  func firstVisionBlock(_ layers: Int) -> Start? {
    guard locksImage else { return Start(block: nil) }
    // Groups from the end: projection, blocks, stem.
    return start(imageUnlockedGroups, layers)
  }

  func firstTextBlock(_ layers: Int) -> Start? {
    guard locksText else { return Start(block: nil) }
    return start(textUnlockedLayers, layers)
  }

  private func start(_ unlocked: Int, _ layers: Int) -> Start? {
    if unlocked <= 0 { return nil }
    return unlocked > layers + 1 ? Start(block: nil) : Start(block: layers - (unlocked - 1))
  }

  /// Whether a parameter keeps its value.
  func locks(_ parameter: ParameterDescription, of model: CLIPConfiguration) -> Bool {
    let name = parameter.name
    if name.hasPrefix("distillation.") || name.hasPrefix("logit_") { return false }
    if name.hasPrefix("visual.") {
      return locksImage
        && isLocked(name, "visual.transformer.resblocks.", model.vision.layers, imageUnlockedGroups) {
          if name.hasPrefix("visual.proj") { return model.vision.layers + 1 }
          let isEnd = name.hasPrefix("visual.ln_post") || name.hasPrefix(VisionConfiguration.poolPath)
          return isEnd ? model.vision.layers : 0
        }
    }
    return locksText
      && isLocked(name, "transformer.resblocks.", model.text.layers, textUnlockedLayers) {
        name.hasPrefix("ln_final") || name.hasPrefix("text_projection") ? model.text.layers + 1 : 0
      }
  }

  /// Parts are numbered from the input: 0 the stem, 1 the first block, `layers + 1` the head.
  private func isLocked(_ name: String, _ prefix: String, _ layers: Int, _ unlocked: Int, other: () -> Int) -> Bool {
    var part = other()
    if name.hasPrefix(prefix), let layer = Int(name.dropFirst(prefix.count).prefix { $0 != "." }) { part = layer + 1 }
    return part < layers + 2 - unlocked
  }
}
