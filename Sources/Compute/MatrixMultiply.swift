import CCLIPOpenBLAS

/// A row-major matrix that lies in someone else's memory.
public struct MatrixView {
  /// The first row's first element; it must stay valid as long as the view is used.
  public let start: UnsafeMutablePointer<Float>
  /// How many rows there are.
  public let rows: Int
  /// How many elements a row has.
  public let columns: Int
  /// Elements from one row to the next; at least `columns`.
  public let stride: Int

  /// A view of `rows` times `columns` elements.
  /// - Parameter stride: elements from one row to the next; nil where rows follow one another
  public init(_ start: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// A view of elements that are only to be read; nothing enforces that.
  public init(_ start: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.init(UnsafeMutablePointer(mutating: start), rows: rows, columns: columns, stride: stride)
  }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> MatrixView {
    MatrixView(start + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> MatrixView {
    MatrixView(start + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
}

/// Multiplies on the calling thread: `c = alpha * op(a) op(b) + beta * c`.
///
/// The only function that calls OpenBLAS in single precision. A product's value depends on its shape alone, never on threads, so callers
/// cut their work into chunks of fixed size.
/// - Parameters:
///   - a: `[m, k]`, or `[k, m]` when `transposingA`
///   - b: `[k, n]`, or `[n, k]` when `transposingB`
///   - c: `[m, n]`
public func multiply(
  _ a: MatrixView, transposingA: Bool = false, _ b: MatrixView, transposingB: Bool = false, into c: MatrixView,
  alpha: Float = 1, beta: Float = 0
) {
  let m = transposingA ? a.columns : a.rows
  let k = transposingA ? a.rows : a.columns
  let n = transposingB ? b.rows : b.columns
  precondition(
    c.rows == m && c.columns == n && (transposingB ? b.columns : b.rows) == k,
    "cannot multiply [\(m), \(k)] by [\(transposingB ? b.columns : b.rows), \(n)] into [\(c.rows), \(c.columns)]")
  if m == 0 || n == 0 { return }
  selectKernels
  cblas_sgemm(
    CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(n), blasint(k), alpha, a.start, blasint(max(a.stride, 1)), b.start,
    blasint(max(b.stride, 1)), beta, c.start, blasint(max(c.stride, 1)))
}
