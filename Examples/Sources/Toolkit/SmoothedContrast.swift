import CarbonCLIPKit

/// A loss of our own, with a parameter: CLIP's contrast whose targets give a share to every other pair of the batch.
struct SmoothedContrast: Loss {
  static let name = "smoothed_contrast"
  let smoothing: Float
  /// A run is taken up again with the same smoothing only.
  var settings: JSONObject { ["smoothing": .number(Double(smoothing))] }

  func value(_ features: LossFeatures) throws -> Variable {
    let logits = features.logits, batch = logits.value.shape[0]
    // The mean over the targets `1 - s` on the diagonal and `s / batch` everywhere is a mix of two losses.
    let uniform = Tensor([Float](repeating: 0, count: batch * batch), [batch, batch])
    return Variable.sum(
      [(1 - smoothing, try logits.contrastiveLoss()), (smoothing, try logits.softLoss(teacher: uniform))],
      on: features.tape)
  }
}
