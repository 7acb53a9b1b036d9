import CLIPLayers
import CLIPModels
package import CLIPCompute
package import CLIPTensors

/// The directions that a shorter embedding keeps.
///
/// Similarities are products of features, so any rotation of both towers' features leaves them as they are. The leading
/// eigenvectors of
///
///     Σ f fᵀ  over the unit-length features of pictures and texts
///
/// are the basis in which leaving out the rest costs the features least (Eckart and Young, Psychometrika 1, 1936).
package enum EmbeddingBasis {
  /// `[embed, length]`, orthonormal columns; nil when features are not finite.
  package static func directions(_ image: Tensor, _ text: Tensor, length: Int, on pool: ThreadPool) -> Tensor? {
    let embed = image.shape[1], zero = [Double](repeating: 0, count: embed)
    var sum = DoubleMatrix(rows: embed, columns: embed)
    for features in [image, text] {
      let products = RowStatistics.products(features, mean: zero, on: pool)
      let share = 1 / Double(max(features.shape[0], 1))
      for index in sum.elements.indices { sum.elements[index] += products.elements[index] * share }
    }
    guard let eigen = SymmetricEigen(sum) else { return nil }
    var basis = [Float](repeating: 0, count: embed * length)
    for column in 0..<length {
      for row in 0..<embed { basis[row * length + column] = Float(eigen.vectors[column, row]) }
    }
    return Tensor(basis, [embed, length])
  }

  /// Turns a pruned tower's projection, cut out of the dense one's rows, into the basis.
  ///
  /// - Parameters:
  ///   - weights: what the pruned tower reads
  ///   - dense: the dense tower's projection
  ///   - channels: channels of the stream that stay
  static func apply(
    _ basis: Tensor, to pruned: ProjectionMatrix, in weights: ParameterBlock, from dense: ProjectionMatrix,
    channels: [Int]
  ) {
    let embed = basis.shape[0], target = weights.memory(of: pruned.weight)
    if dense.isTransposed {
      multiply(Slice("", rows: channels)(dense.weight, [channels.count, embed]), basis, into: target)
    } else {
      let columns = Slice("", columns: channels)(dense.weight, [embed, channels.count])
      multiply(basis, transposingA: true, columns, into: target)
    }
    if let bias = dense.bias, let target = pruned.bias { multiply(bias, basis, into: weights.memory(of: target)) }
  }
}
