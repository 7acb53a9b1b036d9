import CLIPImageText
import CLIPImages

/// Teachers' features that were computed once, for whichever run needs them next: trainers of one process share it, and
/// with a folder all processes do.
public final class FeatureStore {
  private let folder: String?
  private var caches: [String: FeatureCache] = [:]

  /// - Parameter folder: where features are kept; nil keeps them in memory alone
  public init(folder: String? = nil) { self.folder = folder }

  /// The features of a teacher for a data set.
  func cache(
    _ teacher: Teacher, _ source: any IndexedSource, identity: DataIdentity, decoding: DecodingOptions
  ) -> FeatureCache {
    let key = FeatureCache.key(teacher, identity, decoding)
    if let known = caches[key] { return known }
    let cache = FeatureCache(teacher, source, identity: identity, decoding: decoding, folder: folder)
    caches[key] = cache
    return cache
  }
}
