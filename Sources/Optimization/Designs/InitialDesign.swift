internal import CLIPCompute

/// The points that a search begins with, before there is anything to learn from.
public enum InitialDesign {
  /// Latin hypercubes that are drawn to choose one from.
  private static let draws = 64

  /// The largest point, the smallest, the largest with each axis alone at its least, then a Latin hypercube whose nearest
  /// two points, among all of the design, are as far apart as in any of 64 drawn.
  ///
  /// Source of the criterion: Johnson, Moore, Ylvisaker, "Minimax and maximin distance designs", J. Statistical Planning
  /// and Inference 26, 1990.
  /// - Returns: `count` different points, or all of a smaller lattice.
  public static func points(_ lattice: Lattice, count: Int, seed: UInt64) -> [[Int]] {
    var design: [[Int]] = [], known = Set<[Int]>()
    func add(_ point: [Int]) { if design.count < count, known.insert(point).inserted { design.append(point) } }
    add(lattice.largestPoint)
    add(lattice.smallestPoint)
    for axis in lattice.sizes.indices { add(lattice.largestPoint.replacing(axis, by: 0)) }
    guard design.count < count else { return design }

    var random = Philox(seed: seed, purpose: .search, index: 1 << 62)
    var best: [[Int]] = [], bestDistance = -1.0
    for _ in 0..<draws {
      let cube = hypercube(lattice, count: count - design.count, using: &random).filter { !known.contains($0) }
      let different = Set(cube).sorted { $0.stands(before: $1) }
      let distance = nearestPair(different, design, lattice)
      let isBetter =
        different.count > best.count || (different.count == best.count && distance > bestDistance)
      if isBetter { (best, bestDistance) = (different, distance) }
    }
    for point in best { add(point) }
    // Small lattices make hypercubes with points twice.
    for point in lattice.freshPoints(count - design.count, without: known, using: &random) { add(point) }
    return design
  }

  /// Each axis cut into `count` strips, one point in each, the strips of the axes joined at random.
  private static func hypercube(_ lattice: Lattice, count: Int, using random: inout Philox) -> [[Int]] {
    var columns: [[Double]] = []
    for _ in lattice.sizes {
      var strips = (0..<count).map { (Double($0) + random.unit()) / Double(count) }
      random.shuffle(&strips)
      columns.append(strips)
    }
    return (0..<count).map { row in lattice.point(nearest: columns.map { $0[row] }) }
  }

  private static func nearestPair(_ points: [[Int]], _ others: [[Int]], _ lattice: Lattice) -> Double {
    let places = points.map(lattice.coordinates), fixed = others.map(lattice.coordinates)
    var least = Double.infinity
    for (index, place) in places.enumerated() {
      for other in places[(index + 1)...] + fixed {
        least = min(least, zip(place, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
      }
    }
    return least
  }
}
