public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
public import CLIPTensors

/// Fresh parameters for a model, random from a seed: the same bits for the same seed and shape, on any machine with
/// the same mathematical library and on any number of threads.
///
/// Distributions are open_clip's: the text tower's from its `TextTransformer.init_parameters`; the vision tower's are
/// PyTorch's defaults (Glorot for attention, Kaiming for linear layers) with embeddings scaled by `width^-1/2`.
public struct InitialParameters: ParameterSource {
  private let configuration: CLIPConfiguration
  private let seed: UInt64
  private let pool: ThreadPool

  /// Parameters of a shape, drawn when they are asked for.
  public init(_ configuration: CLIPConfiguration, seed: UInt64, pool: ThreadPool) {
    self.configuration = configuration
    self.seed = seed
    self.pool = pool
  }

  private enum Distribution {
    case constant(Float)
    case normal(deviation: Float)
    case uniform(bound: Float)
  }

  /// A parameter's first values, by its name in open_clip.
  public func parameter(_ name: String, _ shape: Shape) -> Tensor {
    let tensor = FreshTensor(shape), target = tensor.start
    let distribution = distribution(of: name, shape)
    if case .constant(let value) = distribution { return Tensor(repeating: value, shape) }
    // Each run of elements has a stream of its own, so runs can be filled in any order.
    let run = 1 << 14
    let first = Self.hash(name)
    pool.forEach((shape.count + run - 1) / run) { part in
      var random = Philox(seed: seed, purpose: .parameters, index: first &+ UInt64(part))
      for element in part * run..<min((part + 1) * run, shape.count) {
        switch distribution {
        case .constant(let value): target[element] = value
        case .normal(let deviation): target[element] = random.normal() * deviation
        case .uniform(let bound): target[element] = random.uniform(in: -bound..<bound)
        }
      }
    }
    return tensor.tensor()
  }

  private func distribution(of name: String, _ shape: Shape) -> Distribution {
    if name == "logit_scale" { return .constant(configuration.initialLogitScale) }
    if name == "logit_bias" { return .constant(configuration.initialLogitBias ?? 0) }
    if name.hasSuffix(".gamma") {
      let tower: any TowerConfiguration = name.hasPrefix("visual.") ? configuration.vision : configuration.text
      return .constant(tower.layerScaleInit ?? 1)
    }
    if name.contains("ln_") { return .constant(name.hasSuffix("weight") ? 1 : 0) }
    return name.hasPrefix("visual.") ? visionDistribution(name, shape) : textDistribution(name)
  }

  private func visionDistribution(_ name: String, _ shape: Shape) -> Distribution {
    let inputs = shape.extents.dropFirst().reduce(1, *)
    if name.hasSuffix("embedding") || name == "visual.proj" {
      return .normal(deviation: 1 / Float(configuration.vision.width).squareRoot())
    }
    if name.hasSuffix(".latent") { return .normal(deviation: 1 / Float(configuration.vision.width).squareRoot()) }
    if name == "visual.conv1.bias" {
      let side = configuration.vision.patchSize
      return .uniform(bound: 1 / Float(3 * side * side).squareRoot())
    }
    if name == "visual.proj.bias" { return .constant(0) }
    // A gate starts open.
    if name.hasSuffix("c_gate.bias") { return .constant(1) }
    if name.hasSuffix("in_proj_weight") { return .uniform(bound: (6 / Float(shape[0] + shape[1])).squareRoot()) }
    if name.hasSuffix("in_proj_bias") || name.hasSuffix("out_proj.bias") { return .constant(0) }
    if name.hasSuffix("c_fc.bias") { return .uniform(bound: 1 / Float(configuration.vision.width).squareRoot()) }
    if name.hasSuffix("c_proj.bias") {
      return .uniform(bound: 1 / Float(configuration.vision.mlpWidth.first { $0 > 0 } ?? 1).squareRoot())
    }
    return .uniform(bound: 1 / Float(max(inputs, 1)).squareRoot())
  }

  private func textDistribution(_ name: String) -> Distribution {
    let width = Float(configuration.text.width), layers = Float(max(configuration.text.layers, 1))
    if name == "token_embedding.weight" { return .normal(deviation: 0.02) }
    if name == "positional_embedding" { return .normal(deviation: 0.01) }
    if name.hasSuffix("bias") { return .constant(0) }
    if name.hasSuffix("in_proj_weight") || name.hasPrefix("text_projection") {
      return .normal(deviation: 1 / width.squareRoot())
    }
    if name.hasSuffix("c_fc.weight") { return .normal(deviation: 1 / (2 * width).squareRoot()) }
    return .normal(deviation: 1 / (width * 2 * layers).squareRoot())
  }

  /// FNV-1a over the name, shifted so that the streams of different parameters lie far apart.
  private static func hash(_ name: String) -> UInt64 {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return value << 20
  }
}
