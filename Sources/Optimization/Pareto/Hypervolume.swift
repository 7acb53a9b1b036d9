/// How much of objective space a set of points dominates, up to a reference point: the measure of a front's quality.
///
/// Exact, by slicing along the first objective: between two neighbouring values the slice is the volume that the points
/// so far dominate in the others. Two and three objectives take O(n log n) and O(n²), four O(n³).
///
/// Source: Zitzler and Thiele, "Multiobjective optimization using evolutionary algorithms: a comparative case study",
/// PPSN 1998 (the measure); While, Hingston, Barone, Huband, "A faster algorithm for calculating hypervolume", IEEE
/// Trans. Evolutionary Computation 10(1), 2006 (slicing objectives).
public enum Hypervolume {
  /// The volume dominated by `points` below `reference`; all objectives are made small.
  ///
  /// Points that are not below the reference in every objective, or are no numbers, add nothing.
  public static func of(_ points: [[Double]], reference: [Double]) -> Double {
    guard !reference.isEmpty else { return 0 }
    let inside = points.filter { point in
      point.count == reference.count && zip(point, reference).allSatisfy { $0 < $1 && $0 > -.infinity }
    }
    return volume(inside.sorted { $0[0] < $1[0] }, reference, from: 0)
  }

  /// The volume in objectives `axis...`, of points sorted by that objective.
  private static func volume(_ points: [[Double]], _ reference: [Double], from axis: Int) -> Double {
    guard let first = points.first else { return 0 }
    let left = reference.count - axis
    if left == 1 { return reference[axis] - first[axis] }
    if left == 2 { return area(points, reference, axis) }
    var total = 0.0
    // Those so far, sorted by the next objective, without the dominated.
    var slice: [[Double]] = []
    for (index, point) in points.enumerated() {
      insert(point, into: &slice, after: axis)
      let end = index + 1 < points.count ? points[index + 1][axis] : reference[axis]
      if end > point[axis] { total += (end - point[axis]) * volume(slice, reference, from: axis + 1) }
    }
    return total
  }

  /// Two objectives, points sorted by the first: a staircase.
  private static func area(_ points: [[Double]], _ reference: [Double], _ axis: Int) -> Double {
    var total = 0.0, height = reference[axis + 1]
    for point in points where point[axis + 1] < height {
      total += (reference[axis] - point[axis]) * (height - point[axis + 1])
      height = point[axis + 1]
    }
    return total
  }

  private static func insert(_ point: [Double], into slice: inout [[Double]], after axis: Int) {
    let rest = (axis + 1)..<point.count
    func covers(_ a: [Double], _ b: [Double]) -> Bool { rest.allSatisfy { a[$0] <= b[$0] } }
    if slice.contains(where: { covers($0, point) }) { return }
    slice.removeAll { covers(point, $0) }
    let place = slice.firstIndex { $0[axis + 1] > point[axis + 1] } ?? slice.endIndex
    slice.insert(point, at: place)
  }
}
