public import CLIPTensors

/// Where a layer's parameters come from: a checkpoint or an initializer. Loading and fresh training share one
/// constructor per layer.
///
/// Names are open_clip's, such as `visual.transformer.resblocks.3.attn.in_proj_weight`; shapes are PyTorch's.
public protocol ParameterSource {
  /// The parameter `name`, which must have the given shape.
  /// - Throws: an error that names the parameter and both shapes when it is missing or shaped otherwise.
  func parameter(_ name: String, _ shape: Shape) throws -> Tensor
}
