import CLIPCompute
import CLIPCheckpoints
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPRanks
import CLIPTensors

/// All teachers of a run, and what they say of each batch.
struct TeacherPanel {
  /// The most samples whose features are cached unless the settings ask for it.
  private static let cachedSamples = 200_000

  let teachers: [Teacher]
  /// One for each teacher, where features are cached.
  private var caches: [FeatureCache]?

  init(_ teachers: [Teacher]) { self.teachers = teachers }

  /// Whether features are found by what their pictures hold.
  var needsPictureKeys: Bool { caches != nil }

  /// Makes ready for a data set: caches features of the samples that will be drawn, where that is wanted.
  ///
  /// - Parameters:
  ///   - preprocess: how the student's pictures are prepared
  ///   - ranks: who shares the work
  /// - Throws: ``InputError`` when a teacher sees other pictures than the student and is not cached, or as
  ///   ``FeatureCache/prepare(_:on:progress:shouldStop:)``.
  mutating func prepare(
    for source: any IndexedSource, identity: DataIdentity, drawn: () -> [Int], _ settings: TrainingSettings,
    preprocess: PreprocessConfiguration, names: SettingNames, store: FeatureStore, on pool: ThreadPool,
    ranks: (any RankGroup)?, progress: (Int, Int) -> Void, shouldStop: () -> Bool
  ) throws {
    if teachers.isEmpty { return }
    let isCached: Bool
    switch settings.teacherFeatures {
    case .cached: isCached = true
    case .online: isCached = false
    case .auto: isCached = source.count <= Self.cachedSamples
    }
    if !isCached {
      for teacher in teachers where teacher.loaded.preprocess != preprocess {
        throw InputError(
          "teacher \(teacher.loaded.name.quoted()) prepares pictures otherwise than the student",
          advice: "use \(names("distill-features")) cached")
      }
      return
    }
    let samples = drawn()
    caches = try teachers.map { teacher in
      let cache = store.cache(teacher, source, identity: identity, decoding: settings.decoding)
      try cache.prepare(samples, ranks: ranks, on: pool, progress: progress, shouldStop: shouldStop)
      return cache
    }
  }

  /// What each teacher says of a batch.
  ///
  /// - Parameter images: `[batch, 3, imageSize, imageSize]`, as the student sees them
  func features(of batch: [TrainingData.Item], images: Tensor, on pool: ThreadPool) throws -> [TeacherFeatures] {
    if let caches { return try caches.map { try $0.features(of: batch, on: pool) } }
    return try teachers.map { teacher in
      teacher.features(
        image: try teacher.model.imageFeatures(images, on: pool),
        text: try teacher.textFeatures(batch.map(\.text), on: pool))
    }
  }
}
