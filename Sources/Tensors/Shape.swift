/// The extents of a tensor's axes, outermost first.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// Outermost first; none for a scalar.
  public let extents: [Int]

  /// Extents, outermost first.
  public init(_ extents: [Int]) { self.extents = extents }
  /// Extents, outermost first: `[4, 65, 192]`.
  public init(arrayLiteral elements: Int...) { extents = elements }

  /// How many axes there are; 0 for a scalar.
  public var rank: Int { extents.count }

  /// How many elements a tensor of this shape has; 1 for a scalar.
  public var count: Int { extents.reduce(1, *) }

  /// As a matrix: the first axis's extent, and how many elements belong to each of its places; a vector is one row.
  @usableFromInline var matrix: (rows: Int, columns: Int) {
    rank < 2 ? (1, count) : (extents[0], extents.dropFirst().reduce(1, *))
  }

  /// An axis's extent; -1 is the innermost axis, as in PyTorch.
  public subscript(axis: Int) -> Int { extents[axis < 0 ? rank + axis : axis] }

  /// As PyTorch prints it: `[4, 65, 192]`.
  public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}

/// Two shapes that do not fit together.
public struct ShapeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done, such as "linear".
  public let operation: String
  /// What would have fitted, such as `[sequences, tokens, 192]`.
  public let expected: String
  /// What was given.
  public let found: Shape

  /// Where what fits has parts of any size: `[batch, 512]`.
  public init(_ operation: String, expected: String, found: Shape) {
    self.operation = operation
    self.expected = expected
    self.found = found
  }

  /// Where one shape alone fits.
  public init(_ operation: String, expected: Shape, found: Shape) {
    self.init(operation, expected: expected.description, found: found)
  }

  /// `linear: expected [4, 65, 192], found [4, 65, 64]`.
  public var description: String { "\(operation): expected \(expected), found \(found)" }
}
