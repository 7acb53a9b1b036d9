public import CLIPAccelerators
internal import CLIPModelShapes

/// What a model is by itself, whatever runs it: its size and what its forward pass holds.
public struct ModelFigures: Equatable, Sendable {
  /// Numbers in all parameters.
  public let parameters: Double
  /// Bytes of the weights at their bits: `parameters x bits / 8`.
  public let size: Double
  /// Most bytes of activations that a forward pass of one image, or one text, holds at a time; not a number for what is no
  /// CLIP model. See ``CLIPConfiguration/activationElements(in:)``.
  public let activationMemory: Double
  /// Multiply-adds of an inference: of a picture and its texts, but not of prompts that are encoded once and kept; not a number
  /// for what is no CLIP model.
  public let macs: Double

  /// The figures of a model, or of how it is used.
  public init(_ model: any Workload, bits: Int) {
    let clip = (model as? UsedModel)?.model ?? model as? CLIPConfiguration
    let use = (model as? UsedModel)?.use ?? .pair
    parameters = Double(clip?.parameterCount ?? model.parameterCount)
    size = parameters * Double(bits) / 8
    activationMemory =
      clip.map { Double($0.activationElements(in: use)) * Double(bits) / 8 } ?? .nan
    macs =
      clip.map { clip in
        let work = clip.multiplyAdds(in: use)
        return Double(work.image) + Double(work.text) * Double(use.textsPerImage)
      } ?? .nan
  }

  /// A metric that a model has by itself; nil for others.
  func value(of metric: Metric) -> Double? {
    switch metric {
    case .parameters: parameters
    case .size: size
    case .activationMemory: activationMemory
    case .macs: macs
    case .latency, .energy, .area, .tops, .power, .carbon, .operational, .embodied: nil
    }
  }
}
