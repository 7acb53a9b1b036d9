public import CLIPCompute
public import CLIPTensors

/// `y = x W^T + b`.
public struct Linear: Sendable {
  /// `[outputs, inputs]`, as PyTorch keeps it.
  public var weight: Tensor { didSet { packed = nil } }
  /// `[outputs]`
  public var bias: Tensor
  /// The weight laid out for products, where it has been.
  package private(set) var packed: PackedMatrix?

  /// Lays the weight out for products.
  package mutating func pack(in arithmetic: ProductArithmetic) { packed = PackedMatrix(weight, in: arithmetic) }

  /// Lets a list lay the weight out.
  mutating func pack(_ list: inout PackingList) { packed = list.add(weight, transposed: true) }

  /// - Parameter path: the parameters are `path.weight` and `path.bias`
  public init(inputs: Int, outputs: Int, from source: some ParameterSource, at path: String) throws {
    weight = try source.parameter("\(path).weight", [outputs, inputs])
    bias = try source.parameter("\(path).bias", [outputs])
  }

  /// Of its parameters.
  init(weight: Tensor, bias: Tensor) {
    self.weight = weight
    self.bias = bias
  }

  /// - Parameter x: `[..., inputs]`
  /// - Returns: `[..., outputs]`
  /// - Throws: ``ShapeError`` when the last axis is not `inputs` long.
  public func callAsFunction(_ x: Tensor, on pool: ThreadPool) throws -> Tensor {
    try x.mappingRows(from: weight.shape[1], to: weight.shape[0], "linear layer") { x, y in
      LinearOperator.forward(x, weight: weight, packed: packed, bias: bias, into: y, lanes: .pooled(pool))
    }
  }
}

extension Tensor {
  /// A layer's result, row by row of the last axis.
  func mappingRows(
    from inputs: Int, to outputs: Int, _ layer: String, _ body: (_ x: ReadOnlyMatrix, _ y: MatrixView) -> Void
  ) throws -> Tensor {
    guard shape.rank > 0, shape[-1] == inputs else {
      throw ShapeError(layer, expected: "[..., \(inputs)]", found: shape)
    }
    let rows = count / max(1, inputs), result = FreshTensor([rows, outputs])
    body(reshaped(to: [rows, inputs]).reading, result.matrix)
    return result.tensor().reshaped(to: Shape(shape.extents.dropLast() + [outputs]))
  }
}
