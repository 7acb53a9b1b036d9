internal import CLIPSystem

/// CLIP's symmetric cross-entropy: each image should pick its own text, and each text its own image.
///
///     loss = (mean_i CE(logits[i, :], i) + mean_j CE(logits[:, j], j)) / 2
///
/// Source: arXiv:2103.00020, figure 3; as open_clip's `ClipLoss` computes it. Sums are kept in double precision.
public enum ContrastiveLossOperator {
  /// - Parameter logits: `[batch, batch]`, scaled; row i is image i, column j is text j
  /// - Returns: the loss in nats
  /// - Throws: ``ShapeError`` when there are not as many texts as images.
  public static func forward(_ logits: Tensor) throws -> Double {
    guard logits.shape.rank == 2, logits.shape[0] == logits.shape[1], logits.shape[0] > 0 else {
      throw ShapeError("contrastive loss", expected: "[batch, batch]", found: logits.shape)
    }
    let batch = logits.shape[0]
    return logits.withUnsafeElements { values in
      var total = 0.0
      for item in 0..<batch {
        let diagonal = Double(values[item * batch + item])
        total += logSumExp(values, first: item * batch, stride: 1, count: batch) - diagonal
        total += logSumExp(values, first: item, stride: batch, count: batch) - diagonal
      }
      return total / Double(2 * batch)
    }
  }

  /// The loss's gradient with respect to the logits:
  ///
  ///     d loss / d logits[i, j] = (softmax over row i + softmax over column j - 2 [i = j]) / (2 batch)
  ///
  /// - Parameter logits: `[batch, batch]`
  /// - Returns: `[batch, batch]`
  /// - Throws: ``ShapeError`` when there are not as many texts as images.
  public static func backward(_ logits: Tensor) throws -> Tensor {
    guard logits.shape.rank == 2, logits.shape[0] == logits.shape[1], logits.shape[0] > 0 else {
      throw ShapeError("contrastive loss", expected: "[batch, batch]", found: logits.shape)
    }
    let batch = logits.shape[0]
    let gradient = logits.withUnsafeElements { values in
      let rows = (0..<batch).map { logSumExp(values, first: $0 * batch, stride: 1, count: batch) }
      let columns = (0..<batch).map { logSumExp(values, first: $0, stride: batch, count: batch) }
      return (0..<batch * batch).map { index -> Float in
        let value = Double(values[index]), row = index / batch, column = index % batch
        let shares = exp(value - rows[row]) + exp(value - columns[column])
        return Float((shares - (row == column ? 2 : 0)) / Double(2 * batch))
      }
    }
    return Tensor(gradient, logits.shape)
  }

  /// log Σ e^x, computed from the largest term down so that nothing overflows.
  private static func logSumExp(
    _ values: UnsafeBufferPointer<Float>, first: Int, stride: Int, count: Int
  ) -> Double {
    var largest = -Double.infinity
    for index in 0..<count { largest = max(largest, Double(values[first + index * stride])) }
    var sum = 0.0
    for index in 0..<count { sum += exp(Double(values[first + index * stride]) - largest) }
    return largest + log(sum)
  }
}
