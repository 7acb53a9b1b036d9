internal import CLIPFiles

/// What a list of operations takes at least on arrays of one shape, however large and fast the memories are.
struct ArrayFloor: Sendable {
  /// Of products: cycles of the arrays, and bytes that all L2 memories are read for.
  var computeCycles: [Double] = [], l2Reads: [Double] = []
  /// Of vector work: cycles of the lanes.
  var laneCycles: [Double] = []
  /// Steps of vector lanes, all runs.
  var steps = 0.0

  init(_ work: WorkFloor, _ chip: PhysicalChip) throws {
    let mapper = chip.mapper
    for product in work.products {
      computeCycles.append(Self.computeCycles(product.contraction, mapper))
      l2Reads.append(Self.l2Reads(product.contraction, mapper))
    }
    for vector in work.vectors {
      let cost = try VectorUnit(chip: chip).cost(of: vector.work, isFused: vector.isFused)
      laneCycles.append(cost.laneCycles)
      steps += cost.steps * vector.runs
    }
  }

  /// As the mapper's own first bound: whole strips, sums that drain once.
  static func computeCycles(_ product: Contraction, _ chip: MapperChip) -> Double {
    var least = Double.infinity
    for spread in Spread.all(chip.clusters) {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      for (rowLanes, outputLanes) in [(chip.depth, chip.width), (chip.width, chip.depth)] {
        let strips = Double(parts(rows, rowLanes)) * Double(parts(outputs, outputLanes))
        least = min(
          least, Double(parts(product.batches, spread.batches)) * strips * Double(product.reduced + chip.depth))
      }
    }
    return least + Double(chip.width + chip.depth - 2)
  }

  /// Operands that enter the arrays, in blocks of sums as large as the registers hold, and results.
  static func l2Reads(_ product: Contraction, _ chip: MapperChip) -> Double {
    var least = Double.infinity
    for spread in Spread.all(chip.clusters) {
      let rows = parts(product.rows, spread.rows), outputs = parts(product.outputs, spread.outputs)
      let wide = Double(product.outputs) / Double(outputs), high = Double(product.rows) / Double(rows)
      for (rowLanes, outputLanes) in [(chip.depth, chip.width), (chip.width, chip.depth)] {
        let rowStrips = parts(rows, rowLanes), outputStrips = parts(outputs, outputLanes)
        for (down, across) in PhysicalMapper.blocks(of: chip.sums) {
          let input = product.input * wide * Double(parts(outputStrips, across))
          least = min(least, input + product.second * high * Double(parts(rowStrips, down)))
        }
      }
    }
    return least + product.output
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
    let traffic = TrafficFloor(product, clusters: chip.clusters, l2: chip.l2, weightSpace: chip.weightSpace)
    computeCycles = ArrayFloor.computeCycles(product, chip)
    l2Reads = ArrayFloor.l2Reads(product, chip)
    (l2Writes, bufferReads) = (traffic.l2Writes, traffic.bufferReads)
  }
}
