internal import CLIPFiles
package import CLIPCompute
internal import CLIPModelShapes
import CLIPSystem

/// What a model costs at least on the designs of a space: by boxes of designs, without mapping a product.
///
/// A space's axes are sorted into four: the arrays' shape, L2, the buffer with what feeds it, and all others. The first
/// decides the cycles of computing, the second and third what the memories cost and how often a product's factors are
/// fetched; every combination of the others is looked at by itself. A design's cost is bounded by
///
/// - area and leakage, which are exact;
/// - arithmetic, vector work and DRAM's transfers, which do not depend on the mapping;
/// - cycles and L2's reads of ``ArrayFloor``, the fetches of ``TrafficFloor``, and the roofline of these.
///
/// A box is one combination of the others, one shape, and a node of each memory's ``MemoryTree``; its bound is that of one chip
/// with the best of every part: the least area, energy and leakage, the most room and bandwidth.
package struct SpaceFloors: Sendable {
  /// Designs of one shape and process, whose memories lie between two ends of every axis.
  package struct Box: Hashable, Sendable {
    let outer: Int, shape: Int
    /// Nodes of the trees.
    let l2: Int, buffer: Int
  }

  let model: PhysicalCostModel
  let list: OperationList
  let axes: SpaceAxes
  /// By combination of the other axes.
  let outers: [OuterFloor]
  /// By kind of numbers; arrays also by shape.
  let works: [WorkFloor], arrays: [[ArrayFloor]]
  /// By way over the edge, then by the buffer's size.
  let transfers: [[[TransferFloor]]]
  /// By number of clusters.
  private let spreads: [Int: [Spread]]
  /// By kind of numbers: bytes of the buffer beyond which more room for weights makes no difference.
  private let mostWeights: [Double]
  private let traffic = Lock<[Int: Traffic]>([:])

  /// What all products move between L2 and buffer at least.
  final class Traffic: Sendable {
    let products: [TrafficFloor]
    /// Of all runs.
    let bufferReads: Double, l2Writes: Double

    init(_ products: [TrafficFloor], _ runs: [Double]) {
      self.products = products
      bufferReads = zip(products, runs).reduce(0) { $0 + $1.0.bufferReads * $1.1 }
      l2Writes = zip(products, runs).reduce(0) { $0 + $1.0.l2Writes * $1.1 }
    }
  }

  /// What one thread remembers between two bounds of one space.
  package final class Scratch {
    fileprivate var traffic: [Int: Traffic] = [:]
    /// Cycles of each stage.
    var stages: [Double] = []

    fileprivate init() {}
  }

  /// A new one.
  package func scratch() -> Scratch { Scratch() }

  private struct NumbersKey: Hashable {
    let arithmetic: Arithmetic?
    let dataflow: Dataflow
    let scratchpad: Int
  }

  private struct WayKey: Hashable {
    let numbers: Int
    let weightsIn: String, dram: String
  }

  /// - Throws: `InputError` for a memory that the table of SRAM does not cover, work that cannot be priced, or a space in which no
  ///   voltage carries its clock.
  package init(
    _ list: OperationList, in space: DesignSpace, with model: PhysicalCostModel, on pool: ThreadPool
  ) throws {
    // Whoever does not say how large the model is means what its operations read.
    let model = model.settings.modelBytes == nil ? model.serving(bytes: list.parameterBytes(in: nil)) : model
    (self.model, self.list) = (model, list)
    let axes = try SpaceAxes(space, where: model.carriesClock)
    self.axes = axes
    // What is wrong with the first stands for all.
    if axes.outers.isEmpty { _ = try model.figures(for: space[0]) }
    let spreads = Dictionary(axes.clusters.map { ($0, Spread.all($0)) }) { $1 }
    self.spreads = spreads

    let count = axes.outers.count
    let l2Count = axes.l2.combinations.count, bufferCount = axes.buffer.combinations.count
    let l2s = try pool.map(count * l2Count) { index in
      let offset = axes.outers[index / l2Count] + axes.l2.combinations[index % l2Count]
      return OuterFloor.Memory(try model.l2(of: space[offset]))
    }
    let buffers = try pool.map(count * bufferCount) { index in
      let offset = axes.outers[index / bufferCount] + axes.buffer.combinations[index % bufferCount]
      return OuterFloor.Memory(try model.buffer(of: space[offset]))
    }

    var kinds: [NumbersKey: Int] = [:], ways: [WayKey: Int] = [:]
    var works: [WorkFloor] = [], sums: [Int] = [], wayChips: [(chip: PhysicalChip, numbers: Int)] = []
    var outers: [OuterFloor] = []
    for (place, offset) in axes.outers.enumerated() {
      let design = space[offset]
      let plain = try PhysicalChip(
        design, l2: model.l2(of: design), buffer: model.buffer(of: design), model.figures(for: design))
      let key = NumbersKey(
        arithmetic: plain.arithmetic, dataflow: plain.dataflow, scratchpad: plain.scratchpad.bytes)
      let numbers = kinds[key] ?? works.count
      if numbers == works.count {
        kinds[key] = numbers
        works.append(try WorkFloor(list.operations, plain))
        sums.append(plain.mapper.sums)
      }
      let bytes = (model.settings.modelBytes ?? 0) * (plain.arithmetic?.storedBytes ?? 1)
      var systems: [Int: MemorySystem] = [:]
      if !design.isPricedByGigabyte {
        for bandwidth in Set(axes.buffer.nodes.map(\.memoryBytesPerCycle)) {
          var fed = design
          fed.memoryBytesPerCycle = bandwidth
          systems[bandwidth] = try model.memorySystem(of: fed, bytes: bytes)
        }
      }
      let wayKey = WayKey(numbers: numbers, weightsIn: design.weightsIn, dram: design.dram)
      let way = ways[wayKey] ?? wayChips.count
      if way == wayChips.count {
        ways[wayKey] = way
        let chip = systems.values.first.map { plain.equipped(with: $0, model.technology.memoryFigures.pads) } ?? plain
        wayChips.append((chip, numbers))
      }
      outers.append(
        try OuterFloor(
          plain, list, works[numbers], systems, numbers: numbers, way: way,
          l2s: axes.l2.gathered({ l2s[place * l2Count + $0] }, OuterFloor.Memory.init),
          buffers: axes.buffer.gathered({ buffers[place * bufferCount + $0] }, OuterFloor.Memory.init)))
    }
    (self.works, self.outers) = (works, outers)
    let largest = axes.clusters.max() ?? 1
    mostWeights = works.map { work in
      work.products.reduce(0) { max($0, $1.contraction.hasWeights ? $1.contraction.second : 0) } * Double(largest)
    }
    let kindsOfWork = works, kindsOfSums = sums, shapeCount = axes.shapes.count
    let all = try pool.map(works.count * shapeCount) { index in
      let design = space[axes.shapes[index % shapeCount]], numbers = index / shapeCount
      return ArrayFloor(
        kindsOfWork[numbers], design, spreads: spreads[design.clusters] ?? [], sums: kindsOfSums[numbers])
    }
    arrays = works.indices.map { Array(all[$0 * shapeCount..<($0 + 1) * shapeCount]) }
    let sizes = axes.buffer.sizes, chips = wayChips
    let found = try pool.map(chips.count * sizes.count, chunk: 1) { index in
      let (chip, numbers) = chips[index / sizes.count]
      let sized = chip.withBuffer(kilobytes: sizes[index % sizes.count])
      return model.residencies(of: list, in: sized).map { residency in
        TransferFloor(kindsOfWork[numbers], residency, space: residency.activationSpace(of: sized)) { product, space in
          model.plan(product.contraction, isImage: product.isImage, space: space)
        }
      }
    }
    transfers = wayChips.indices.map { Array(found[$0 * sizes.count..<($0 + 1) * sizes.count]) }
  }

  /// The design of each combination of the axes that decide neither arrays nor memories, with the memories that it names; no
  /// bill where DRAM is priced by the gigabyte.
  package var processes: [(design: AcceleratorDesign, bill: MemoryBill?)] { outers.map { ($0.design, $0.bill) } }

  /// Boxes that hold every design, each once.
  package var boxes: [Box] {
    axes.outers.indices.flatMap { outer in
      axes.shapes.indices.flatMap { shape in
        axes.l2.roots.flatMap { l2 in
          axes.buffer.roots.map { Box(outer: outer, shape: shape, l2: l2, buffer: $0) }
        }
      }
    }
  }

  /// The two halves of a box; nil for one design. The memory with more combinations is halved.
  package func halves(of box: Box) -> (Box, Box)? {
    let l2 = axes.l2.nodes[box.l2], buffer = axes.buffer.nodes[box.buffer]
    if let (low, high) = buffer.halves, buffer.count >= l2.count {
      return (
        Box(outer: box.outer, shape: box.shape, l2: box.l2, buffer: low),
        Box(outer: box.outer, shape: box.shape, l2: box.l2, buffer: high)
      )
    }
    guard let (low, high) = l2.halves else { return nil }
    return (
      Box(outer: box.outer, shape: box.shape, l2: low, buffer: box.buffer),
      Box(outer: box.outer, shape: box.shape, l2: high, buffer: box.buffer)
    )
  }

  /// The least number of a box's designs.
  package func first(of box: Box) -> Int {
    axes.outers[box.outer] + axes.shapes[box.shape] + axes.l2.nodes[box.l2].first + axes.buffer.nodes[box.buffer].first
  }

  /// What products move between L2 and buffer at least, on as many clusters as an array's.
  func traffic(_ numbers: Int, clusters: Int, l2 size: Int, buffer: Int, _ scratch: Scratch) -> Traffic {
    // More room for weights than they need is the same as that.
    var buffer = buffer
    while buffer > 0, axes.buffer.weightSpace(buffer - 1) >= mostWeights[numbers] { buffer -= 1 }
    let sizes = axes.l2.sizes.count,
      key = ((numbers * 1025 + clusters) * sizes + size) * axes.buffer.sizes.count + buffer
    if let known = scratch.traffic[key] { return known }
    if let known = traffic.withLock({ $0[key] }) {
      scratch.traffic[key] = known
      return known
    }
    let work = works[numbers], l2 = Double(axes.l2.sizes[size]) * 1024, ways = spreads[clusters] ?? []
    let found = Traffic(
      work.products.map { product in
        switch work.dataflow {
        case .outputStationary:
          TrafficFloor(product.contraction, spreads: ways, l2: l2, weightSpace: axes.buffer.weightSpace(buffer))
        case .weightStationary: TrafficFloor(onceOf: product.contraction, spreads: ways)
        }
      }, work.productRuns)
    traffic.withLock { $0[key] = found }
    scratch.traffic[key] = found
    return found
  }
}

extension MemoryTree {
  /// Bytes of a buffer of one of the sizes in which weights that are read again must stay.
  fileprivate func weightSpace(_ size: Int) -> Double { Double(sizes[size]) * 1024 / 4 }
}

extension ThreadPool {
  /// What a function gives for each index, in their order; chunks of neighbors are done by one thread.
  fileprivate func map<Value: Sendable>(
    _ count: Int, chunk: Int = 16, _ body: (Int) throws -> Value
  ) throws -> [Value] {
    let chunks = (count + chunk - 1) / chunk
    let gathered = Gathered<[Value]>(count: chunks)
    try forEachThrowing(chunks) { part, _ in
      gathered.set(part, try (part * chunk..<min(count, (part + 1) * chunk)).map(body))
    }
    return gathered.all.flatMap { $0 }
  }
}
