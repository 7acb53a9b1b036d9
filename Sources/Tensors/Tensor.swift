/// A row-major block of 32-bit floats with a shape; a value, copied only when a shared one is written.
public struct Tensor: Sendable {
  public private(set) var storage: Storage
  public private(set) var shape: Shape
  private var offset: Int

  public var count: Int { shape.count }

  /// A tensor whose elements are not yet set: every one must be written before it is read.
  public init(uninitialized shape: Shape) {
    storage = Storage(count: shape.count)
    self.shape = shape
    offset = 0
  }

  /// All elements `value`.
  public init(repeating value: Float, _ shape: Shape) {
    self.init(uninitialized: shape)
    storage.start.update(repeating: value, count: shape.count)
  }

  /// All elements zero.
  public init(zeros shape: Shape) { self.init(repeating: 0, shape) }

  /// The elements in row-major order.
  public init(_ elements: [Float], _ shape: Shape) {
    precondition(elements.count == shape.count, "\(elements.count) elements do not fill \(shape)")
    self.init(uninitialized: shape)
    elements.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.start.update(from: base, count: source.count) }
    }
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
    return storage.start[offset]
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

  /// Reads the elements in place.
  public func withUnsafeElements<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.start + offset, count: count))
  }

  /// Writes the elements in place, after copying them when the storage is shared or read-only.
  public mutating func withUnsafeMutableElements<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if !storage.isWritable || !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: count)
      copy.start.update(from: storage.start + offset, count: count)
      storage = copy
      offset = 0
    }
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.start + offset, count: count))
  }

  /// The first element, for operators; valid while the tensor is kept alive by `withExtendedLifetime`.
  package var pointer: UnsafePointer<Float> { UnsafePointer(storage.start + offset) }

  /// The first element of a tensor that stands for a sum in progress, a gradient say: written in place, whoever else
  /// holds it.
  package var mutablePointer: UnsafeMutablePointer<Float> { storage.start + offset }

  /// The first element of a tensor just made and not yet shared.
  package var freshPointer: UnsafeMutablePointer<Float> { storage.start + offset }
}
