/// The extents of a tensor's axes, outermost first.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let extents: [Int]

  public init(_ extents: [Int]) { self.extents = extents }
  public init(arrayLiteral elements: Int...) { extents = elements }

  public var rank: Int { extents.count }

  /// How many elements a tensor of this shape has; 1 for a scalar.
  public var count: Int { extents.reduce(1, *) }

  /// As a matrix: the first axis's extent, and how many elements belong to each of its places; a vector is one row.
  @usableFromInline var matrix: (rows: Int, columns: Int) {
    rank < 2 ? (1, count) : (extents[0], extents.dropFirst().reduce(1, *))
  }

  public subscript(axis: Int) -> Int { extents[axis < 0 ? rank + axis : axis] }

  /// As PyTorch prints it: `[4, 65, 192]`.
  public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}

/// Two shapes that do not fit together.
public struct ShapeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done, such as "linear".
  public let operation: String
  public let expected: String
  public let found: Shape

  public init(_ operation: String, expected: String, found: Shape) {
    self.operation = operation
    self.expected = expected
    self.found = found
  }

  public init(_ operation: String, expected: Shape, found: Shape) {
    self.init(operation, expected: expected.description, found: found)
  }

  public var description: String { "\(operation): expected \(expected), found \(found)" }
}
