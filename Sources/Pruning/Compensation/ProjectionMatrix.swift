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
    if let vision = self as? VisionTower {
      return ProjectionMatrix(weight: vision.projection, isTransposed: true, bias: nil)
    }
    guard let text = self as? TextTower, let weight = text.projection else { return nil }
    return ProjectionMatrix(weight: weight, isTransposed: text.projectionBias == nil, bias: text.projectionBias)
  }
}
