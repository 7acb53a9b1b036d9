import CLIPModels
import CLIPTensors

/// A tower's last matrix, in whichever layout its checkpoint keeps it.
struct ProjectionMatrix {
  let weight: Tensor
  /// Whether the weight is `[width, embed]` instead of `[embed, width]`.
  let isTransposed: Bool
  /// `[embed]`, or nil
  let bias: Tensor?
}

extension TrainableTower {
  /// nil where the tower ends without one.
  var projectionMatrix: ProjectionMatrix? {
    projection.map { ProjectionMatrix(weight: $0, isTransposed: projectionBias == nil, bias: projectionBias) }
  }
}
