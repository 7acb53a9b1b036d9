/// The points that no other beats in everything that is made small.
public enum ParetoFront {
  /// Whether `a` is nowhere more than `b` and somewhere less.
  static func dominates(_ a: [Double], _ b: [Double]) -> Bool {
    var isLess = false
    for (x, y) in zip(a, b) {
      if x > y { return false }
      if x < y { isLess = true }
    }
    return isLess
  }

  /// The numbers of the points on the front, ascending; of equal points the first only.
  ///
  /// Points that hold what is not a number are never on it.
  public static func indices(_ points: [[Double]]) -> [Int] { ordered(points).sorted() }

  /// As ``indices(_:)``, the point of least first value first.
  package static func ordered(_ points: [[Double]]) -> [Int] {
    let order = points.indices.filter { !points[$0].contains(where: \.isNaN) }.sorted {
      points[$0] == points[$1] ? $0 < $1 : points[$0].lexicographicallyPrecedes(points[$1])
    }
    // In this order no point is dominated by a later one.
    var front: [Int] = []
    for index in order
    where !front.contains(where: { points[$0] == points[index] || dominates(points[$0], points[index]) }) {
      front.append(index)
    }
    return front
  }

  /// How many fronts must be taken away before each point is on the front: 0 for the front itself.
  ///
  /// Source: nondominated sorting of Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective genetic
  /// algorithm: NSGA-II", IEEE Trans. Evolutionary Computation 6(2), 2002, section III-A.
  static func ranks(_ points: [[Double]]) -> [Int] {
    var rank = [Int](repeating: 0, count: points.count), left = Array(points.indices), depth = 0
    while !left.isEmpty {
      let front = left.filter { one in !left.contains { dominates(points[$0], points[one]) } }
      // Points with what is not a number dominate nothing and are dominated by nothing, so a front is never empty.
      for index in front { rank[index] = depth }
      let removed = Set(front)
      left.removeAll { removed.contains($0) }
      depth += 1
    }
    return rank
  }
}
