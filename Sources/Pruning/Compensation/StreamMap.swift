import CLIPCompute
import CLIPTensors

/// How a narrowed residual stream stands for the dense one: `x -> x E`, some channels or some directions of it.
struct StreamMap {
  enum Kind {
    case all
    case channels([Int])
    /// `[dense width, width]`
    case basis(Tensor)
  }
  let kind: Kind

  static let identity = StreamMap(kind: .all)

  /// Rows of the dense stream as the narrowed one should hold them: `[rows, width]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    switch kind {
    case .all: return x
    case .channels(let channels):
      return Slice("", columns: channels)(x, [x.shape[0], channels.count])
    case .basis(let basis):
      let result = FreshTensor([x.shape[0], basis.shape[1]])
      multiply(x, basis, into: result.matrix)
      return result.tensor()
    }
  }
}
