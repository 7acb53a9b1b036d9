/// The shape of a CLIP model as plain data: two towers that map into one embedding.
public struct CLIPConfiguration: Equatable, Sendable {
  /// Length of the features that images and texts share.
  public var embedDimension: Int
  /// Whether the feed-forward layers use `x * sigmoid(1.702 x)`, as OpenAI's models do, or the exact GELU.
  public var usesQuickGELU: Bool
  /// The image tower.
  public var vision: VisionConfiguration
  /// The text tower.
  public var text: TextConfiguration
  /// The logarithm of the logit scale at the start of training.
  public var initialLogitScale: Float
  /// The logit bias at the start of training (SigLIP's loss), or nil where the model has none.
  public var initialLogitBias: Float?

  /// log(1 / 0.07): CLIP's initial temperature, arXiv:2103.00020, section 2.5.
  public static let standardLogitScale: Float = 2.659_260_036_932_778

  /// A model of two towers.
  public init(
    embedDimension: Int, usesQuickGELU: Bool = false, vision: VisionConfiguration, text: TextConfiguration,
    initialLogitScale: Float = CLIPConfiguration.standardLogitScale, initialLogitBias: Float? = nil
  ) {
    self.embedDimension = embedDimension
    self.usesQuickGELU = usesQuickGELU
    self.vision = vision
    self.text = text
    self.initialLogitScale = initialLogitScale
    self.initialLogitBias = initialLogitBias
  }
}
