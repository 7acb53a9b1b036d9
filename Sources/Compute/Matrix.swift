/// A row-major matrix of floats that can be read: a tensor, a part of one, working memory.
public protocol Matrix {
  /// The elements, to be read only.
  var reading: ReadOnlyMatrix { get }
}

extension Matrix {
  /// The first row's first element; to be read while the matrix is there.
  package var first: UnsafePointer<Float> { reading.start }
  package var rows: Int { reading.rows }
  package var columns: Int { reading.columns }
}

/// A matrix that is only read. It keeps what it shows alive, where that is an object's.
public struct ReadOnlyMatrix: Matrix {
  /// The first row's first element.
  public let start: UnsafePointer<Float>
  /// How many rows there are.
  public let rows: Int
  /// How many elements a row has.
  public let columns: Int
  /// Elements from one row to the next; at least `columns`.
  public let stride: Int
  @usableFromInline let keeper: AnyObject?

  /// `rows` times `columns` elements.
  /// - Parameters:
  ///   - stride: elements from one row to the next; nil where rows follow one another
  ///   - keeper: whose memory they lie in; nil where the caller sees to it that they outlive the matrix
  @inlinable public init(
    _ start: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil, keeper: AnyObject? = nil
  ) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    self.keeper = keeper
  }

  /// The matrix itself.
  @inlinable public var reading: ReadOnlyMatrix { self }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> ReadOnlyMatrix {
    ReadOnlyMatrix(
      start + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride, keeper: keeper)
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> ReadOnlyMatrix {
    ReadOnlyMatrix(start + range.lowerBound, rows: rows, columns: range.count, stride: stride, keeper: keeper)
  }
}

/// A matrix in someone's working memory, which is read and written.
public struct MatrixView: Matrix {
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

  /// The same memory; it is not kept alive.
  @inlinable public var reading: ReadOnlyMatrix { ReadOnlyMatrix(start, rows: rows, columns: columns, stride: stride) }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> MatrixView {
    MatrixView(start + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> MatrixView {
    MatrixView(start + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// Copies a matrix of as many rows that touch, in both.
  package func set(_ other: some Matrix) {
    let other = other.reading
    precondition(
      other.rows * other.columns == rows * columns && stride == columns && other.stride == other.columns,
      "[\(other.rows), \(other.columns)] does not fill [\(rows), \(columns)]")
    start.update(from: other.start, count: rows * columns)
  }

  /// Sets all elements of rows that touch.
  package func fill(_ value: Float) { start.update(repeating: value, count: rows * columns) }
}
