public import CLIPCheckpoints
public import CLIPCompute
public import CLIPImages
public import CLIPLayers
public import CLIPModelShapes
import CLIPModels
public import CLIPTokenization

/// What a run trains, in memory: a shape, first weights, and how pictures and texts become its inputs.
public struct Student {
  /// The shape.
  public let configuration: CLIPConfiguration
  /// The first weights, by open_clip's names; they are copied, not changed.
  public let parameters: any ParameterSource
  /// What makes tokens of captions.
  public let tokenizer: Tokenizer
  /// How pictures are prepared, as plain data.
  public let preprocess: PreprocessConfiguration
  /// What logs and results call it.
  public let name: String
  /// The name of the weights it starts from, for its card; nil for random ones.
  public let origin: String?
  /// What no file said and was taken for granted; a line each.
  public let assumptions: [String]

  /// A model of its parts.
  public init(
    _ configuration: CLIPConfiguration, from parameters: any ParameterSource, tokenizer: Tokenizer,
    preprocess: PreprocessConfiguration, name: String, origin: String? = nil, assumptions: [String] = []
  ) {
    self.configuration = configuration
    self.parameters = parameters
    self.tokenizer = tokenizer
    self.preprocess = preprocess
    self.name = name
    self.origin = origin
    self.assumptions = assumptions
  }

  /// A model that was opened, pruned or trained.
  public init(_ loaded: LoadedModel) {
    self.init(
      loaded.model.configuration, from: loaded.parameters, tokenizer: loaded.tokenizer,
      preprocess: loaded.preprocess, name: loaded.name, origin: loaded.pretrained, assumptions: loaded.assumptions)
  }

  /// A model of random weights.
  /// - Parameter preprocess: nil prepares pictures as OpenAI's models do
  public init(
    random configuration: CLIPConfiguration, seed: UInt64 = 0, tokenizer: Tokenizer,
    preprocess: PreprocessConfiguration? = nil, name: String, on pool: ThreadPool
  ) {
    self.init(
      configuration, from: InitialParameters(configuration, seed: seed, pool: pool), tokenizer: tokenizer,
      preprocess: preprocess ?? PreprocessConfiguration(size: configuration.vision.imageSize), name: name)
  }

  /// How pictures are prepared.
  public var preprocessing: Preprocessing { Preprocessing(preprocess) }
}
