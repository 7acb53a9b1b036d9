import CLIPCompute
import CLIPTensors

/// Mean and covariance of rows, in double precision.
struct Moments {
  /// `[columns]`
  let mean: [Double]
  /// `[columns, columns]`, divided by the number of rows.
  let covariance: DoubleMatrix

  init(_ x: Tensor, on pool: ThreadPool) {
    mean = RowStatistics.mean(x, on: pool)
    var products = RowStatistics.products(x, mean: mean, on: pool)
    let share = 1 / Double(max(x.shape[0], 1))
    for index in products.elements.indices { products.elements[index] *= share }
    covariance = products
  }

  /// `E[x²]` of each column.
  var energy: [Double] { zip(mean, covariance.diagonal).map { $0 * $0 + $1 } }
  /// `E[(x - mean)²]` of each column.
  var variance: [Double] { covariance.diagonal }
}
