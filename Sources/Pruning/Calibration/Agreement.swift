import CLIPCompute
import CLIPTensors

/// How far a student's affinities between pictures and texts are from a teacher's.
///
///     KL(softmax(s t_i T), softmax(s x_i T)) over pictures, plus the same over texts
///
/// with the teacher's scale `s`: zero for the teacher itself. Source: TinyCLIP's affinity mimicking (arXiv:2309.12314,
/// equations 3 to 5) with the teacher's features on the other side.
struct Agreement {
  /// Unit length, `[pairs, embed]`.
  let image: Tensor
  let text: Tensor
  let scale: Float
  let pool: ThreadPool

  /// The divergence of pictures' rows when the student's are `features`, `[pairs, embed]`, unit length.
  func imageDivergence(_ features: Tensor) -> Double { divergence(features, own: image, other: text) }

  /// The divergence of texts' rows.
  func textDivergence(_ features: Tensor) -> Double { divergence(features, own: text, other: image) }

  /// The divergence of both rows' and columns' affinities when both towers are a student's, whose features may be shorter.
  func divergence(image studentImage: Tensor, text studentText: Tensor) -> Double {
    func mean(_ own: Tensor, _ other: Tensor, _ studentOwn: Tensor, _ studentOther: Tensor) -> Double {
      Self.meanDivergence(
        SimilarityOperator.forward(own, other, scale: scale, bias: 0),
        SimilarityOperator.forward(studentOwn, studentOther, scale: scale, bias: 0), rows: own.shape[0],
        columns: other.shape[0], on: pool)
    }
    return mean(image, text, studentImage, studentText) + mean(text, image, studentText, studentImage)
  }

  private func divergence(_ student: Tensor, own teacher: Tensor, other: Tensor) -> Double {
    let count = other.shape[0]
    let target = SimilarityOperator.forward(teacher, other, scale: scale, bias: 0)
    let found = SimilarityOperator.forward(student, other, scale: scale, bias: 0)
    return Self.meanDivergence(target, found, rows: student.shape[0], columns: count, on: pool)
  }

  /// The mean over rows of `KL(softmax(target), softmax(found))`.
  static func meanDivergence(
    _ target: Tensor, _ found: Tensor, rows: Int, columns: Int, on pool: ThreadPool
  ) -> Double {
    var sums = [Double](repeating: 0, count: rows)
    sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      pool.forEach((rows + 15) / 16) { part in
        target.withUnsafeElements { target in
          found.withUnsafeElements { found in
            for row in part * 16..<min(part * 16 + 16, rows) {
              let place = row * columns..<(row + 1) * columns
              sums[row] = divergence(.init(rebasing: target[place]), .init(rebasing: found[place]))
            }
          }
        }
      }
    }
    return sums.reduce(0, +) / Double(max(rows, 1))
  }

  private static func divergence(_ p: UnsafeBufferPointer<Float>, _ q: UnsafeBufferPointer<Float>) -> Double {
    let pTop = Double(p.max() ?? 0), qTop = Double(q.max() ?? 0)
    var pSum = 0.0, qSum = 0.0, cross = 0.0
    for index in p.indices {
      let weight = exponential(Double(p[index]) - pTop)
      pSum += weight
      qSum += exponential(Double(q[index]) - qTop)
      cross += weight * (Double(p[index]) - pTop - Double(q[index]) + qTop)
    }
    return cross / pSum - logarithm(pSum) + logarithm(qSum)
  }
}
