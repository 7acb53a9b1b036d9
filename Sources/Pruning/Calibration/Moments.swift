import CLIPCompute
import CLIPTensors

/// Mean and covariance of rows, in double precision.
struct Moments {
  /// `[columns]`
  let mean: [Double]
  /// `[columns, columns]`, divided by the number of rows.
  let covariance: DoubleMatrix

  init(_ x: Tensor, on pool: ThreadPool) {
    // A view does not keep what it shows alive.
    (mean, covariance) = withExtendedLifetime(x) {
      let view = MatrixView(x.pointer, rows: x.shape[0], columns: x.shape[1]), mean = RowStatistics.mean(view)
      var products = RowStatistics.products(view, mean: mean, on: pool)
      let share = 1 / Double(max(view.rows, 1))
      for index in products.elements.indices { products.elements[index] *= share }
      return (mean, products)
    }
  }

  /// `E[x²]` of each column.
  var energy: [Double] { zip(mean, covariance.diagonal).map { $0 * $0 + $1 } }
  /// `E[(x - mean)²]` of each column.
  var variance: [Double] { covariance.diagonal }
}
