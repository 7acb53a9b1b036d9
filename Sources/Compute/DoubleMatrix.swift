import CCLIPOpenBLAS

/// A row-major matrix in double precision: statistics whose rank single precision would lose.
public struct DoubleMatrix: Sendable, Equatable {
  /// How many rows there are, each of ``columns`` elements.
  public let rows: Int
  /// How many elements a row has.
  public let columns: Int
  /// Row by row.
  public var elements: [Double]

  /// All elements zero.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    elements = [Double](repeating: 0, count: rows * columns)
  }

  /// A matrix of its elements, row by row.
  public init(_ elements: [Double], rows: Int, columns: Int) {
    precondition(elements.count == rows * columns, "\(elements.count) elements do not fill [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// The element `row * columns + column`, both from 0; a column beyond its row is not noticed.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// Rows become columns.
  public var transposed: DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows)
    for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
    return result
  }

  /// The diagonal of a square matrix.
  public var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

  /// The rows and columns of the given numbers.
  public func selecting(rows chosenRows: [Int], columns chosenColumns: [Int]) -> DoubleMatrix {
    var result = DoubleMatrix(rows: chosenRows.count, columns: chosenColumns.count)
    for (row, source) in chosenRows.enumerated() {
      for (column, sourceColumn) in chosenColumns.enumerated() { result[row, column] = self[source, sourceColumn] }
    }
    return result
  }

  /// `a b`, or with either transposed, on the calling thread.
  public static func product(
    _ a: DoubleMatrix, transposingA: Bool = false, _ b: DoubleMatrix, transposingB: Bool = false
  ) -> DoubleMatrix {
    let m = transposingA ? a.columns : a.rows, k = transposingA ? a.rows : a.columns
    let n = transposingB ? b.rows : b.columns
    precondition((transposingB ? b.columns : b.rows) == k, "cannot multiply: \(k) columns by other rows")
    var result = DoubleMatrix(rows: m, columns: n)
    if m == 0 || n == 0 || k == 0 { return result }
    selectKernels
    result.elements.withUnsafeMutableBufferPointer { target in
      cblas_dgemm(
        CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
        blasint(m), blasint(n), blasint(k), 1, a.elements, blasint(a.columns), b.elements, blasint(b.columns), 0,
        target.baseAddress, blasint(n))
    }
    return result
  }

  /// `a b` on all threads, rows of `a` apart.
  public static func product(_ a: DoubleMatrix, _ b: DoubleMatrix, on pool: ThreadPool) -> DoubleMatrix {
    precondition(b.rows == a.columns, "cannot multiply: \(a.columns) columns by other rows")
    var result = DoubleMatrix(rows: a.rows, columns: b.columns)
    if a.rows == 0 || b.columns == 0 || a.columns == 0 { return result }
    selectKernels
    let (n, k) = (blasint(b.columns), blasint(a.columns)), wanted = 128
    result.elements.withUnsafeMutableBufferPointer { target in
      a.elements.withUnsafeBufferPointer { left in
        b.elements.withUnsafeBufferPointer { right in
          // Each task writes rows of its own.
          nonisolated(unsafe) let (target, left, right) = (target.baseAddress, left.baseAddress, right.baseAddress)
          pool.forEach((a.rows + wanted - 1) / wanted) { part in
            let first = part * wanted, count = min(wanted, a.rows - first)
            cblas_dgemm(
              CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(count), n, k, 1, left.map { $0 + first * a.columns },
              k,
              right, n, 0, target.map { $0 + first * b.columns }, n)
          }
        }
      }
    }
    return result
  }

  /// `self -= a b`, in place, on the calling thread.
  public mutating func subtractProduct(_ a: DoubleMatrix, _ b: DoubleMatrix) {
    precondition(a.rows == rows && b.columns == columns && a.columns == b.rows, "a product of another shape")
    if rows == 0 || columns == 0 || a.columns == 0 { return }
    selectKernels
    let (m, n, k) = (blasint(rows), blasint(columns), blasint(a.columns))
    elements.withUnsafeMutableBufferPointer { target in
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, -1, a.elements, k, b.elements, n, 1, target.baseAddress, n)
    }
  }
}
