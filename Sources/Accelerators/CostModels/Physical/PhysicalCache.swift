import CLIPSystem

/// Remembers chips and mappings: searches meet the same ones again and again.
///
/// Two threads may compute the same answer at once; they find the same one.
final class PhysicalCache: Sendable {
  typealias Found = (nest: TileNest, cost: NestCost)

  private struct Key: Hashable {
    let product: Contraction
    let chip: MapperChip
    let dataflow: Dataflow
    /// Weights in a lane, where they stay.
    let held: Int
  }

  /// Beyond so many all are forgotten, about 100 MB.
  private static let mostMappings = 200_000, mostChips = 20_000
  private static let mostMemories = 100_000, mostPlans = 200_000
  private let mappings = Lock<[Key: Found?]>([:])
  private let chips = Lock<[ChipKey: PhysicalChip]>([:])
  private let memories = Lock<[MemoryKey: PhysicalMemory]>([:])
  private let plans = Lock<[PlanKey: MemoryPlan]>([:])
  private let figures = Lock<[FigureKey: PhysicalFigures]>([:])

  /// What a memory's build depends on.
  struct MemoryKey: Hashable {
    let kilobytes: Int, bytesPerCycle: Int, ports: Int
    let clock: Double
    /// Process and voltage.
    let edition: Int, node: Double, voltage: Double
  }

  private struct FigureKey: Hashable {
    let node: Double, voltage: Double, clock: Double
  }

  private struct PlanKey: Hashable {
    let product: Contraction
    let isImage: Bool
    let space: Double
  }

  func memory(_ key: MemoryKey, _ build: () throws -> PhysicalMemory) rethrows -> PhysicalMemory {
    if let known = memories.withLock({ $0[key] }) { return known }
    let built = try build()
    memories.withLock {
      if $0.count >= Self.mostMemories { $0.removeAll(keepingCapacity: true) }
      $0[key] = built
    }
    return built
  }

  /// Figures of edition 2, at a node, voltage and clock.
  func figures(
    node: Double, voltage: Double, clock: Double, _ make: () throws -> PhysicalFigures
  ) rethrows -> PhysicalFigures {
    let key = FigureKey(node: node, voltage: voltage, clock: clock)
    if let known = figures.withLock({ $0[key] }) { return known }
    let made = try make()
    figures.withLock {
      if $0.count >= Self.mostChips { $0.removeAll(keepingCapacity: true) }
      $0[key] = made
    }
    return made
  }

  func plan(_ product: Contraction, isImage: Bool, space: Double) -> MemoryPlan {
    // All room is the same to what fits.
    let key = PlanKey(product: product, isImage: isImage, space: min(space, product.all))
    if let known = plans.withLock({ $0[key] }) { return known }
    let made = MemoryPlan(product, isImage: isImage, space: space)
    plans.withLock {
      if $0.count >= Self.mostPlans { $0.removeAll(keepingCapacity: true) }
      $0[key] = made
    }
    return made
  }

  private struct ChipKey: Hashable {
    let design: AcceleratorDesign
    /// Of the model that the chip's memories are for; 0 where they do not depend on it.
    let bytes: Double
  }

  func mapping(of product: Contraction, on chip: PhysicalChip, _ find: () -> Found?) -> Found? {
    let key = Key(product: product, chip: chip.mapper, dataflow: chip.dataflow, held: chip.weightsHeld)
    if let known = mappings.withLock({ $0[key] }) { return known }
    let found = find()
    mappings.withLock {
      if $0.count >= Self.mostMappings { $0.removeAll(keepingCapacity: true) }
      $0[key] = .some(found)
    }
    return found
  }

  func chip(
    _ design: AcceleratorDesign, bytes: Double = 0, _ build: () throws -> PhysicalChip
  ) rethrows -> PhysicalChip {
    let key = ChipKey(design: design, bytes: bytes)
    if let known = chips.withLock({ $0[key] }) { return known }
    let built = try build()
    chips.withLock {
      if $0.count >= Self.mostChips { $0.removeAll(keepingCapacity: true) }
      $0[key] = built
    }
    return built
  }
}

extension Contraction {
  /// Bytes of both factors and the result.
  fileprivate var all: Double { input + second + output }
}
