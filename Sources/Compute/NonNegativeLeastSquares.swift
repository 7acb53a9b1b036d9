/// Least squares whose solution has no negative number: minimizes `|A x - b|` over `x >= 0`.
///
/// Source: Lawson and Hanson, "Solving Least Squares Problems", 1974, algorithm NNLS, over the normal equations of columns
/// that are scaled to length 1; for a few columns and any number of rows.
public enum NonNegativeLeastSquares {
  /// Solves for one right side.
  /// - Parameters:
  ///   - rows: of `A`, all of one length
  ///   - values: `b`, one a row
  /// - Returns: `x`; zero for columns of zeros. Nil where a number is not finite.
  public static func solve(_ rows: [[Double]], _ values: [Double]) -> [Double]? {
    let columns = rows.first?.count ?? 0
    precondition(rows.count == values.count && rows.allSatisfy { $0.count == columns }, "every row has its value")
    guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }), values.allSatisfy(\.isFinite) else { return nil }
    let lengths = (0..<columns).map { column in
      rows.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
    }
    let used = (0..<columns).filter { lengths[$0] > 0 }, count = used.count
    var gram = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var right = [Double](repeating: 0, count: count)
    for (row, value) in zip(rows, values) {
      for a in 0..<count {
        let first = row[used[a]] / lengths[used[a]]
        right[a] += first * value
        for b in 0..<count { gram[a][b] += first * row[used[b]] / lengths[used[b]] }
      }
    }
    let scale = right.map(abs).max() ?? 0
    var solution = [Double](repeating: 0, count: count), passive = [Bool](repeating: false, count: count)
    // Each step adds one column; rounding can bring one back, so steps are counted.
    for _ in 0..<10 * max(count, 1) {
      let slopes = (0..<count).map { a in right[a] - (0..<count).reduce(0) { $0 + gram[a][$1] * solution[$1] } }
      guard
        let next = (0..<count).filter({ !passive[$0] && slopes[$0] > 1e-12 * scale }).max(by: {
          slopes[$0] < slopes[$1]
        })
      else { break }
      passive[next] = true
      while true {
        let members = (0..<count).filter { passive[$0] }
        guard let trial = unconstrained(gram, right, members) else {
          // The column says the same as those that are in.
          passive[next] = false
          break
        }
        if zip(members, trial).allSatisfy({ $0.1 > 0 }) {
          for (member, value) in zip(members, trial) { solution[member] = value }
          break
        }
        var step = 1.0
        for (member, value) in zip(members, trial) where value <= 0 {
          step = min(step, solution[member] / max(solution[member] - value, .leastNormalMagnitude))
        }
        for (member, value) in zip(members, trial) {
          solution[member] += step * (value - solution[member])
          if solution[member] <= 1e-14 * max(scale, .leastNormalMagnitude) {
            solution[member] = 0
            passive[member] = false
          }
        }
        if !passive.contains(true) { break }
      }
    }
    var result = [Double](repeating: 0, count: columns)
    for (place, column) in used.enumerated() { result[column] = solution[place] / lengths[column] }
    return result
  }

  /// The solution over some columns, negative numbers allowed; nil where they depend on one another.
  private static func unconstrained(_ gram: [[Double]], _ right: [Double], _ members: [Int]) -> [Double]? {
    var elements = members.map { a in members.map { gram[a][$0] } }
    var values = members.map { right[$0] }
    // Cholesky, in place: columns are of length 1, so a pivot tells how far one is from the span of those before it.
    for k in members.indices {
      for j in 0..<k { elements[k][k] -= elements[k][j] * elements[k][j] }
      guard elements[k][k] > 1e-13 else { return nil }
      elements[k][k] = elements[k][k].squareRoot()
      for i in k + 1..<members.count {
        for j in 0..<k { elements[i][k] -= elements[i][j] * elements[k][j] }
        elements[i][k] /= elements[k][k]
      }
    }
    for k in members.indices {
      for j in 0..<k { values[k] -= elements[k][j] * values[j] }
      values[k] /= elements[k][k]
    }
    for k in members.indices.reversed() {
      for i in k + 1..<members.count { values[k] -= elements[i][k] * values[i] }
      values[k] /= elements[k][k]
    }
    return values
  }
}
