/// An output-stationary systolic array, cycle by cycle and lane by lane: the oracle for the closed formula.
///
/// Rows of the first factor come in from the left, columns of the second from the top, each a cycle later than its
/// neighbor. A lane adds up `reduced` products, then hands sums down its column for as many cycles as there are rows.
struct SystolicArray {
  private struct Lane {
    var left = 0, top = 0
    var sum = 0
    /// A sum on its way down: what came from above, and what goes on.
    var arriving = 0, leaving = 0
  }

  let rows: Int, columns: Int

  /// `a [n, k] x b [k, m]`, strips one after another, and the cycles until the last sum has left: observed, not computed.
  func multiply(_ a: [[Int]], _ b: [[Int]]) -> (product: [[Int]], cycles: Int) {
    let n = a.count, k = b.count, m = b[0].count
    let rowStrips = (n + rows - 1) / rows, columnStrips = (m + columns - 1) / columns
    let strips = rowStrips * columnStrips, period = k + rows
    var result = Array(repeating: Array(repeating: 0, count: m), count: n)
    var lanes = Array(repeating: Array(repeating: Lane(), count: columns), count: rows)
    var remaining = n * m, cycle = 0, last = 0
    while remaining > 0 {
      let before = lanes
      for i in 0..<rows {
        for j in 0..<columns {
          // The lane's own time: strips reach it later the further it stands from the corner.
          let own = cycle - i - j
          guard own >= 0, own / period < strips else { continue }
          let strip = own / period, step = own % period
          let row = strip / columnStrips * rows + i, column = strip % columnStrips * columns + j
          if step < k {
            // At the edges operands come from memory, zeros beyond the factors; inside from the neighbor.
            let left = j == 0 ? (row < n ? a[row][step] : 0) : before[i][j - 1].left
            let top = i == 0 ? (column < m ? b[step][column] : 0) : before[i - 1][j].top
            lanes[i][j].left = left
            lanes[i][j].top = top
            lanes[i][j].sum = (step == 0 ? 0 : before[i][j].sum) + left * top
          } else {
            lanes[i][j].leaving = step == k ? before[i][j].sum : before[i][j].arriving
            if i == rows - 1 {
              let from = row - (step - k)
              if from < n, column < m {
                result[from][column] = lanes[i][j].leaving
                remaining -= 1
                last = cycle
              }
            }
          }
        }
      }
      // A hop takes two cycles, as the lanes' times differ by one.
      for i in 1..<max(1, rows) {
        for j in 0..<columns { lanes[i][j].arriving = before[i - 1][j].leaving }
      }
      cycle += 1
    }
    return (result, last + 1)
  }
}
