internal import CLIPFiles
internal import CLIPModelShapes

/// A list of operations as floors count it, in one kind of numbers: products, vector work, and which of it may go on at the
/// same time. What is alike stands once.
final class WorkFloor: Sendable {
  struct Product: Sendable, Hashable {
    let contraction: Contraction
    let isImage: Bool
  }

  struct Vector: Sendable, Hashable {
    let work: VectorWork
    let isFused: Bool, isEmbedding: Bool
    let numbers: OperandBytes
    /// Bytes of what is a parameter among its operands, and of gains and offsets.
    let operandParameters: Double, parameters: Double
    /// What a step costs beside the 8-bit multiply-add; nil where there is one price for all.
    let stepPrice: Double?
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
    /// Among ``besides``.
    let besides: Range<Int>
    var runs: Double
  }

  let products: [Product]
  /// How often each is done.
  let productRuns: [Double]
  let vectors: [Vector], vectorRuns: [Double]
  /// With L2, and without; what would come from DRAM and go there, if nothing stayed on the chip.
  let vectorBytes: [Bytes], vectorDirect: [Bytes]
  let vectorCosts: [VectorUnit.Cost]
  let stages: [Stage]
  /// Each stage's product, for what its lanes take.
  let stageOperations: [Operation?]
  /// Vector work of stages, and how often it is done in a run of its stage.
  let besides: [Beside]
  /// Bytes of all vector work with L2, and without; bytes written into the buffer for all products.
  let bytes: Bytes, direct: Bytes, productWrites: Double
  /// The same of one product.
  let bufferWrites: [Double]
  let dataflow: Dataflow
  /// Weights that a lane holds, where they stay.
  let held: Int

  /// - Parameter chip: any with these numbers; it tells what vector work moves, which is the same on every design
  init(_ operations: [Operation], _ chip: PhysicalChip) throws {
    (dataflow, held) = (chip.dataflow, chip.weightsHeld)
    let found = try WorkGathering(operations, chip)
    (products, productRuns, bufferWrites) = (found.products, found.productRuns, found.bufferWrites)
    (vectors, vectorRuns, vectorCosts) = (found.vectors, found.vectorRuns, found.vectorCosts)
    (vectorBytes, vectorDirect) = (found.vectorBytes, found.vectorDirect)
    (stages, stageOperations, besides) = (found.stages, found.operations, found.besides)
    (bytes, direct, productWrites) = (found.bytes, found.direct, found.productWrites)
  }

  struct Beside: Sendable {
    let vector: Int
    let runs: Double
  }
}

/// A ``WorkFloor`` in the making.
private struct WorkGathering {
  typealias Product = WorkFloor.Product
  typealias Vector = WorkFloor.Vector
  typealias Bytes = WorkFloor.Bytes
  typealias Stage = WorkFloor.Stage

  var products: [Product] = [], productRuns: [Double] = [], bufferWrites: [Double] = []
  var vectors: [Vector] = [], vectorRuns: [Double] = [], vectorCosts: [VectorUnit.Cost] = []
  var vectorBytes: [Bytes] = [], vectorDirect: [Bytes] = []
  var stages: [Stage] = [], operations: [Operation?] = [], besides: [WorkFloor.Beside] = []
  var bytes = Bytes(), direct = Bytes(), productWrites = 0.0
  private var productPlaces: [Product: Int] = [:], vectorPlaces: [Vector: Int] = [:], stagePlaces: [StageKey: Int] = [:]
  private var open: Open?

  /// A product whose vector work is still to come.
  private struct Open {
    let product: Int?
    let contraction: Contraction?
    let operation: Operation
    var vectors: [(place: Int, runs: Double)]
  }

  private struct StageKey: Hashable {
    let product: Int?
    let vectors: [Int]
    let runs: [Double]
    let result: Operation.Result?
  }

  init(_ operations: [Operation], _ chip: PhysicalChip) throws {
    for operation in operations where operation.count > 0 {
      var contraction: Contraction, isImage = false
      switch operation.work {
      case .matrixProduct(let matrix): contraction = try Contraction(matrix)
      case .patchConvolution(let patches): (contraction, isImage) = (try Contraction(patches), true)
      case .vector(let work):
        try add(work, operation, chip)
        continue
      }
      close()
      if let arithmetic = chip.arithmetic {
        contraction.bytes = arithmetic.bytes(
          of: operation, hasWeights: contraction.hasWeights, reduced: contraction.reduced)
      }
      let place = add(Product(contraction: contraction, isImage: isImage), runs: Double(operation.count))
      open = Open(product: place, contraction: contraction, operation: operation, vectors: [])
    }
    close()
  }

  /// Ends a stage.
  private mutating func close() {
    guard let stage = open else { return }
    open = nil
    let runs = Double(stage.operation.count), isProduct = stage.product != nil
    let key = StageKey(
      product: stage.product, vectors: stage.vectors.map(\.place), runs: stage.vectors.map { $0.runs / runs },
      result: isProduct ? stage.operation.result : nil)
    if let place = stagePlaces[key] {
      stages[place].runs += runs
      return
    }
    stagePlaces[key] = stages.count
    let first = besides.count
    besides += stage.vectors.map { WorkFloor.Beside(vector: $0.place, runs: $0.runs / runs) }
    stages.append(Stage(product: stage.product, besides: first..<besides.count, runs: runs))
    operations.append(isProduct ? stage.operation : nil)
  }

  private mutating func add(_ product: Product, runs: Double) -> Int {
    let place = productPlaces[product] ?? products.count
    if place == products.count {
      productPlaces[product] = place
      products.append(product)
      productRuns.append(0)
      bufferWrites.append(
        product.contraction.output + (product.contraction.hasWeights ? product.contraction.second : 0))
    }
    productRuns[place] += runs
    productWrites += bufferWrites[place] * runs
    return place
  }

  private mutating func add(_ work: VectorWork, _ operation: Operation, _ chip: PhysicalChip) throws {
    let runs = Double(operation.count)
    if let before = open, let product = before.contraction, work.follows(product),
      before.operation.tower == operation.tower, operation.count.isMultiple(of: before.operation.count)
    {
      let place = try place(Vector(work, operation, isFused: true, chip.arithmetic), runs, chip)
      open?.vectors.append((place, runs))
      return
    }
    close()
    let place = try place(Vector(work, operation, isFused: false, chip.arithmetic), runs, chip)
    open = Open(product: nil, contraction: nil, operation: operation, vectors: [(place, runs)])
    close()
  }

  private mutating func place(_ vector: Vector, _ runs: Double, _ chip: PhysicalChip) throws -> Int {
    let place = vectorPlaces[vector] ?? vectors.count
    if place == vectors.count {
      vectorPlaces[vector] = place
      try add(vector, chip)
    }
    count(place, runs)
    return place
  }

  private mutating func count(_ place: Int, _ runs: Double) {
    vectorRuns[place] += runs
    bytes.add(vectorBytes[place], times: runs)
    direct.add(vectorDirect[place], times: runs)
  }

  private mutating func add(_ vector: Vector, _ chip: PhysicalChip) throws {
    func bytes(hasL2: Bool) throws -> Bytes {
      func cost(read: Double, write: Double) throws -> VectorUnit.Cost {
        var unit = chip
        unit.mapper.hasL2 = hasL2
        (unit.mapper.l2Read, unit.mapper.bufferRead) = (read, read)
        (unit.mapper.l2Write, unit.mapper.bufferWrite) = (write, write)
        return try VectorUnit(chip: unit).cost(of: vector.work, isFused: vector.isFused, vector.numbers)
      }
      let reads = try cost(read: 1, write: 0), writes = try cost(read: 0, write: 1)
      return Bytes(
        l2Reads: reads.l2Energy, l2Writes: writes.l2Energy, bufferReads: reads.bufferEnergy,
        bufferWrites: writes.bufferEnergy)
    }
    vectors.append(vector)
    vectorRuns.append(0)
    vectorBytes.append(try bytes(hasL2: true))
    vectorDirect.append(try bytes(hasL2: false))
    vectorCosts.append(try VectorUnit(chip: chip).cost(of: vector.work, isFused: vector.isFused, vector.numbers))
  }
}

extension WorkFloor.Vector {
  init(_ work: VectorWork, _ operation: Operation, isFused: Bool, _ arithmetic: Arithmetic?) {
    self.work = work
    self.isFused = isFused
    isEmbedding = operation.part == .embeddings && work.kind == .add
    numbers = arithmetic?.bytes(of: operation, work) ?? .bytes
    let read = (work.kind == .fill || work.kind == .dropout ? 0 : Double(work.elements)) * numbers.firstStored
    let second = Double(work.smallerOperand ?? 0) * numbers.second
    operandParameters = operation.tower == .text ? read + second : second
    parameters = operation.parameterBytes(in: arithmetic)
    stepPrice = arithmetic?.stepPrice(of: work, operation)
  }
}
