/// Finds the best way to do a product with weights that stay in the lanes; heads' keys and values stay as weights do.
///
/// A lane holds `p = pk * pm` weights: `pk` terms of a sum of `pm` outputs. Terms lie along one axis of the array, outputs along
/// the other; a row of inputs goes by and its sums go on from lane to lane, as in Google's TPU (Jouppi et al., ISCA 2017).
///
///     compute = batches * ceil(reduced / termLanes) * ceil(outputs / outputLanes) * max(rows, termLanes) + termLanes
///               + width + depth - 2                                                            [cycles]
///
/// The next weights come in while the rows go by, a row of the array a cycle; only the first ones are waited for. A sum that
/// needs more terms than lie in the array, `termLanes * pk`, is put by in L2 and read again for each further turn, and so
/// rows are cut into tiles whose sums fit L2 beside inputs and weights. From L2 an input is read once for every
/// `outputLanes * pm` outputs, and a weight once for every tile of rows.
package struct WeightStationaryMapper {
  let product: Contraction
  let chip: MapperChip
  /// Weights that a lane holds.
  let held: Int
  let objective: MappingObjective
  let fixedEnergy: Double

  package init(
    _ product: Contraction, on chip: MapperChip, held: Int, objective: MappingObjective, fixedEnergy: Double = 0
  ) {
    self.product = product
    self.chip = chip
    self.held = held
    self.objective = objective
    self.fixedEnergy = fixedEnergy
  }

  /// The best nest and its cost; nil where not even one row's sums fit.
  package func best() -> (nest: TileNest, cost: NestCost)? {
    let judge = PhysicalMapper(product, on: chip, objective: objective, fixedEnergy: fixedEnergy)
    var best: (nest: TileNest, cost: NestCost)?
    for batchParts in divisors(chip.clusters) {
      for rowParts in divisors(chip.clusters / batchParts) {
        let outputParts = chip.clusters / batchParts / rowParts
        for termsAlongDepth in [true, false] {
          var pk = 1
          while pk <= held {
            let rows = parts(product.rows, rowParts)
            var tile = rows
            while true {
              let nest = TileNest(
                batchParts: batchParts, rowParts: rowParts, outputParts: outputParts, rowsAlongDepth: !termsAlongDepth,
                tileRows: tile, tileOutputs: 1, tileReduced: 1, order: [.outputs, .rows, .reduced], blockRows: pk,
                blockOutputs: held / pk)
              if let found = cost(of: nest) {
                if best.map({ judge.isBetter(found.cost, than: $0.cost) }) ?? true { best = found }
              }
              guard tile > 1 else { break }
              tile = (tile + 1) / 2
            }
            pk *= 2
          }
        }
      }
    }
    return best
  }

  /// - Parameter nest: tile of rows; terms (`blockRows`) and outputs (`blockOutputs`) that a lane holds
  /// - Returns: nil where tiles do not fit L2, or weights that are read again the buffer
  package func cost(of nest: TileNest) -> (nest: TileNest, cost: NestCost)? {
    let termLanes = nest.rowsAlongDepth ? chip.width : chip.depth
    let outputLanes = nest.rowsAlongDepth ? chip.depth : chip.width
    let batches = parts(product.batches, nest.batchParts), rows = parts(product.rows, nest.rowParts)
    let outputs = parts(product.outputs, nest.outputParts)
    let tileReduced = min(product.reduced, termLanes * nest.blockRows)
    let tileOutputs = min(outputs, outputLanes * nest.blockOutputs)
    let rowTurns = parts(rows, nest.tileRows), outputTurns = parts(outputs, tileOutputs)
    let sumTurns = parts(product.reduced, tileReduced)
    let bytes = product.bytes
    let b = Double(batches), n = Double(rows), m = Double(outputs), k = Double(product.reduced)
    let t = Double(nest.tileRows), tk = Double(tileReduced), tm = Double(tileOutputs)

    // Sums that are not finished wait in L2; inputs and weights come while others are used.
    let sums = t * tm * (sumTurns > 1 ? bytes.sum : bytes.result)
    let wholeInput = n * k * bytes.first, onePass = 2 * t * tk * bytes.first
    let weights = 2 * tk * tm * bytes.second
    guard sums + onePass + weights <= chip.l2 else { return nil }
    // All rows stay in L2 where they fit; else they come again for every further strip of outputs.
    let inputFetches = outputTurns > 1 && sums + wholeInput + weights > chip.l2 ? Double(outputTurns) : 1
    // Weights of a strip come from the buffer again for every tile of rows.
    let secondFetches = Double(rowTurns)
    if product.hasWeights, rowTurns > 1, k * tm * bytes.second * Double(nest.outputParts) > chip.weightSpace {
      return nil
    }

    var rowCycles = 0.0
    let last = rows - (rowTurns - 1) * nest.tileRows
    rowCycles += Double(rowTurns - 1) * Double(max(nest.tileRows, termLanes)) + Double(max(last, termLanes))
    let compute =
      b * Double(parts(product.reduced, termLanes)) * Double(parts(outputs, outputLanes)) * rowCycles
      + Double(termLanes + chip.width + chip.depth - 2)

    let putBy = Double(sumTurns - 1) * bytes.sum * n * m
    let reads =
      b
      * (n * k * bytes.first * Double(outputTurns) + k * m * bytes.second * secondFetches + putBy + n * m * bytes.result)
    let writes =
      b
      * (n * k * bytes.first * inputFetches + k * m * bytes.second * secondFetches + putBy + n * m * bytes.result)
    let all = Double(chip.clusters)
    let share = product.results / (all * b * n * m)
    let bufferReads = product.input * inputFetches + product.second * secondFetches
    let bufferWrites = product.output + (product.hasWeights ? product.second : 0)
    var chosen = nest
    (chosen.tileOutputs, chosen.tileReduced) = (tileOutputs, tileReduced)
    return (
      chosen,
      NestCost(
        computeCycles: compute, l2Cycles: chip.l2Cycles(reads: reads, writes: writes),
        bufferCycles: chip.bufferCycles(reads: bufferReads, writes: bufferWrites), l2Reads: reads * all * share,
        l2Writes: writes * all * share, bufferReads: bufferReads, bufferWrites: bufferWrites,
        l2Energy: (reads * chip.l2Read + writes * chip.l2Write) * all * share,
        bufferEnergy: bufferReads * chip.bufferRead + bufferWrites * chip.bufferWrite)
    )
  }

  private func parts(_ size: Int, _ part: Int) -> Int { (size + part - 1) / part }
  private func divisors(_ number: Int) -> [Int] { (1...max(1, number)).filter { number % $0 == 0 } }
}
