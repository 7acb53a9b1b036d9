public import CLIPCompute
public import CLIPTensors

/// Normalizes the last axis to mean 0 and variance 1, then scales and shifts it; see ``LayerNormOperator``.
public struct LayerNorm: Sendable {
  /// `[width]`
  public var weight: Tensor
  /// `[width]`
  public var bias: Tensor
  /// Added to the variance; open_clip uses 1e-5.
  public let epsilon: Float

  /// - Parameter path: the parameters are `path.weight` and `path.bias`
  public init(width: Int, epsilon: Float = 1e-5, from source: some ParameterSource, at path: String) throws {
    weight = try source.parameter("\(path).weight", [width])
    bias = try source.parameter("\(path).bias", [width])
    self.epsilon = epsilon
  }

  /// One that neither scales nor shifts, and belongs to no parameters.
  init(plain width: Int, _ epsilon: Float) {
    weight = Tensor(repeating: 1, [width])
    bias = Tensor(zeros: [width])
    self.epsilon = epsilon
  }

  /// Normalizes the rows of `x` into `y`.
  package func apply(_ x: some Matrix, into y: MatrixView, lanes: Lanes) {
    LayerNormOperator.forward(x, weight: weight, bias: bias, epsilon: epsilon, into: y, lanes: lanes)
  }

  /// - Parameter x: `[..., width]`
  /// - Returns: `[..., width]`
  /// - Throws: ``ShapeError`` when the last axis is not `width` long.
  public func callAsFunction(_ x: Tensor, on pool: ThreadPool) throws -> Tensor {
    try x.mappingRows(from: weight.count, to: weight.count, "layer norm") { apply($0, into: $1, lanes: .pooled(pool)) }
  }
}
