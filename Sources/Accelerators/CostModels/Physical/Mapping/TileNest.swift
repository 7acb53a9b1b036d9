/// One way to do a product on the clusters: who does what, tile by tile, in which order.
public struct TileNest: Equatable, Sendable {
  /// The loops over tiles: of rows, of outputs, and along the sum.
  public enum Loop: String, Sendable, CaseIterable {
    case rows, outputs, reduced
  }

  /// Into how many parts the clusters cut batches, rows and outputs; their product is the number of clusters.
  public var batchParts: Int, rowParts: Int, outputParts: Int
  /// Whether rows lie along the array's depth and outputs along its width, or the other way round.
  public var rowsAlongDepth: Bool
  /// A tile in L2: rows, outputs, and how much of the sum.
  public var tileRows: Int, tileOutputs: Int, tileReduced: Int
  /// The loops over tiles, the outermost first.
  public var order: [Loop]
  /// Sums that a lane keeps in its registers: so many along rows, and along outputs.
  public var blockRows: Int, blockOutputs: Int

  package init(
    batchParts: Int = 1, rowParts: Int = 1, outputParts: Int = 1, rowsAlongDepth: Bool = true, tileRows: Int,
    tileOutputs: Int, tileReduced: Int, order: [Loop], blockRows: Int, blockOutputs: Int
  ) {
    self.batchParts = batchParts
    self.rowParts = rowParts
    self.outputParts = outputParts
    self.rowsAlongDepth = rowsAlongDepth
    self.tileRows = tileRows
    self.tileOutputs = tileOutputs
    self.tileReduced = tileReduced
    self.order = order
    self.blockRows = blockRows
    self.blockOutputs = blockOutputs
  }
}

/// What the mapper must know of a chip; memories' figures are as built.
package struct MapperChip: Hashable, Sendable {
  /// 32-bit sums in a lane's registers.
  package static let sums = 8
  package var clusters: Int, width: Int, depth: Int
  /// Bytes of a cluster's L2.
  package var l2: Double
  /// Bytes a cycle, each way.
  package var l2Bandwidth: Double, bufferBandwidth: Double
  /// Whether L2, and the buffer, read or write in a cycle, having one port for both.
  package var l2SharesPort = false, bufferSharesPort = false
  /// Whether clusters have an L2; without one their arrays read the buffer itself.
  package var hasL2 = true
  /// Bytes of the buffer in which weights that are read again must stay.
  package var weightSpace: Double
  /// pJ a byte.
  package var l2Read: Double, l2Write: Double, bufferRead: Double, bufferWrite: Double

  package init(
    clusters: Int, width: Int, depth: Int, l2: Double, l2Bandwidth: Double, bufferBandwidth: Double,
    weightSpace: Double, l2Read: Double, l2Write: Double, bufferRead: Double, bufferWrite: Double
  ) {
    self.clusters = clusters
    self.width = width
    self.depth = depth
    self.l2 = l2
    self.l2Bandwidth = l2Bandwidth
    self.bufferBandwidth = bufferBandwidth
    self.weightSpace = weightSpace
    self.l2Read = l2Read
    self.l2Write = l2Write
    self.bufferRead = bufferRead
    self.bufferWrite = bufferWrite
  }

  /// Cycles for which L2 of a cluster is busy; of two ports the busier one decides, one port does both.
  package func l2Cycles(reads: Double, writes: Double) -> Double {
    (l2SharesPort ? reads + writes : max(reads, writes)) / l2Bandwidth
  }

  /// Cycles for which the buffer is busy.
  package func bufferCycles(reads: Double, writes: Double) -> Double {
    (bufferSharesPort ? reads + writes : max(reads, writes)) / bufferBandwidth
  }
}

/// What a way of doing a product takes on the chip, DRAM aside.
public struct NestCost: Equatable, Sendable {
  /// Cycles of the arrays alone.
  public var computeCycles: Double
  /// Cycles for which L2's and the buffer's ports are busy, the busier way each.
  public var l2Cycles: Double, bufferCycles: Double
  /// Bytes of all clusters.
  public var l2Reads: Double, l2Writes: Double
  /// Bytes; what goes to several clusters at once is read once.
  public var bufferReads: Double, bufferWrites: Double
  /// pJ of L2, of the buffer.
  public var l2Energy: Double, bufferEnergy: Double

  /// Everything at once, memories being double buffered: the slowest decides.
  public var cycles: Double { max(computeCycles, max(l2Cycles, bufferCycles)) }
  /// pJ.
  package var energy: Double { l2Energy + bufferEnergy }
}
