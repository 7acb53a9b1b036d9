import CLIPTensors

// Training in 8 bits: the ranges of activations.
extension Trainer {
  /// Pairs that show ranges; the run's first, prepared as for evaluation.
  private static let rangePairs = 256

  /// Looks at the ranges of activations where it is time to: weights move, and whoever measures the model looks at it as it is
  /// then. When that is depends on the step alone, so that a run that was
  /// taken up finds the same.
  func calibrateIfDue() throws {
    guard settings.quantization != nil else { return }
    let interval = settings.stepsPerCalibration
    guard engine.keptScales.isEmpty || (interval > 0 && state.step % interval == 0) else { return }
    let pairs = try calibrationPairs ?? drawPairs()
    calibrationPairs = pairs
    try engine.calibrate(images: pairs.images, ids: pairs.ids)
  }

  private func drawPairs() throws -> (images: Tensor, ids: [Int32]) {
    var settings = TrainingData.Settings(settings, contextLength: student.configuration.text.contextLength, names)
    settings.augmentation = nil
    var data = try TrainingData(source, tokenizer: student.tokenizer, preprocessing: student.preprocessing, settings)
    var position = DataPosition(), items: [TrainingData.Item] = []
    repeat { items += try data.next(&position, on: pool) } while items.count < Self.rangePairs && position.epoch == 0
    items = Array(items.prefix(Self.rangePairs))
    let images = TrainingData.Item.images(items, imageSize: student.configuration.vision.imageSize)
    return (images, items.flatMap(\.ids))
  }
}
