internal import CLIPFiles
import CLIPSystem

/// Remembers mappings: searches meet the same products on the same chips again and again.
final class MappingCache: Sendable {
  private struct Key: Hashable {
    let extents: Extents
    let chip: ContractionMapper.Chip
  }

  /// Beyond so many all are forgotten, about 100 MB.
  private static let most = 200_000
  private let known = Lock<[Key: ContractionMapper.Result?]>([:])

  /// The best mapping, found or remembered; nil where none fits.
  /// - Throws: `InputError` for a product beyond all bounds.
  func result(of extents: Extents, on chip: ContractionMapper.Chip) throws -> ContractionMapper.Result? {
    let key = Key(extents: extents, chip: chip)
    if let found = known.withLock({ $0[key] }) { return found }
    try extents.check()
    var mapper = ContractionMapper(extents, on: chip)
    let result = try mapper.best()
    known.withLock {
      if $0.count >= Self.most { $0.removeAll(keepingCapacity: true) }
      $0[key] = .some(result)
    }
    return result
  }
}
