internal import CLIPSystem

/// SigLIP's loss: every image-text pair is a yes-or-no question of its own.
///
///     loss = -Σ_ij log sigmoid(y_ij logits[i, j]) / batch,   y_ij = 1 on the diagonal, else -1
///
/// Source: arXiv:2303.15343, algorithm 1; as open_clip's `SigLipLoss` computes it. Sums are kept in double precision.
public enum SigmoidLossOperator {
  /// - Parameters:
  ///   - logits: `[rows, batch]`, scaled and biased; row i is image `first + i`, column j is text j
  ///   - first: the first row's own column, where these are some of a batch's rows, whose part of the loss is given; nil
  ///     where they are all
  /// - Returns: the loss in nats
  /// - Throws: ``ShapeError`` when there are fewer texts than images.
  public static func forward(_ logits: Tensor, first: Int? = nil) throws -> Double {
    let first = try check(logits, first)
    let rows = logits.shape[0], batch = logits.shape[1]
    return logits.withUnsafeElements { values in
      var total = 0.0
      for row in 0..<rows {
        for column in 0..<batch {
          let value = Double(values[row * batch + column]) * (first + row == column ? 1 : -1)
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
  /// - Parameters:
  ///   - logits: `[rows, batch]`
  ///   - first: as in the loss
  /// - Returns: `[rows, batch]`
  /// - Throws: ``ShapeError`` when there are fewer texts than images.
  public static func backward(_ logits: Tensor, first: Int? = nil) throws -> Tensor {
    let first = try check(logits, first)
    let rows = logits.shape[0], batch = logits.shape[1]
    let gradient = logits.withUnsafeElements { values in
      (0..<rows * batch).map { index -> Float in
        let sign: Double = first + index / batch == index % batch ? 1 : -1
        return Float(-sign / (1 + exp(sign * Double(values[index]))) / Double(batch))
      }
    }
    return Tensor(gradient, logits.shape)
  }

  private static func check(_ logits: Tensor, _ first: Int?) throws -> Int {
    let rows = SoftCrossEntropyOperator.ownColumns(logits, first)
    guard let rows else {
      throw ShapeError(
        "sigmoid loss", expected: first == nil ? "[batch, batch]" : "[rows, batch]", found: logits.shape)
    }
    return rows
  }
}
