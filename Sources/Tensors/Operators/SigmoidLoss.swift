internal import CLIPSystem

/// SigLIP's loss: every image-text pair is a yes-or-no question of its own.
///
///     loss = -Σ_ij log sigmoid(y_ij logits[i, j]) / batch,   y_ij = 1 on the diagonal, else -1
///
/// Source: arXiv:2303.15343, algorithm 1; as open_clip's `SigLipLoss` computes it. Sums are kept in double precision.
public enum SigmoidLossOperator {
  /// - Parameter logits: `[batch, batch]`, scaled and biased; row i is image i, column j is text j
  /// - Returns: the loss in nats
  /// - Throws: ``ShapeError`` when there are not as many texts as images.
  public static func forward(_ logits: Tensor) throws -> Double {
    guard logits.shape.rank == 2, logits.shape[0] == logits.shape[1], logits.shape[0] > 0 else {
      throw ShapeError("sigmoid loss", expected: "[batch, batch]", found: logits.shape)
    }
    let batch = logits.shape[0]
    return logits.withUnsafeElements { values in
      var total = 0.0
      for row in 0..<batch {
        for column in 0..<batch {
          let value = Double(values[row * batch + column]) * (row == column ? 1 : -1)
          // -log sigmoid(v) = log(1 + e^-v), from the side that cannot overflow.
          total += max(-value, 0) + log1p(exp(-abs(value)))
        }
      }
      return total / Double(batch)
    }
  }

  /// The loss's gradient with respect to the logits:
  ///
  ///     d loss / d logits[i, j] = -y_ij sigmoid(-y_ij logits[i, j]) / batch
  ///
  /// - Parameter logits: `[batch, batch]`
  /// - Returns: `[batch, batch]`
  /// - Throws: ``ShapeError`` when there are not as many texts as images.
  public static func backward(_ logits: Tensor) throws -> Tensor {
    guard logits.shape.rank == 2, logits.shape[0] == logits.shape[1], logits.shape[0] > 0 else {
      throw ShapeError("sigmoid loss", expected: "[batch, batch]", found: logits.shape)
    }
    let batch = logits.shape[0]
    let gradient = logits.withUnsafeElements { values in
      (0..<batch * batch).map { index -> Float in
        let sign: Double = index / batch == index % batch ? 1 : -1
        return Float(-sign / (1 + exp(sign * Double(values[index]))) / Double(batch))
      }
    }
    return Tensor(gradient, logits.shape)
  }
}
