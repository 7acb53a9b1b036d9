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
  init(_ product: Contraction, spreads: [Spread], l2: Double, weightSpace: Double) {
    (bufferReads, l2Writes) = (.infinity, .infinity)
    let input = product.input, second = product.second, bytes = product.bytes
    for spread in spreads {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let many = parts(product.batches, spread.batches) > 1
      let room = Room(
        rows: Double(rows), outputs: Double(outputs), reduced: Double(product.reduced), bytes: bytes, many: many,
        l2: l2,
        weights: product.hasWeights ? weightSpace / Double(spread.outputs) : .infinity)
      // Each cluster fetches its own share; what is padded is not counted.
      let wide = Double(product.outputs) / Double(outputs), high = Double(product.rows) / Double(rows)
      let sums = product.results * bytes.sum
      bufferReads = min(bufferReads, room.least(input, second, sums))
      l2Writes = min(l2Writes, room.least(input * wide, second * high, sums) + product.results * bytes.result)
    }
  }

  /// Where weights stay in the lanes: every factor comes once at the least.
  init(onceOf product: Contraction, spreads: [Spread]) {
    bufferReads = product.input + product.second
    l2Writes = .infinity
    for spread in spreads {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let wide = Double(product.outputs) / Double(outputs), high = Double(product.rows) / Double(rows)
      l2Writes = min(l2Writes, product.input * wide + product.second * high + product.results * product.bytes.result)
    }
  }

  /// A cluster's part of a product, and the memories it has.
  private struct Room {
    let rows: Double, outputs: Double, reduced: Double
    let bytes: OperandBytes
    let many: Bool
    let l2: Double
    /// Bytes of weights, of one part of the outputs, that may be read again.
    let weights: Double

    /// Bytes of a sum in L2 at the least: where the registers hold it until it is finished, its result's.
    private var result: Double { min(bytes.result, bytes.sum) }

    /// Least of `first * fetches + second * fetches + sums * (visits - 1)`.
    func least(_ first: Double, _ second: Double, _ sums: Double) -> Double {
      let once = first + second
      if isOnce { return once }
      return min(min(whole(first, second), inside(first, second)), outside(first, second, sums))
    }

    /// Whether some tiling fetches everything once.
    private var isOnce: Bool {
      let places = many ? 2.0 : 1
      let row = reduced * bytes.first, output = reduced * bytes.second
      // All rows, or all outputs, in one tile with the whole sum.
      if places * rows * row + 2 * output + rows * result <= l2 { return true }
      if places * outputs * output + 2 * row + outputs * result <= l2 { return true }
      if places * (rows * row + outputs * output) + rows * outputs * result <= l2 { return true }
      // All sums in L2 or the registers, with the sum in parts.
      return 2 * (rows * bytes.first + outputs * bytes.second) + rows * outputs * result <= l2
    }

    /// The whole sum in a tile, rows and outputs in several.
    private func whole(_ first: Double, _ second: Double) -> Double {
      // A tile of as many outputs, or rows, as fit beside one of the other.
      let row = 2 * reduced * bytes.first, output = 2 * reduced * bytes.second
      let most = ((l2 - row) / (output + result)).rounded(.down)
      let mostRows = ((l2 - output) / (row + result)).rounded(.down)
      let byOutputs = most >= 1 ? first * (outputs / most).rounded(.up) + second : .infinity
      let byRows =
        mostRows >= 1 && reduced * outputs * bytes.second <= weights
        ? first + second * (rows / mostRows).rounded(.up) : .infinity
      return min(byOutputs, byRows)
    }

    /// The sum in parts inside rows and outputs: nothing is put by.
    private func inside(_ first: Double, _ second: Double) -> Double {
      var best = Double.infinity
      turns(outputs) { turns, tile in
        guard first * turns + second < best else { return false }
        let most = ((l2 - 2 * tile * bytes.second) / (tile * result + 2 * bytes.first)).rounded(.down)
        if most >= 1 {
          let again = (rows / most).rounded(.up)
          if again <= 1 || reduced * tile * bytes.second <= weights {
            best = min(best, first * turns + second * again)
          }
        }
        return true
      }
      return best
    }

    /// The sum in parts outside rows or outputs: unfinished sums go to the buffer and come back.
    private func outside(_ first: Double, _ second: Double, _ sums: Double) -> Double {
      // All rows at once, or all outputs.
      var best = Double.infinity
      for (side, own, other) in [(rows, bytes.first, bytes.second), (outputs, bytes.second, bytes.first)] {
        let part = ((l2 - side * result) / (2 * (side * own + other))).rounded(.down)
        guard part >= 1 else { continue }
        best = min(best, first + second + sums * max(0, (reduced / min(part, reduced)).rounded(.up) - 1))
      }
      // All rows, with outputs in several tiles and the sum inside them.
      let tile = ((l2 - 2 * rows * bytes.first) / (rows * result + 2 * bytes.second)).rounded(.down)
      if tile >= 1 { best = min(best, first * (outputs / min(tile, outputs)).rounded(.up) + second) }
      best = min(best, turning((rows, bytes.first, bytes.second), first, second, sums, weights: weights))
      return min(best, turning((outputs, bytes.second, bytes.first), second, first, sums, weights: .infinity))
    }

    /// One factor stays, the other comes for every turn along `side`, and so do the sums.
    private func turning(
      _ side: (length: Double, own: Double, other: Double), _ still: Double, _ again: Double, _ sums: Double,
      weights: Double
    ) -> Double {
      var best = Double.infinity
      turns(side.length) { turns, tile in
        guard still + again * turns + sums < best else { return false }
        var part = ((l2 - tile * result) / (2 * (tile * side.own + side.other))).rounded(.down)
        if turns > 1 { part = min(part, (weights / (outputs * bytes.second)).rounded(.down)) }
        if part >= 1 {
          let visits = max(2, (reduced / min(part, reduced)).rounded(.up))
          best = min(best, still + again * turns + sums * (visits - 1))
        }
        return true
      }
      return best
    }

    /// Calls `body` with the fewest turns of every size of tile that turns along a side can have, from the largest down, until
    /// it says no: more turns of the same tiles are never better.
    private func turns(_ side: Double, _ body: (_ turns: Double, _ tile: Double) -> Bool) {
      var turns = 1.0
      while turns <= side {
        let tile = (side / turns).rounded(.up)
        guard body(turns, tile), tile > 1 else { return }
        turns = max(turns + 1, (side / (tile - 1)).rounded(.up))
      }
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
