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
      let view = MatrixView(features.pointer, rows: features.shape[0], columns: embed)
      let products = withExtendedLifetime(features) { RowStatistics.products(view, mean: zero, on: pool) }
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
  ///   - dense: the dense tower's projection
  ///   - channels: channels of the stream that stay
  static func apply(
    _ basis: Tensor, to pruned: ProjectionMatrix, from dense: ProjectionMatrix, channels: [Int]
  ) {
    let length = basis.shape[1], embed = basis.shape[0]
    func view(_ x: Tensor, _ rows: Int, _ columns: Int) -> MatrixView {
      MatrixView(x.mutablePointer, rows: rows, columns: columns)
    }
    if dense.isTransposed {
      let rows = Slice("", rows: channels)(dense.weight, [channels.count, embed])
      multiply(
        view(rows, channels.count, embed), view(basis, embed, length), into: view(pruned.weight, channels.count, length)
      )
      withExtendedLifetime(rows) {}
    } else {
      let columns = Slice("", columns: channels)(dense.weight, [embed, channels.count])
      multiply(
        view(basis, embed, length), transposingA: true, view(columns, embed, channels.count),
        into: view(pruned.weight, length, channels.count))
      withExtendedLifetime(columns) {}
    }
    if let bias = dense.bias, let target = pruned.bias {
      multiply(view(bias, 1, embed), view(basis, embed, length), into: view(target, 1, length))
    }
  }
}
