package import CLIPCheckpoints
package import CLIPCompute
package import CLIPImageText
import CLIPModelShapes

/// A model's training data batch by batch, with what the model itself says of each batch before it changes: for what learns
/// with an engine of its own, beside ``Trainer``.
package struct TaughtBatches {
  private var data: TrainingData
  private let panel: TeacherPanel
  private let imageSize: Int
  private var position = DataPosition()
  /// The learning rate of each step.
  package let schedule: LearningRateSchedule
  /// Samples of a batch.
  package let batchSize: Int

  /// - Parameters:
  ///   - model: what prepares pictures and captions, and is the teacher
  ///   - settings: how batches are drawn and how many: one pass of ``TrainingSettings/samplesPerEpoch``
  ///   - losses: what is minimized
  /// - Throws: `InputError` for settings that make no sense, data that cannot be read, or a batch that does not fit in memory.
  package init(
    _ source: any IndexedSource, for model: LoadedModel, _ settings: TrainingSettings, losses: [LossTerm]
  ) throws {
    var settings = settings
    settings.epochs = 1
    settings.equalizesFLOPs = false
    try Trainer.check(settings, losses, teachers: 1, .keys)
    let shape = model.model.configuration
    try MemoryEstimate.check(settings, shape, .keys)
    data = try TrainingData(
      source, tokenizer: model.tokenizer, preprocessing: model.preprocessing,
      TrainingData.Settings(settings, contextLength: shape.text.contextLength, .keys))
    schedule = LearningRateSchedule(settings, stepsPerEpoch: data.batchesPerEpoch)
    panel = TeacherPanel([try Teacher(model)])
    imageSize = shape.vision.imageSize
    batchSize = settings.globalBatch
  }

  /// What could not be used of the data so far; nil where all could.
  package var leftOutSummary: String? { data.leftOut.summary }

  /// The next batch.
  /// - Throws: `InputError` when the data is damaged.
  package mutating func next(on pool: ThreadPool) throws -> TrainingEngine.Batch {
    let items = try data.next(&position, on: pool)
    let images = TrainingData.Item.images(items, imageSize: imageSize)
    return TrainingEngine.Batch(
      images: images, ids: items.flatMap(\.ids), teachers: try panel.features(of: items, images: images, on: pool))
  }
}
