import CLIPFiles
import CLIPModels
import CLIPTensors

/// What cutting a model once has shown of it on some pairs, for the next cuts of the same model on the same pairs.
final class PruningMemory {
  /// Bytes that traces may take in all; those that need more are made anew for each cut.
  private var capacity: Double
  private var image: Tensor?, text: Tensor?
  private var vision: DenseTrace<VisionTower>?, words: DenseTrace<TextTower>?

  /// - Parameter capacity: in bytes; 0 holds features only
  init(capacity: Double = 0) { self.capacity = capacity }

  /// A quarter of what is free, and no more than four gigabytes.
  static var standardCapacity: Double { min(4e9, (AvailableMemory.now()?.bytes ?? 0) / 4) }

  /// The whole model's unit-length features of the pairs.
  func features(_ pruner: Pruner, _ pairs: CalibrationSet) throws -> (image: Tensor, text: Tensor) {
    let pictures = try image ?? pruner.model.imageFeatures(pairs.images, on: pruner.pool)
    let captions = try text ?? pruner.model.textFeatures(pairs.ids, on: pruner.pool)
    (image, text) = (pictures, captions)
    return (pictures, captions)
  }

  func visionTrace(_ pruner: Pruner, _ pairs: CalibrationSet) -> DenseTrace<VisionTower> {
    trace(&vision, pruner.model.vision, pairs.images, pruner)
  }

  func textTrace(_ pruner: Pruner, _ ids: TextTower.Input) -> DenseTrace<TextTower> {
    trace(&words, pruner.model.text, ids, pruner)
  }

  private func trace<Tower: TrainableTower>(
    _ known: inout DenseTrace<Tower>?, _ tower: Tower, _ input: Tower.Input, _ pruner: Pruner
  ) -> DenseTrace<Tower> {
    if let known { return known }
    let layout = TokenLayout(tower, input, seed: pruner.seed), bytes = DenseTrace.bytes(tower, layout)
    let isHeld = bytes <= capacity
    let made = DenseTrace(tower, input, layout, isHeld: isHeld, on: pruner.pool)
    if isHeld {
      capacity -= bytes
      known = made
    }
    return made
  }
}
