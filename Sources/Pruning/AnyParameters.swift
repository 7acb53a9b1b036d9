internal import CLIPLayers
internal import CLIPTensors

/// Parameters of a source whose type is not known.
struct AnyParameters: ParameterSource {
  private let source: any ParameterSource

  init(_ source: any ParameterSource) { self.source = source }

  func parameter(_ name: String, _ shape: Shape) throws -> Tensor { try source.parameter(name, shape) }
}
