import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPTensors

/// All teachers of a run, and what they say of each batch.
struct TeacherPanel {
  /// The most samples whose features are cached unless the recipe asks for it.
  private static let cachedSamples = 200_000

  private let teachers: [Teacher]
  private let caches: [FeatureCache]?
  /// Tell teachers apart by their weights.
  private let digests: [UInt128]

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
    digests = try teachers.map { try $0.fingerprint() }
    caches = nil
  }

  private init(_ panel: TeacherPanel, caches: [FeatureCache]) {
    teachers = panel.teachers
    digests = panel.digests
    self.caches = caches
  }

  /// What a resume point keeps of each teacher: its weights' hash, not where they lie.
  var identities: [String] { digests.map { String($0, radix: 16) } }

  /// Whether features are found by what their pictures hold.
  var needsPictureKeys: Bool { caches != nil }

  /// The same panel ready for a data set: with cached features of the samples that will be drawn, where they are wanted.
  func prepared(
    for source: any IndexedSource, identity: DataIdentity, drawn: () -> [Int], _ settings: TrainingSettings,
    student: Student, folder: String, on pool: ThreadPool,
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
    let samples = drawn()
    return TeacherPanel(
      self,
      caches: try zip(teachers, digests).map { teacher, digest in
        try FeatureCache(
          teacher, digest: digest, source, identity: identity, drawn: samples, decoding: settings.decoding,
          folder: folder, on: pool, progress: progress, shouldStop: shouldStop)
      })
  }

  /// What each teacher says of a batch.
  ///
  /// - Parameter images: `[batch, 3, imageSize, imageSize]`, as the student sees them
  func features(of batch: [TrainingData.Item], images: Tensor, on pool: ThreadPool) throws -> [TeacherFeatures] {
    if let caches { return try caches.map { try $0.features(of: batch, on: pool) } }
    return try teachers.map { teacher in
      teacher.features(
        image: try teacher.loaded.model.imageFeatures(images, on: pool),
        text: try teacher.textFeatures(batch.map(\.text), on: pool))
    }
  }
}
