import Compute
import Evaluation
import Files
import ImageText
import Images
import Tensors

/// All teachers of a run, and what they say of each batch.
struct TeacherPanel {
  /// The most samples whose features are cached unless the recipe asks for it.
  private static let cachedSamples = 200_000

  private let teachers: [Teacher]
  private let caches: [FeatureCache]?

  /// What no file of a teacher's says and was taken for granted.
  var assumptions: [String] { teachers.flatMap(\.loaded.assumptions) }

  /// Widths of the teachers' features.
  var widths: [Int] { teachers.map(\.embedDimension) }

  /// Multiply-adds of the first teacher for one picture and one text; nil without one.
  var multiplyAdds: Int? {
    teachers.first.map { $0.loaded.model.configuration }.map { $0.imageMultiplyAdds + $0.textMultiplyAdds }
  }

  /// - Throws: ``InputError`` when a teacher cannot be loaded, or sees other pictures than the student and is not cached.
  init(_ settings: TrainingSettings) throws {
    teachers = try settings.teachers.enumerated().map { number, pretrained in
      try Teacher(pretrained: pretrained, model: settings.teacherModels.isEmpty ? nil : settings.teacherModels[number])
    }
    caches = nil
  }

  private init(_ teachers: [Teacher], caches: [FeatureCache]) {
    self.teachers = teachers
    self.caches = caches
  }

  /// The same panel ready for a data set: with cached features, where they are wanted.
  func prepared(
    for source: any IndexedSource, _ settings: TrainingSettings, student: Student, folder: String, on pool: ThreadPool,
    progress: (Int, Int) -> Void, shouldStop: () -> Bool
  ) throws -> TeacherPanel {
    if teachers.isEmpty { return self }
    let isCached: Bool
    switch settings.teacherFeatures {
    case .cached: isCached = true
    case .online: isCached = false
    case .auto: isCached = source.count <= Self.cachedSamples
    }
    if !isCached {
      for teacher in teachers where teacher.loaded.preprocess != student.preprocess {
        throw InputError(
          "teacher \(teacher.loaded.name.quoted()) prepares pictures otherwise than the student",
          advice: "use --distill-features cached")
      }
      return self
    }
    return TeacherPanel(
      teachers,
      caches: try teachers.map {
        try FeatureCache(
          $0, source, decoding: settings.decoding, folder: folder, on: pool, progress: progress, shouldStop: shouldStop)
      })
  }

  /// What each teacher says of a batch.
  ///
  /// - Parameter images: `[batch, 3, imageSize, imageSize]`, as the student sees them
  func features(of batch: [TrainingData.Item], images: Tensor, on pool: ThreadPool) throws -> [TeacherFeatures] {
    if let caches { return try caches.map { try $0.features(of: batch) } }
    return try teachers.map { teacher in
      teacher.features(
        image: try teacher.loaded.model.imageFeatures(images, on: pool),
        text: try teacher.textFeatures(batch.map(\.text), on: pool))
    }
  }
}
