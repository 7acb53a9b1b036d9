public import CLIPCompute
internal import CLIPFiles

/// All combinations of a few levels an axis: what a search chooses from. A point is a level's number for each axis.
public struct Lattice: Equatable, Sendable {
  /// How many levels each axis has.
  public let sizes: [Int]
  /// How many points there are; `Int.max` where they are more.
  public let count: Int

  /// More axes than this are refused: no model of the few observations of a search would say anything about them.
  static let mostAxes = 64

  /// - Throws: `InputError` without any axis, with more than 64, or with an axis without levels.
  public init(_ sizes: [Int]) throws {
    guard !sizes.isEmpty, sizes.count <= Self.mostAxes else {
      throw InputError("a lattice has from 1 to \(Self.mostAxes) axes, found \(sizes.count)")
    }
    if let axis = sizes.firstIndex(where: { !(1...1_000_000).contains($0) }) {
      throw InputError("axis \(axis) of a lattice must have from 1 to 1000000 levels, found \(sizes[axis])")
    }
    self.sizes = sizes
    count = sizes.reduce(1) {
      let (product, overflow) = $0.multipliedReportingOverflow(by: $1)
      return overflow ? Int.max : product
    }
  }

  /// How many axes there are.
  public var axes: Int { sizes.count }
  /// The last level of every axis.
  public var largestPoint: [Int] { sizes.map { $0 - 1 } }
  /// The first level of every axis.
  public var smallestPoint: [Int] { sizes.map { _ in 0 } }

  /// Whether a point has as many levels as there are axes, each of its axis.
  public func contains(_ point: [Int]) -> Bool {
    point.count == sizes.count && zip(point, sizes).allSatisfy { $0 >= 0 && $0 < $1 }
  }

  /// The points one level away along one axis.
  public func neighbours(of point: [Int]) -> [[Int]] {
    var found: [[Int]] = []
    for axis in sizes.indices {
      for step in [-1, 1] where (0..<sizes[axis]).contains(point[axis] + step) {
        found.append(point.replacing(axis, by: point[axis] + step))
      }
    }
    return found
  }

  /// The points that differ along one axis, by however many levels.
  public func variations(of point: [Int]) -> [[Int]] {
    var found: [[Int]] = []
    for axis in sizes.indices {
      for level in 0..<sizes[axis] where level != point[axis] { found.append(point.replacing(axis, by: level)) }
    }
    return found
  }

  /// Any point, all equally likely.
  public func randomPoint(using random: inout Philox) -> [Int] { sizes.map { random.integer(below: $0) } }

  /// The point of a number in `0..<count`, the last axis running fastest.
  public func point(at number: Int) -> [Int] {
    var rest = number, point = [Int](repeating: 0, count: sizes.count)
    for axis in sizes.indices.reversed() {
      point[axis] = rest % sizes[axis]
      rest /= sizes[axis]
    }
    return point
  }

  /// The point nearest to a place in the unit cube: every level takes an equal share of its axis.
  public func point(nearest place: [Double]) -> [Int] {
    zip(place, sizes).map { min($1 - 1, max(0, Int(($0 * Double($1)).rounded(.down)))) }
  }

  /// A point's place in the unit cube, for models: the first level of an axis at 0, the last at 1.
  public func coordinates(of point: [Int]) -> [Double] {
    zip(point, sizes).map { $1 > 1 ? Double($0) / Double($1 - 1) : 0 }
  }

  /// Points not in `taken`, at random and none twice; fewer than `count` only where no others are left.
  ///
  /// Small lattices are listed; in large ones the draw is repeated, which ends since most points are free.
  func freshPoints(_ count: Int, without taken: Set<[Int]>, using random: inout Philox) -> [[Int]] {
    var taken = taken, found: [[Int]] = []
    guard count > 0 else { return [] }
    if self.count <= Self.listed || self.count / 2 <= taken.count {
      var left = (0..<self.count).map { point(at: $0) }.filter { !taken.contains($0) }
      random.shuffle(&left)
      return Array(left.prefix(count))
    }
    // At least half of the points are free, so a draw fails with probability at most 1/2, rising as points are found.
    var draws = 0
    while found.count < count, draws < 64 * count + 4096 {
      draws += 1
      let point = randomPoint(using: &random)
      if taken.insert(point).inserted { found.append(point) }
    }
    return found
  }

  /// Lattices up to this many points are looked at as a whole.
  static let listed = 5000
}

extension [Int] {
  /// The same with one element changed.
  func replacing(_ index: Int, by value: Int) -> [Int] {
    var copy = self
    copy[index] = value
    return copy
  }

  /// Whether it stands before another, comparing from the first element: an order for points.
  func stands(before other: [Int]) -> Bool { lexicographicallyPrecedes(other) }
}

extension Philox {
  /// Uniform in `[0, 1)`, a multiple of 2⁻⁵³.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
