package import CLIPCompute
public import CLIPTensors

/// `y = x W^T + b`.
public struct Linear: Sendable {
  /// `[outputs, inputs]`, as PyTorch keeps it.
  public var weight: Tensor
  /// `[outputs]`
  public var bias: Tensor

  /// - Parameter path: the parameters are `path.weight` and `path.bias`
  public init(inputs: Int, outputs: Int, from source: some ParameterSource, at path: String) throws {
    weight = try source.parameter("\(path).weight", [outputs, inputs])
    bias = try source.parameter("\(path).bias", [outputs])
  }

  package var weightView: MatrixView { MatrixView(weight.pointer, rows: weight.shape[0], columns: weight.shape[1]) }
}
