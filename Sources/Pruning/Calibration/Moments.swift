import CLIPCompute
import CLIPTensors

/// Mean and covariance of rows, in double precision.
struct Moments {
  /// `[columns]`
  let mean: [Double]
  /// `[columns, columns]`, divided by the number of rows.
  let covariance: DoubleMatrix

  /// - Throws: what ranks throw that share the rows.
  init(_ x: Tensor, by sums: RowSums) throws {
    mean = try sums.mean(x)
    var products = try sums.products(x, mean: mean)
    let share = 1 / max(try sums([Double(x.shape[0])])[0], 1)
    for index in products.elements.indices { products.elements[index] *= share }
    covariance = products
  }

  /// `E[x²]` of each column.
  var energy: [Double] { zip(mean, covariance.diagonal).map { $0 * $0 + $1 } }
  /// `E[(x - mean)²]` of each column.
  var variance: [Double] { covariance.diagonal }
}
