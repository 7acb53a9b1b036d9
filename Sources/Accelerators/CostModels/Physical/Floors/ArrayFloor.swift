internal import CLIPFiles

/// What a list of operations takes at least on arrays of one shape, however large and fast the memories are.
final class ArrayFloor: Sendable {
  let clusters: Int, width: Int, depth: Int
  /// Of products: cycles of the arrays, and bytes that all L2 memories are read for.
  let computeCycles: [Double], l2Reads: [Double]
  /// Of vector work: cycles of the lanes.
  let laneCycles: [Double]
  /// Steps of vector lanes, all runs; and what they cost beside as many 8-bit multiply-adds.
  let steps: Double, pricedSteps: Double
  /// Bytes of L2 of all runs of all products.
  let reads: Double

  init(_ work: WorkFloor, _ design: AcceleratorDesign, spreads: [Spread], sums: Int) {
    (clusters, width, depth) = (design.clusters, design.width, design.depth)
    let size = (width: design.width, depth: design.depth), blocks = PhysicalMapper.blocks(of: sums)
    let products = work.products.map { product in
      let contraction = product.contraction
      return switch work.dataflow {
      case .outputStationary:
        (
          cycles: ArrayFloor.computeCycles(contraction, size, spreads),
          reads: ArrayFloor.l2Reads(contraction, size, spreads, blocks)
        )
      case .weightStationary:
        (
          cycles: ArrayFloor.stationaryCycles(contraction, size, spreads),
          reads: ArrayFloor.stationaryReads(contraction, size, spreads, held: work.held)
        )
      }
    }
    let reads = products.map(\.reads)
    (computeCycles, l2Reads) = (products.map(\.cycles), reads)
    self.reads = zip(reads, work.productRuns).reduce(0) { $0 + $1.0 * $1.1 }
    let lanes = work.vectors.map { VectorUnit.lanes($0.work, clusters: design.clusters, width: design.width) }
    laneCycles = lanes.map(\.cycles)
    var steps = 0.0, priced = 0.0
    for (index, runs) in work.vectorRuns.enumerated() {
      steps += lanes[index].steps * runs
      priced += lanes[index].steps * runs * (work.vectors[index].stepPrice ?? 0)
    }
    (self.steps, pricedSteps) = (steps, priced)
  }

  typealias Size = (width: Int, depth: Int)

  /// As the mapper's own first bound: whole strips, sums that drain once.
  static func computeCycles(_ product: Contraction, _ size: Size, _ spreads: [Spread]) -> Double {
    var least = Double.infinity
    for spread in spreads {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let batches = Double(parts(product.batches, spread.batches)) * Double(product.reduced + size.depth)
      least = min(
        least, batches * Double(parts(rows, size.depth)) * Double(parts(outputs, size.width)),
        batches * Double(parts(rows, size.width)) * Double(parts(outputs, size.depth)))
    }
    return least + Double(size.width + size.depth - 2)
  }

  /// Operands that enter the arrays, in blocks of sums as large as the registers hold, and results.
  static func l2Reads(
    _ product: Contraction, _ size: Size, _ spreads: [Spread], _ blocks: [(Int, Int)]
  ) -> Double {
    var least = Double.infinity
    for spread in spreads {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let wide = Double(product.outputs) / Double(outputs), high = Double(product.rows) / Double(rows)
      let input = product.input * wide, second = product.second * high
      for isTurned in [false, true] {
        let rowStrips = parts(rows, isTurned ? size.width : size.depth)
        let outputStrips = parts(outputs, isTurned ? size.depth : size.width)
        for (down, across) in blocks {
          least = min(
            least, input * Double(parts(outputStrips, across)) + second * Double(parts(rowStrips, down)))
        }
      }
    }
    return least + product.results * product.bytes.result
  }

  /// Where weights stay: all rows in one tile.
  private static func stationaryCycles(_ product: Contraction, _ size: Size, _ spreads: [Spread]) -> Double {
    var least = Double.infinity
    for spread in spreads {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      for (terms, lanes) in [(size.depth, size.width), (size.width, size.depth)] {
        let strips = Double(parts(product.reduced, terms)) * Double(parts(outputs, lanes))
        let cycles = Double(parts(product.batches, spread.batches)) * strips * Double(max(rows, terms))
        least = min(least, cycles + Double(terms + size.width + size.depth - 2))
      }
    }
    return least
  }

  /// Inputs for every strip of outputs that the lanes hold, weights once, and results.
  private static func stationaryReads(
    _ product: Contraction, _ size: Size, _ spreads: [Spread], held: Int
  ) -> Double {
    var least = Double.infinity
    for spread in spreads {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let wide = Double(product.outputs) / Double(outputs), high = Double(product.rows) / Double(rows)
      let strips = parts(outputs, max(size.width, size.depth) * held)
      least = min(least, product.input * wide * Double(strips) + product.second * high)
    }
    return least + product.results * product.bytes.result
  }

  private static func parts(_ size: Int, _ part: Int) -> Int { (size + part - 1) / part }
}

/// What one product takes at least on a chip, whatever its mapping.
package struct ProductFloor: Sendable {
  /// Cycles of the arrays.
  package let computeCycles: Double
  /// Bytes of all L2 memories, and of the buffer.
  package let l2Reads: Double, l2Writes: Double, bufferReads: Double

  package init(_ product: Contraction, on chip: MapperChip) {
    let spreads = Spread.all(chip.clusters), size = (width: chip.width, depth: chip.depth)
    let traffic = TrafficFloor(product, spreads: spreads, l2: chip.l2, weightSpace: chip.weightSpace)
    computeCycles = ArrayFloor.computeCycles(product, size, spreads)
    l2Reads = ArrayFloor.l2Reads(product, size, spreads, PhysicalMapper.blocks(of: chip.sums))
    (l2Writes, bufferReads) = (traffic.l2Writes, traffic.bufferReads)
  }
}
