/// Least traffic of a product between the buffer and L2, over every tile, spread and order of loops that
/// ``NestPricing`` allows; whatever the array's shape.
///
/// With `R`, `O` and `S` turns of the loops over rows, outputs and along the sum, the first factor is fetched up to `O`
/// times, the second up to `R` times, and unfinished sums go and come `S - 1` times. A tile of one row, one output and one
/// term is the least that L2 must hold, so what L2 holds bounds the turns from below.
struct TrafficFloor: Sendable {
  /// Bytes that the buffer is read for, and that all L2 memories are written.
  var bufferReads: Double, l2Writes: Double

  /// - Parameters:
  ///   - l2: bytes of one L2
  ///   - weightSpace: bytes of the buffer in which weights that are read again must stay
  init(_ product: Contraction, clusters: Int, l2: Double, weightSpace: Double) {
    (bufferReads, l2Writes) = (.infinity, .infinity)
    let input = product.input, second = product.second, output = product.output
    for spread in Spread.all(clusters) {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let many = parts(product.batches, spread.batches) > 1
      let room = Room(
        rows: Double(rows), outputs: Double(outputs), reduced: Double(product.reduced), many: many, l2: l2,
        weights: product.hasWeights ? weightSpace / Double(spread.outputs) : .infinity)
      bufferReads = min(bufferReads, room.least(input, second, output))
      // Each cluster fetches its own share; what is padded is not counted.
      let wide = Double(product.outputs) / Double(outputs), high = Double(product.rows) / Double(rows)
      l2Writes = min(l2Writes, room.least(input * wide, second * high, output) + output)
    }
  }

  /// A cluster's part of a product, and the memories it has.
  private struct Room {
    let rows: Double, outputs: Double, reduced: Double
    let many: Bool
    let l2: Double
    /// Bytes of weights, of one part of the outputs, that may be read again.
    let weights: Double

    /// Least of `first * fetches + second * fetches + 4 * sums * (visits - 1)`.
    func least(_ first: Double, _ second: Double, _ sums: Double) -> Double {
      let once = first + second
      if isOnce { return once }
      return min(min(whole(first, second), inside(first, second)), outside(first, second, sums))
    }

    /// Whether some tiling fetches everything once.
    private var isOnce: Bool {
      let places = many ? 2.0 : 1
      // All rows, or all outputs, in one tile with the whole sum.
      if places * rows * reduced + 2 * reduced + rows <= l2 { return true }
      if places * outputs * reduced + 2 * reduced + outputs <= l2 { return true }
      if places * (rows + outputs) * reduced + rows * outputs <= l2 { return true }
      // All sums in L2 or the registers, with the sum in parts.
      return 2 * (rows + outputs) + rows * outputs <= l2
    }

    /// The whole sum in a tile, rows and outputs in several.
    private func whole(_ first: Double, _ second: Double) -> Double {
      // A tile of as many outputs, or rows, as fit beside one of the other.
      let most = ((l2 - 2 * reduced) / (2 * reduced + 1)).rounded(.down)
      guard most >= 1 else { return .infinity }
      let byOutputs = first * (outputs / most).rounded(.up) + second
      let byRows = reduced * outputs <= weights ? first + second * (rows / most).rounded(.up) : .infinity
      return min(byOutputs, byRows)
    }

    /// The sum in parts inside rows and outputs: nothing is put by.
    private func inside(_ first: Double, _ second: Double) -> Double {
      var best = Double.infinity, turns = 1.0
      while first * turns + second < best, turns <= outputs {
        let tile = (outputs / turns).rounded(.up)
        let most = ((l2 + 4) / (tile + 2) - 2).rounded(.down)
        if most >= 1 {
          let again = (rows / most).rounded(.up)
          if again <= 1 || reduced * tile <= weights { best = min(best, first * turns + second * again) }
        }
        turns += 1
      }
      return best
    }

    /// The sum in parts outside rows or outputs: unfinished sums go to the buffer and come back.
    private func outside(_ first: Double, _ second: Double, _ sums: Double) -> Double {
      // All outputs at once, or all rows.
      var best = Double.infinity
      for side in [rows, outputs] {
        let part = ((l2 - side) / (2 + 2 * side)).rounded(.down)
        guard part >= 1 else { continue }
        best = min(best, first + second + 4 * sums * max(0, (reduced / min(part, reduced)).rounded(.up) - 1))
      }
      // All rows, with outputs in several tiles and the sum inside them.
      let tile = ((l2 - 2 * rows) / (rows + 2)).rounded(.down)
      if tile >= 1 { best = min(best, first * (outputs / min(tile, outputs)).rounded(.up) + second) }
      best = min(best, turning(rows, first, second, sums, weights: weights))
      return min(best, turning(outputs, second, first, sums, weights: .infinity))
    }

    /// One factor stays, the other comes for every turn along `side`, and so do the sums.
    private func turning(
      _ side: Double, _ still: Double, _ again: Double, _ sums: Double, weights: Double
    ) -> Double {
      var best = Double.infinity, turns = 1.0
      while still + again * turns + 4 * sums < best, turns <= side {
        let tile = (side / turns).rounded(.up)
        var part = ((l2 - tile) / (2 * tile + 2)).rounded(.down)
        if turns > 1 { part = min(part, (weights / outputs).rounded(.down)) }
        if part >= 1 {
          let visits = max(2, (reduced / min(part, reduced)).rounded(.up))
          best = min(best, still + again * turns + 4 * sums * (visits - 1))
        }
        turns += 1
      }
      return best
    }
  }

  private func parts(_ size: Int, _ part: Int) -> Int { (size + part - 1) / part }
}

/// A way to spread a product over clusters.
struct Spread: Sendable {
  let batches: Int, rows: Int, outputs: Int

  /// Every way.
  static func all(_ clusters: Int) -> [Spread] {
    let clusters = max(1, clusters)
    var list: [Spread] = []
    for batches in 1...clusters where clusters.isMultiple(of: batches) {
      let rest = clusters / batches
      for rows in 1...rest where rest.isMultiple(of: rows) {
        list.append(Spread(batches: batches, rows: rows, outputs: rest / rows))
      }
    }
    return list
  }
}
