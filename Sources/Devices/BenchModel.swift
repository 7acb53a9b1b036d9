internal import CLIPCheckpoints
public import CLIPCompute
internal import CLIPFiles
public import CLIPModelShapes
public import CLIPModels
internal import CLIPQuantization

/// A model to be measured: a checkpoint, or a shape with random weights, which take as long.
public struct BenchModel: Sendable {
  /// What results call it.
  public let name: String
  /// Its shape.
  public let configuration: CLIPConfiguration
  /// Whether no weights were read.
  public let hasRandomWeights: Bool
  private let model: CLIPModel

  /// A checkpoint folder or weight file; or the name or configuration file of a model, whose weights are then random.
  /// - Throws: `InputError` where nothing of that name is known, or it cannot be read.
  public init(_ name: String, on pool: ThreadPool) throws {
    if name.hasSuffix(".json") || NamedModels.known(name) != nil, !Folder.exists(name) {
      try self.init(ModelDescription.resolve(name).configuration, named: Folder.name(of: name), on: pool)
      return
    }
    // A name that leads nowhere is told as a model's, with the nearest.
    if !Folder.isThere(name), !name.contains("/") { _ = try ModelDescription.resolve(name) }
    let loaded = try LoadedModel(LoadedModel.Request(pretrained: name))
    self.init(loaded.model, named: Folder.name(of: name), hasRandomWeights: false)
  }

  private init(_ model: CLIPModel, named name: String, hasRandomWeights: Bool) {
    self.name = name
    self.model = model
    self.hasRandomWeights = hasRandomWeights
    configuration = model.configuration
  }

  /// A shape, with random weights.
  /// - Throws: an error where the shape is no model's.
  public init(_ configuration: CLIPConfiguration, named name: String, on pool: ThreadPool) throws {
    let parameters = InitialParameters(configuration, seed: 0, pool: pool)
    self.init(try CLIPModel(configuration, from: parameters), named: name, hasRandomWeights: true)
  }

  /// The model as it computes in an arithmetic. In whole numbers ranges come from random inputs: they decide on values, not
  /// on time.
  /// - Throws: `InputError` for a model that cannot be computed in that arithmetic.
  public func encoder(in arithmetic: Arithmetic, on pool: ThreadPool) throws -> any FeatureEncoder {
    switch arithmetic {
    case .float32: return model
    case .bfloat16: return model.packed(in: .bfloat16)
    default:
      let inputs = BenchInputs(configuration, seed: 0), count = QuantizedModel.fewestPairs
      return try QuantizedModel(
        model, images: inputs.images(count), ids: inputs.texts(count, tokens: nil), arithmetic: arithmetic, on: pool)
    }
  }
}
