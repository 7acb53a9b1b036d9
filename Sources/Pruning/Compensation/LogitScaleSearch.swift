package import CLIPCompute
package import CLIPTensors

/// The logit scale at which a pruned model's affinities are nearest to the whole one's.
///
/// A pruned model's right pairs score lower, so at the old scale its logits say less. Recall does not depend on the scale;
/// losses and probabilities do.
package enum LogitScaleSearch {
  /// CLIP keeps the factor from 1 to 100 (arXiv:2103.00020, section 2.5).
  private static let range = 0.0...4.605_170_185_988_092

  /// The logarithm of the best scale, by golden sections of the divergence of rows and columns.
  ///
  /// - Parameters:
  ///   - teacher: unit-length features `[pairs, embed]` of pictures and texts
  ///   - student: the same of the pruned model
  package static func best(
    teacher: (image: Tensor, text: Tensor), scale: Float, student: (image: Tensor, text: Tensor), on pool: ThreadPool
  ) -> Float {
    let count = teacher.image.shape[0]
    let rows = SimilarityOperator.forward(teacher.image, teacher.text, scale: scale, bias: 0)
    let columns = SimilarityOperator.forward(teacher.text, teacher.image, scale: scale, bias: 0)
    func divergence(_ logarithm: Double) -> Double {
      let factor = Float(exponential(logarithm))
      let ownRows = SimilarityOperator.forward(student.image, student.text, scale: factor, bias: 0)
      let ownColumns = SimilarityOperator.forward(student.text, student.image, scale: factor, bias: 0)
      return Agreement.meanDivergence(rows, ownRows, rows: count, columns: count, on: pool)
        + Agreement.meanDivergence(columns, ownColumns, rows: count, columns: count, on: pool)
    }
    let ratio = (5.0.squareRoot() - 1) / 2
    var low = range.lowerBound, high = range.upperBound
    var left = high - ratio * (high - low), right = low + ratio * (high - low)
    var atLeft = divergence(left), atRight = divergence(right)
    while high - low > 1e-3 {
      if atLeft < atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = divergence(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = divergence(right)
      }
    }
    return Float((low + high) / 2)
  }
}
