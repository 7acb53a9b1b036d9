/// How a CLIP model is used: how many texts meet an image, how long they are, and what of the last blocks is computed.
///
/// The standard is what papers count: one image with one text of full length, every token through every block.
public struct ModelUse: Hashable, Sendable {
  /// What the last block of a tower computes behind its keys and values.
  public enum LastBlock: String, CaseIterable, Sendable {
    /// Every token, as the model is written down and as PyTorch counts it.
    case allTokens = "all-tokens"
    /// The token alone that the tower reads, as this program and what it exports compute it: one row of queries, scores,
    /// output and feed-forward layer. Towers that read all tokens compute all.
    case pooledToken = "pooled-token"
  }

  /// Texts for each image; 0 where prompts are encoded once and their features are kept.
  public var textsPerImage = 1
  /// Prompts whose features are kept; counts only where ``textsPerImage`` is 0.
  public var prompts = 1
  /// Tokens of a text, start and end included; nil for the model's whole context. A causal tower computes no more than
  /// these; one without a causal mask computes its whole context in any case.
  public var textTokens: Int?
  /// What of the last block is computed.
  public var lastBlock = LastBlock.allTokens
  /// Images that share a fetch of weights: so many are waited for and computed together.
  public var imagesPerFetch = 1

  /// Texts for an image that are accepted.
  public static let textRange = 0...10_000
  /// Numbers of prompts that are accepted.
  public static let promptRange = 1...1_000_000
  /// Lengths of texts that are accepted.
  public static let tokenRange = 1...1_000_000
  /// Numbers of images that are accepted.
  public static let imageRange = 1...4096

  /// One image with one text of full length, everything computed.
  public static let pair = ModelUse()

  /// The standard, but for what is said.
  public init(
    textsPerImage: Int = 1, prompts: Int = 1, textTokens: Int? = nil, lastBlock: LastBlock = .allTokens,
    imagesPerFetch: Int = 1
  ) {
    self.textsPerImage = textsPerImage
    self.prompts = prompts
    self.textTokens = textTokens
    self.lastBlock = lastBlock
    self.imagesPerFetch = imagesPerFetch
  }

  /// Whether prompts were encoded once and are kept.
  public var keepsTexts: Bool { textsPerImage == 0 }

  /// `one image and one text`, `one image, features of 32 prompts kept`.
  public var summary: String {
    let images = imagesPerFetch == 1 ? "one image" : "\(imagesPerFetch) images"
    let each = imagesPerFetch == 1 ? "" : " each"
    var text: String =
      switch textsPerImage {
      case 0: "\(images), features of \(prompts == 1 ? "one prompt" : "\(prompts) prompts") kept"
      case 1: imagesPerFetch == 1 ? "\(images) and one text" : "\(images) and one text each"
      default: "\(images) and \(textsPerImage) texts\(each)"
      }
    if !keepsTexts, let textTokens { text += " of \(textTokens) tokens" }
    return text
  }
}

extension CLIPConfiguration {
  /// The tokens that a text of a use takes.
  public func textTokens(in use: ModelUse) -> Int {
    text.isCausal ? min(text.contextLength, use.textTokens ?? text.contextLength) : text.contextLength
  }

  /// The model with texts as long as a use has them.
  package func shortened(for use: ModelUse) -> CLIPConfiguration {
    var model = self
    model.text.contextLength = textTokens(in: use)
    return model
  }

  /// Multiply-adds of one image, and of one text, as a use has them computed; matrix products only.
  public func multiplyAdds(in use: ModelUse) -> (image: Int, text: Int) {
    let model = shortened(for: use)
    guard use.lastBlock == .pooledToken else { return (imageMultiplyAdds, model.textMultiplyAdds) }
    return (
      imageMultiplyAdds - vision.unread(quickGELU: usesQuickGELU),
      model.textMultiplyAdds - model.text.unread(quickGELU: usesQuickGELU)
    )
  }

  /// Numbers in the parameters that an image needs.
  public var imageParameterCount: Int {
    let held = vision.blocks(quickGELU: usesQuickGELU).reduce(0) { $0 + $1.heldBiases.count }
    return ParameterList(self).parameters.reduce(0) { $0 + ($1.name.hasPrefix("visual.") ? $1.count : 0) } - held
  }
}

extension TowerConfiguration {
  /// How many tokens of each sequence the last block computes behind its keys and values.
  package func askingTokens(in use: ModelUse) -> Int {
    use.lastBlock == .pooledToken && ending.rows == .oneToken ? 1 : tokens
  }

  /// Multiply-adds of the last block that nothing reads.
  fileprivate func unread(quickGELU: Bool) -> Int {
    guard ending.rows == .oneToken, layers > 0 else { return 0 }
    let last = block(layers - 1, quickGELU: quickGELU)
    return last.multiplyAdds(tokens: tokens) - last.multiplyAdds(tokens: tokens, asking: 1)
  }
}
