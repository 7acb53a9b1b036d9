internal import CLIPFiles
import CLIPSystem
internal import CLIPUnits

/// What a model costs at least on the designs of a space: by groups of designs, and by design, without mapping a product.
///
/// A space's axes are sorted into four: the arrays' shape, L2, the buffer with what feeds it, and all others. The first
/// decides the cycles of computing, the second and third what the memories cost and how often a product's factors are
/// fetched; every combination of the others is looked at by itself. A design's cost is bounded by
///
/// - area and leakage, which are exact;
/// - arithmetic, vector work and DRAM's transfers, which do not depend on the mapping;
/// - cycles and L2's reads of ``ArrayFloor``, the fetches of ``TrafficFloor``, and the roofline of these.
///
/// A group's bound is that of one chip with the best of every part: the least area, energy and leakage, the most room and
/// bandwidth.
package struct SpaceFloors: Sendable {
  /// Designs that differ in L2, in the buffer and in what feeds it.
  package struct Group: Sendable {
    let outer: Int, shape: Int
    /// The least number of its designs.
    package let first: Int
  }

  let model: PhysicalCostModel
  let list: OperationList
  let space: DesignSpace
  let axes: SpaceAxes
  /// By combination of the other axes, then by L2's or the buffer's.
  let parts: [Parts]
  let work: WorkFloor
  /// By shape.
  let arrays: [ArrayFloor]
  private let traffic = Lock<[TrafficKey: [TrafficFloor]]>([:])
  /// The most room for weights that makes a difference.
  private let mostWeights: Double

  /// What a combination of the other axes has to choose from.
  struct Parts: Sendable {
    /// Nil for no L2.
    let l2s: [PhysicalMemory?]
    let buffers: [PhysicalMemory]
    let bestL2: PhysicalMemory?, bestBuffer: PhysicalMemory
    /// By the buffer's combination; the last is of the largest.
    let transfers: [[TransferFloor]]
    /// The memories that designs name, by DRAM's bandwidth; none where DRAM is priced by the gigabyte.
    let memories: [Int: MemorySystem]
    /// At the combination's process and voltage.
    let figures: PhysicalFigures
    /// Whether numbers are bytes and sums stay in the lanes, as ``ArrayFloor`` and ``TrafficFloor`` take them; of other chips
    /// only arithmetic, cycles, area and leakage are bounded.
    let isPlain: Bool
    /// pJ that neither the arrays' shape nor a memory decides.
    let arithmetic: Double
    /// J for each image of work that is done once.
    let preparation: Double
  }

  private struct TrafficKey: Hashable {
    let clusters: Int
    let l2: Double, weightSpace: Double
  }

  /// The groups of designs.
  package var groups: [Group] {
    axes.outers.indices.flatMap { outer in
      axes.shapes.indices.map { Group(outer: outer, shape: $0, first: axes.outers[outer] + axes.shapes[$0]) }
    }
  }

  /// How many combinations of L2's axes, and of the buffer's, a group has.
  package var l2Count: Int { axes.l2s.count }
  package var bufferCount: Int { axes.buffers.count }

  /// A design's number.
  package func number(_ group: Group, buffer: Int, l2: Int) -> Int { group.first + axes.buffers[buffer] + axes.l2s[l2] }

  /// - Throws: `InputError` for a memory that the table of SRAM does not cover, or work that cannot be priced.
  package init(_ list: OperationList, in space: DesignSpace, with model: PhysicalCostModel) throws {
    // Whoever does not say how large the model is means what its operations read.
    let model = model.settings.modelBytes == nil ? model.serving(bytes: list.parameterBytes(in: nil)) : model
    self.model = model
    self.list = list
    self.space = space
    let axes = SpaceAxes(space)
    self.axes = axes
    var first = space[0]
    first.silicon = ChipSilicon()
    let any = try model.plainChip(for: first)
    let work = try WorkFloor(list.operations, any)
    self.work = work
    mostWeights = work.products.reduce(0) { $0 + $1.contraction.second } * Double(axes.mostClusters + 1)
    arrays = try axes.shapes.map { shape in
      try ArrayFloor(work, any.withArrays(of: space[shape]))
    }
    parts = try axes.outers.map { outer in
      try Self.parts(outer, axes, space, list, work, model)
    }
  }

  private static func parts(
    _ outer: Int, _ axes: SpaceAxes, _ space: DesignSpace, _ list: OperationList, _ work: WorkFloor,
    _ model: PhysicalCostModel
  ) throws -> Parts {
    let l2s = try axes.l2s.map { try model.l2(of: space[outer + $0]) }
    let buffers = try axes.buffers.map { try model.buffer(of: space[outer + $0]) }
    let bestL2 = PhysicalMemory(best: l2s.compactMap { $0 })
    guard let bestBuffer = PhysicalMemory(best: buffers) else { throw InputError("a space without designs") }
    let figures = try model.figures(for: space[outer])
    let plain = try PhysicalChip(space[outer], l2: l2s[0], buffer: buffers[0], figures)
    let isPlain = plain.arithmetic == nil && plain.dataflow == .outputStationary && plain.scratchpad.bytes == 0
    let bytes = (model.settings.modelBytes ?? 0) * (plain.arithmetic?.storedBytes ?? 1)
    var memories: [Int: MemorySystem] = [:]
    func transfers(_ design: AcceleratorDesign) throws -> [TransferFloor] {
      let bandwidth = design.memoryBytesPerCycle
      if memories[bandwidth] == nil { memories[bandwidth] = try model.memorySystem(of: design, bytes: bytes) }
      guard isPlain else { return [] }
      let chip = try Self.chip(design, bestL2, bestBuffer, memories, figures, model)
      return try model.residencies(of: list, in: chip).map { residency in
        try TransferFloor(work, chip, residency) { product, space in
          model.plan(product.contraction, isImage: product.isImage, space: space)
        }
      }
    }
    func arithmetic(_ operations: [Operation]) throws -> Double {
      try operations.reduce(0) { sum, operation in
        let product: Contraction
        switch operation.work {
        case .matrixProduct(let matrix): product = try Contraction(matrix)
        case .patchConvolution(let patches): product = try Contraction(patches)
        case .vector: return sum
        }
        let lanes = LaneEnergy(product, operation, on: plain)
        return sum + (lanes.arithmetic + lanes.registers) * (1 + figures.clockShare) * Double(operation.count)
      }
    }
    let all = try axes.buffers.map { try transfers(space[outer + $0]) }
    return Parts(
      l2s: l2s, buffers: buffers, bestL2: bestL2, bestBuffer: bestBuffer,
      transfers: try all + [transfers(axes.largest(space[outer], l2: false, buffer: true))], memories: memories,
      figures: figures, isPlain: isPlain, arithmetic: try arithmetic(list.operations),
      preparation: try list.preparation.map { try arithmetic($0.operations) * 1e-12 * $0.share } ?? 0)
  }

  private static func chip(
    _ design: AcceleratorDesign, _ l2: PhysicalMemory?, _ buffer: PhysicalMemory, _ memories: [Int: MemorySystem],
    _ figures: PhysicalFigures, _ model: PhysicalCostModel
  ) throws -> PhysicalChip {
    let chip = try PhysicalChip(design, l2: l2, buffer: buffer, figures)
    guard let memory = memories[design.memoryBytesPerCycle] else { return chip }
    return chip.equipped(with: memory, model.technology.memoryFigures.pads)
  }

  /// The memories that the designs of a combination of the other axes name; nil where DRAM is priced by the gigabyte.
  package var bills: [MemoryBill?] { parts.map { $0.memories.values.first?.bill(kept: 0) } }

  /// The bound of a group's designs.
  package func floor(of group: Group) throws -> DesignFloor { try floor(group, buffer: nil, l2: nil) }
  /// The bound of a group's designs with one of the buffers.
  package func floor(of group: Group, buffer: Int) throws -> DesignFloor { try floor(group, buffer: buffer, l2: nil) }
  /// The bound of a design.
  package func floor(of group: Group, buffer: Int, l2: Int) throws -> DesignFloor {
    try floor(group, buffer: buffer, l2: l2)
  }

  private func floor(_ group: Group, buffer: Int?, l2: Int?) throws -> DesignFloor {
    let parts = parts[group.outer]
    let number = group.first + (buffer.map { axes.buffers[$0] } ?? 0) + (l2.map { axes.l2s[$0] } ?? 0)
    let design = axes.largest(space[number], l2: l2 == nil, buffer: buffer == nil)
    func price(_ design: AcceleratorDesign, _ l2: PhysicalMemory?) throws -> DesignFloor {
      let chip = try Self.chip(
        design, l2, buffer.map { parts.buffers[$0] } ?? parts.bestBuffer, parts.memories, parts.figures, model)
      return self.price(chip, group, parts, parts.transfers[buffer ?? axes.buffers.count])
    }
    if let l2 { return try price(design, parts.l2s[l2]) }
    // A design without L2 has another way to the buffer, neither better nor worse.
    var none = design
    none.l2Kilobytes = 0
    let without = parts.l2s.contains { $0 == nil } ? try price(none, nil) : nil
    guard let best = parts.bestL2 else { return try without ?? price(none, nil) }
    let with = try price(design, best)
    return without.map { with.least($0) } ?? with
  }

  /// What products move between L2 and buffer at least.
  func traffic(_ chip: PhysicalChip) -> [TrafficFloor] {
    let key = TrafficKey(
      clusters: chip.design.clusters, l2: chip.mapper.l2, weightSpace: min(chip.mapper.weightSpace, mostWeights))
    if let known = traffic.withLock({ $0[key] }) { return known }
    let found = work.products.map {
      TrafficFloor($0.contraction, clusters: key.clusters, l2: key.l2, weightSpace: key.weightSpace)
    }
    traffic.withLock { $0[key] = found }
    return found
  }
}
