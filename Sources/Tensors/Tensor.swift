public import CLIPCompute

/// A row-major block of 32-bit floats with a shape; a value, copied only when a shared one is written.
///
/// As a ``Matrix`` the first axis is its rows, and all others together its columns; a vector is one row.
public struct Tensor: Sendable, Matrix {
  /// What the elements lie in; written only where it is a `WritableStorage` of this tensor alone.
  public private(set) var storage: Storage
  /// The extents of the axes; ``reshaped(to:)`` gives another.
  public private(set) var shape: Shape
  /// The first element's place in the storage.
  package private(set) var offset: Int

  /// How many elements there are; 1 for a scalar.
  public var count: Int { shape.count }

  /// A tensor whose elements are not yet set: every one must be written before it is read.
  public init(uninitialized shape: Shape) {
    self.init(WritableStorage(count: shape.count), shape)
  }

  /// All elements `value`.
  public init(repeating value: Float, _ shape: Shape) {
    let memory = FreshTensor(shape)
    memory.start.update(repeating: value, count: shape.count)
    self = memory.tensor()
  }

  /// All elements zero.
  public init(zeros shape: Shape) { self.init(repeating: 0, shape) }

  /// The elements in row-major order.
  public init(_ elements: [Float], _ shape: Shape) {
    precondition(elements.count == shape.count, "\(elements.count) elements do not fill \(shape)")
    let memory = FreshTensor(shape)
    if shape.count > 0 { memory.start.update(from: elements, count: shape.count) }
    self = memory.tensor()
  }

  /// Part of existing storage, such as a mapped checkpoint.
  public init(_ storage: Storage, offset: Int = 0, _ shape: Shape) {
    precondition(offset >= 0 && offset + shape.count <= storage.count, "\(shape) does not fit into its storage")
    self.storage = storage
    self.shape = shape
    self.offset = offset
  }

  /// The elements in row-major order.
  public var elements: [Float] { withUnsafeElements { Array($0) } }

  /// The only element of a tensor that has one.
  public var scalar: Float {
    precondition(count == 1, "\(shape) is not a scalar")
    return start[0]
  }

  /// The same elements under another shape of the same count.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == count, "cannot reshape \(self.shape) to \(shape)")
    return Tensor(storage, offset: offset, shape)
  }

  /// Some rows of the outermost axis, sharing storage.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], "rows \(range) of \(shape)")
    let row = shape.extents.dropFirst().reduce(1, *)
    return Tensor(storage, offset: offset + range.lowerBound * row, Shape([range.count] + shape.extents.dropFirst()))
  }

  /// The elements as a matrix: the first axis by all others; a vector is one row. It keeps the storage alive.
  @inlinable public var reading: ReadOnlyMatrix {
    let (rows, columns) = shape.matrix
    return ReadOnlyMatrix(start, rows: rows, columns: columns, keeper: storage)
  }

  /// The first element; valid while the tensor is there.
  @usableFromInline var start: UnsafePointer<Float> { storage.start + offset }

  /// Reads the elements in place.
  public func withUnsafeElements<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: start, count: count))
  }

  /// Writes the elements in place, after copying them when the storage is shared or read-only.
  public mutating func withUnsafeMutableElements<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    let isOwn = isKnownUniquelyReferenced(&storage)
    guard isOwn, let own = storage as? WritableStorage else {
      let copy = WritableStorage(count: count)
      copy.memory.update(from: start, count: count)
      (storage, offset) = (copy, 0)
      return try body(UnsafeMutableBufferPointer(start: copy.memory, count: count))
    }
    return try body(UnsafeMutableBufferPointer(start: own.memory + offset, count: count))
  }

  /// The same, as a matrix.
  package mutating func withMutableMatrix<Result>(_ body: (MatrixView) throws -> Result) rethrows -> Result {
    let (rows, columns) = shape.matrix
    return try withUnsafeMutableElements { elements in
      guard let start = elements.baseAddress else { preconditionFailure("a tensor has memory") }
      return try body(MatrixView(start, rows: rows, columns: columns))
    }
  }
}

/// A tensor in the making: memory that is written before anybody else sees it.
package struct FreshTensor: ~Copyable {
  private let storage: WritableStorage
  private let shape: Shape

  /// Elements that are not yet set: every one must be written before it is read.
  package init(_ shape: Shape) {
    storage = WritableStorage(count: shape.count)
    self.shape = shape
  }

  /// A matrix's elements in memory of their own, under a shape of as many.
  package init(copying matrix: some Matrix, _ shape: Shape) {
    self.init(shape)
    MatrixView(start, rows: matrix.rows, columns: matrix.columns).set(matrix)
  }

  /// The first element.
  package var start: UnsafeMutablePointer<Float> { storage.memory }

  /// The elements as the tensor's matrix; valid until the tensor is there.
  package var matrix: MatrixView {
    let (rows, columns) = shape.matrix
    return MatrixView(start, rows: rows, columns: columns)
  }

  /// What has been made.
  package consuming func tensor() -> Tensor { Tensor(storage, shape) }
}

extension Tensor {
  /// A tensor of its own with the elements of a matrix whose rows touch.
  package init(copying matrix: some Matrix, _ shape: Shape) { self = FreshTensor(copying: matrix, shape).tensor() }
}
