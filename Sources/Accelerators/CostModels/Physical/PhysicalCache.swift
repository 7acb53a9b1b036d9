import CLIPSystem

/// Remembers chips and mappings: searches meet the same ones again and again.
///
/// Two threads may compute the same answer at once; they find the same one.
final class PhysicalCache: Sendable {
  typealias Found = (nest: TileNest, cost: NestCost)

  private struct Key: Hashable {
    let product: Contraction
    let chip: MapperChip
  }

  /// Beyond so many all are forgotten, about 100 MB.
  private static let mostMappings = 200_000, mostChips = 20_000
  private let mappings = Lock<[Key: Found?]>([:])
  private let chips = Lock<[ChipKey: PhysicalChip]>([:])

  private struct ChipKey: Hashable {
    let design: AcceleratorDesign
    /// Of the model that the chip's memories are for; 0 where they do not depend on it.
    let bytes: Double
  }

  func mapping(of product: Contraction, on chip: MapperChip, _ find: () -> Found?) -> Found? {
    let key = Key(product: product, chip: chip)
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
