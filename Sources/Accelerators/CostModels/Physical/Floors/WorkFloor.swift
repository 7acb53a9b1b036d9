internal import CLIPFiles

/// A list of operations as floors count it: products, vector work, and which of it may go on at the same time.
struct WorkFloor: Sendable {
  struct Product: Sendable {
    let contraction: Contraction
    let isImage: Bool
    /// How often it is done.
    let runs: Double
  }

  struct Vector: Sendable {
    let work: VectorWork
    let isFused: Bool
    let isEmbedding: Bool
    let isText: Bool
    let runs: Double
    /// With L2, and without.
    let bytes: Bytes, direct: Bytes
  }

  /// What is moved, which is the same on every design that has an L2, and on every one that has none.
  struct Bytes: Sendable {
    var l2Reads = 0.0, l2Writes = 0.0, bufferReads = 0.0, bufferWrites = 0.0

    mutating func add(_ other: Bytes, times: Double) {
      l2Reads += other.l2Reads * times
      l2Writes += other.l2Writes * times
      bufferReads += other.bufferReads * times
      bufferWrites += other.bufferWrites * times
    }
  }

  /// A product with the vector work that may run beside it, or vector work alone; `runs` times.
  struct Stage: Sendable {
    let product: Int?
    let vectors: Range<Int>
    let runs: Double
  }

  private(set) var products: [Product] = []
  private(set) var vectors: [Vector] = []
  private(set) var stages: [Stage] = []
  /// Multiply-adds of all runs.
  private(set) var multiplyAdds = 0.0
  /// Bytes of all vector work.
  private(set) var bytes = Bytes(), direct = Bytes()

  /// - Parameter chip: any; it tells what vector work moves, which is the same on every design
  init(_ operations: [Operation], _ chip: PhysicalChip) throws {
    var product: (contraction: Contraction, operation: Operation)?
    for operation in operations where operation.count > 0 {
      switch operation.work {
      case .matrixProduct(let matrix): product = (try Contraction(matrix), operation)
      case .patchConvolution(let patches): product = (try Contraction(patches), operation)
      case .vector(let work):
        if let last = stages.last, let before = product, work.follows(before.contraction),
          before.operation.tower == operation.tower, operation.count.isMultiple(of: before.operation.count)
        {
          try add(work, operation, isFused: true, chip)
          stages[stages.count - 1] = Stage(
            product: last.product, vectors: last.vectors.lowerBound..<vectors.count, runs: last.runs)
        } else {
          product = nil
          try add(work, operation, isFused: false, chip)
          stages.append(
            Stage(product: nil, vectors: vectors.count - 1..<vectors.count, runs: Double(operation.count)))
        }
        continue
      }
      guard let product else { continue }
      var isImage = false
      if case .patchConvolution = operation.work { isImage = true }
      products.append(Product(contraction: product.contraction, isImage: isImage, runs: Double(operation.count)))
      multiplyAdds += product.contraction.multiplyAdds * Double(operation.count)
      stages.append(
        Stage(
          product: products.count - 1, vectors: vectors.count..<vectors.count, runs: Double(operation.count)))
    }
  }

  private mutating func add(
    _ work: VectorWork, _ operation: Operation, isFused: Bool, _ chip: PhysicalChip
  ) throws {
    func bytes(hasL2: Bool) throws -> Bytes {
      func cost(read: Double, write: Double) throws -> VectorUnit.Cost {
        var unit = chip
        unit.mapper.hasL2 = hasL2
        (unit.mapper.l2Read, unit.mapper.bufferRead) = (read, read)
        (unit.mapper.l2Write, unit.mapper.bufferWrite) = (write, write)
        return try VectorUnit(chip: unit).cost(of: work, isFused: isFused)
      }
      let reads = try cost(read: 1, write: 0), writes = try cost(read: 0, write: 1)
      return Bytes(
        l2Reads: reads.l2Energy, l2Writes: writes.l2Energy, bufferReads: reads.bufferEnergy,
        bufferWrites: writes.bufferEnergy)
    }
    let runs = Double(operation.count)
    let vector = Vector(
      work: work, isFused: isFused, isEmbedding: operation.part == .embeddings && work.kind == .add,
      isText: operation.tower == .text, runs: runs, bytes: try bytes(hasL2: true), direct: try bytes(hasL2: false))
    vectors.append(vector)
    self.bytes.add(vector.bytes, times: runs)
    direct.add(vector.direct, times: runs)
  }
}
