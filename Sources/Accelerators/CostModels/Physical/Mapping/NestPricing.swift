/// Prices nests of one product on one chip; the closed cost function that the mapper minimizes.
///
/// The arrays keep sums still (output stationary): a lane adds up the products of one row and one output at a time, operands
/// come in at two edges, skewed, and finished sums leave along the depth.
///
///     compute = batches * stripsOfRows * stripsOfOutputs * (reduced + depth * drains) + width + depth - 2
///
/// A strip is as many rows, or outputs, as the array has lanes that way; the last is padded. A lane keeps 8 sums, so a group
/// of up to 8 strips by strips shares what comes in at the edges. Sums that do not fit the registers while the sum is cut
/// into tiles are put by in L2 as 32 bits; those that do not fit L2 either, in the buffer.
///
/// A tensor is fetched again for every turn of a loop that it does not depend on, unless no loop further in moves it.
package struct NestPricing {
  package let product: Contraction
  package let chip: MapperChip

  package init(_ product: Contraction, on chip: MapperChip) {
    self.product = product
    self.chip = chip
  }

  /// The cost, or nil where the nest's tiles do not fit.
  package func cost(of nest: TileNest) -> NestCost? {
    let code =
      nest.order.count == 3 ? (nest.order[0].rank, nest.order[1].rank, nest.order[2].rank) : (0, 1, 2)
    return cost(of: nest, order: code)
  }

  /// `order` holds 0 for rows, 1 for outputs, 2 for reduced.
  func cost(of nest: TileNest, order: (Int, Int, Int)) -> NestCost? {
    let batches = parts(product.batches, nest.batchParts)
    let rows = parts(product.rows, nest.rowParts), outputs = parts(product.outputs, nest.outputParts)
    let rowTurns = parts(rows, nest.tileRows), outputTurns = parts(outputs, nest.tileOutputs)
    let sumTurns = parts(product.reduced, nest.tileReduced)
    let rowLanes = nest.rowsAlongDepth ? chip.depth : chip.width
    let outputLanes = nest.rowsAlongDepth ? chip.width : chip.depth

    func turns(_ loop: Int) -> Int { loop == 0 ? rowTurns : loop == 1 ? outputTurns : sumTurns }
    /// How often a tensor that does not depend on `loop` is fetched.
    func fetches(_ loop: Int) -> Int {
      let count = turns(loop)
      guard count > 1 else { return 1 }
      if order.2 == loop { return 1 }
      if order.1 == loop { return turns(order.2) > 1 ? count : 1 }
      return turns(order.1) > 1 || turns(order.2) > 1 ? count : 1
    }
    let inputFetches = fetches(1), secondFetches = fetches(0), outputVisits = fetches(2)

    // Weights come from DRAM once; what is read from the buffer again must stay there meanwhile.
    if product.hasWeights, secondFetches > 1 {
      func inside(_ loop: Int) -> Bool {
        order.0 == 0 ? true : order.1 == 0 ? order.2 == loop : false
      }
      let sums = inside(2) ? product.reduced : nest.tileReduced
      let columns = inside(1) ? outputs : nest.tileOutputs
      if Double(sums) * Double(columns) * Double(nest.outputParts) > chip.weightSpace { return nil }
    }

    let tileRowStrips = parts(nest.tileRows, rowLanes), tileOutputStrips = parts(nest.tileOutputs, outputLanes)
    let staysInRegisters =
      sumTurns == 1
      || (outputVisits == 1 && tileRowStrips <= nest.blockRows && tileOutputStrips <= nest.blockOutputs)

    // Tiles are fetched while the ones before them are used; what is fetched only once needs no second place.
    let many = batches > 1
    let inputTile = Double(nest.tileRows) * Double(nest.tileReduced)
    let secondTile = Double(nest.tileOutputs) * Double(nest.tileReduced)
    let outputTile = Double(nest.tileRows) * Double(nest.tileOutputs)
    let inputPlaces = many || rowTurns > 1 || sumTurns > 1 ? 2.0 : 1
    let secondPlaces = many || outputTurns > 1 || sumTurns > 1 ? 2.0 : 1
    guard
      inputTile * inputPlaces + secondTile * secondPlaces + outputTile * (staysInRegisters ? 1 : 4) <= chip.l2
    else { return nil }

    // Strips and groups of strips in all tiles, the last tile being smaller.
    func count(_ size: Int, _ tile: Int, _ turns: Int, _ lanes: Int, _ block: Int) -> (strips: Double, groups: Double) {
      let full = parts(tile, lanes), last = parts(size - (turns - 1) * tile, lanes)
      return (
        Double(turns - 1) * Double(full) + Double(last),
        Double(turns - 1) * Double(parts(full, block)) + Double(parts(last, block))
      )
    }
    let (rowStrips, rowGroups) = count(rows, nest.tileRows, rowTurns, rowLanes, nest.blockRows)
    let (outputStrips, outputGroups) = count(outputs, nest.tileOutputs, outputTurns, outputLanes, nest.blockOutputs)

    let b = Double(batches), n = Double(rows), m = Double(outputs), k = Double(product.reduced)
    let drains = staysInRegisters ? 1 : Double(2 * sumTurns - 1)
    let compute =
      b * rowStrips * outputStrips * (k + Double(chip.depth) * drains) + Double(chip.width + chip.depth - 2)

    guard chip.hasL2 else {
      // All of the product is one tile: what comes in at the edges, for all clusters, comes from the buffer.
      let clusters = Double(chip.clusters), reads = b * (n * k * outputGroups + k * m * rowGroups)
      let bufferWrites = product.output + (product.hasWeights ? product.second : 0)
      let bufferReads = reads * clusters * (product.output / (clusters * b * n * m))
      return NestCost(
        computeCycles: compute, l2Cycles: 0,
        bufferCycles: chip.bufferCycles(reads: reads * clusters, writes: bufferWrites), l2Reads: 0, l2Writes: 0,
        bufferReads: bufferReads, bufferWrites: bufferWrites, l2Energy: 0,
        bufferEnergy: bufferReads * chip.bufferRead + bufferWrites * chip.bufferWrite)
    }

    // A cluster's own traffic with its L2, in bytes.
    let putBy = staysInRegisters ? 0 : Double(sumTurns - 1) * 4 * n * m
    let putFurther = Double(outputVisits - 1) * 4 * n * m
    let fetchedInput = n * k * Double(inputFetches), fetchedSecond = k * m * Double(secondFetches)
    let reads = b * (n * k * outputGroups + k * m * rowGroups + putBy + n * m + putFurther)
    let writes = b * (fetchedInput + fetchedSecond + putFurther + n * m + putBy)
    let l2Cycles = chip.l2Cycles(reads: reads, writes: writes)

    // All clusters together: what is truly there, not what is padded.
    let all = Double(chip.clusters)
    let share = product.output / (all * b * n * m)
    let bufferReads =
      product.input * Double(inputFetches) + product.second * Double(secondFetches)
      + product.output * 4 * Double(outputVisits - 1)
    let bufferWrites =
      product.output * (1 + 4 * Double(outputVisits - 1)) + (product.hasWeights ? product.second : 0)
    return NestCost(
      computeCycles: compute, l2Cycles: l2Cycles,
      bufferCycles: chip.bufferCycles(reads: bufferReads, writes: bufferWrites), l2Reads: reads * all * share,
      l2Writes: writes * all * share, bufferReads: bufferReads, bufferWrites: bufferWrites,
      l2Energy: (reads * chip.l2Read + writes * chip.l2Write) * all * share,
      bufferEnergy: bufferReads * chip.bufferRead + bufferWrites * chip.bufferWrite)
  }

  private func parts(_ size: Int, _ part: Int) -> Int { (size + part - 1) / part }
}

extension TileNest.Loop {
  var rank: Int {
    switch self {
    case .rows: 0
    case .outputs: 1
    case .reduced: 2
    }
  }
}
