internal import CLIPUnits

/// The reference's price of element-wise work, its defects included.
///
/// Source: CATransformers, `vector_core_estimator.py` and `op_to_compute.py`: a tensor that overflows L2 twice is charged
/// half its traffic, traffic never limits time, and every lane pays for an access that one of them makes.
struct VectorCore {
  /// Accesses by all lanes together, and words moved.
  private struct Work {
    var cycles: Double
    var registerReads: Double
    var registerWrites: Double
    var tableReads = 0.0
    var memoryReads: Double
    var memoryWrites: Double
    var l2Reads: Double
    var l2Writes: Double
  }

  let design: AcceleratorDesign
  let technology: Technology
  /// Energy of an L2 access of 32 bits, in pJ.
  let l2Read: Double, l2Write: Double

  /// - Throws: `InputError` where the size of L2 is not in the table.
  init(_ design: AcceleratorDesign, _ technology: Technology) throws {
    self.design = design
    self.technology = technology
    // The vector core has an L2 of its own, which the arrays' least size does not raise.
    (l2Read, l2Write) = try technology.referenceAccess(kilobytes: design.l2Kilobytes)
  }

  /// One run.
  func cost(of work: VectorWork) -> OperationCost {
    let counts = self.counts(of: work)
    let memory = counts.memoryReads * technology.memoryRead + counts.memoryWrites * technology.memoryWrite
    let l2 = counts.l2Reads * l2Read + counts.l2Writes * l2Write
    let lanes =
      counts.registerReads * technology.vectorRegister.read + counts.registerWrites * technology.vectorRegister.write
      + counts.cycles * technology.laneMAC
    // Figures of memories are for 32 bits: four elements.
    let picojoules =
      (memory + l2) / 4 + counts.tableReads * technology.exponentialTable + Double(design.vectorLanes) * lanes
    return OperationCost(cycles: counts.cycles, energy: Joules(picojoules * 1e-12))
  }

  private func counts(of work: VectorWork) -> Work {
    let elements = Double(work.elements), lanes = Double(design.vectorLanes)
    let row = Double(work.rowLength)
    /// The steps in which all lanes take an element each.
    let steps = (elements / lanes).rounded(.up)
    let l2 = Double(design.l2Kilobytes) * 1024
    let all = traffic(elements, capacity: l2 * Double(design.clusters))
    // Operations of two operands forget that there is an L2 in each cluster.
    let one = traffic(elements, capacity: l2)
    func simple(
      _ cycles: Double, reads: Double, writes: Double, tables: Double = 0,
      _ traffic: (memory: Double, l2: Double)
    ) -> Work {
      Work(
        cycles: cycles * steps, registerReads: reads * steps, registerWrites: writes, tableReads: tables,
        memoryReads: traffic.memory, memoryWrites: traffic.memory, l2Reads: traffic.l2, l2Writes: traffic.l2)
    }
    switch work.kind {
    case .add, .subtract, .multiply, .divide:
      let cycles = work.kind == .divide ? 10.0 : 1
      guard let smaller = work.smallerOperand else { return simple(cycles, reads: 1, writes: 2 * steps, one) }
      return simple(cycles, reads: 2, writes: 2 * steps + (Double(smaller) / lanes).rounded(.up), one)
    case .layerNorm: return simple(1, reads: 3, writes: 2 * steps + 2 * row, all)
    case .sigmoid: return simple(12, reads: 2, writes: 3 * steps, tables: elements, all)
    case .dropout: return simple(2, reads: 2, writes: 3 * steps, all)
    case .fill, .relu, .gelu: return simple(1, reads: 1, writes: 2 * steps, all)
    case .power, .squareRoot: return simple(15, reads: 15, writes: 2 * steps, all)
    case .softmax:
      let rowSteps = (row / lanes).rounded(.up)
      let cycles = (elements / row).rounded(.up) * rowSteps + 10 + 10 * steps
      return Work(
        cycles: cycles, registerReads: cycles + 10 * all.l2,
        registerWrites: 2 * (cycles / rowSteps + 10 + all.l2), tableReads: elements,
        memoryReads: 2 * all.memory, memoryWrites: 2 * all.memory, l2Reads: 2 * all.l2, l2Writes: 2 * all.l2)
    case .euclideanNorm:
      return Work(
        cycles: 15 * steps, registerReads: 15 * steps, registerWrites: 2 * steps, memoryReads: 0,
        memoryWrites: 2 * steps, l2Reads: 2 * steps, l2Writes: 2 * steps)
    }
  }

  /// Words from DRAM, and as many back; words from L2, and as many back.
  private func traffic(_ elements: Double, capacity: Double) -> (memory: Double, l2: Double) {
    let tiles = max(1, (elements / capacity).rounded(.up))
    let memory = (elements / tiles).rounded(.up)
    return (memory, memory * (tiles / Double(design.vectorLanes)).rounded(.up))
  }
}
