import CLIPCompute
import CLIPFiles
import CLIPModels
import CLIPTensors

/// What looking at a model's pairs has shown of it, for scores and cuts of the same model on the same pairs.
final class PruningMemory {
  private let model: CLIPModel
  private let seed: UInt64
  private let pool: ThreadPool
  private let products: ProductArithmetic?
  /// Bytes that traces may take in all; those that need more are made anew for each use.
  private var capacity: Double
  private var image: Tensor?, text: Tensor?
  private var vision: DenseTrace<VisionTower>?, words: DenseTrace<TextTower>?

  /// - Parameter capacity: in bytes; 0 holds features only
  init(_ pruner: Pruner, capacity: Double = PruningMemory.standardCapacity) {
    model = pruner.model
    seed = pruner.seed
    pool = pruner.pool
    products = pruner.precision
    self.capacity = capacity
  }

  private init(_ other: PruningMemory) {
    (model, seed, pool, products, capacity) = (other.model, other.seed, other.pool, other.products, 0)
  }

  /// For other pairs of the same model: nothing is known of them, and features alone are held.
  func forOtherPairs() -> PruningMemory { PruningMemory(self) }

  /// A quarter of what is free, and no more than four gigabytes.
  static var standardCapacity: Double { min(4e9, (AvailableMemory.now()?.bytes ?? 0) / 4) }

  /// The width of a tower from which on its pairs run in bfloat16, where the processor multiplies it. What that rounds is
  /// noise on targets and inputs alike, far below what a cut leaves; a narrower tower gains little time by it.
  private static var wide: Int { 512 }

  /// What a tower's products are computed in.
  func products(of tower: some TrainableTower) -> ProductArithmetic {
    products ?? (tower.transformer.width >= Self.wide && ProductArithmetic.bfloat16.isNative ? .bfloat16 : .float32)
  }

  /// The whole model's unit-length features of the pairs.
  func features(_ pairs: CalibrationSet) throws -> (image: Tensor, text: Tensor) {
    let ids = try model.text.batch(pairs.ids)
    let pictures = image ?? visionTrace(pairs).ending().features.normalizedRows()
    let captions = text ?? textTrace(ids).ending().features.normalizedRows()
    (image, text) = (pictures, captions)
    return (pictures, captions)
  }

  func visionTrace(_ pairs: CalibrationSet) -> DenseTrace<VisionTower> { trace(&vision, model.vision, pairs.images) }

  func textTrace(_ ids: TextTower.Input) -> DenseTrace<TextTower> { trace(&words, model.text, ids) }

  private func trace<Tower: TrainableTower>(
    _ known: inout DenseTrace<Tower>?, _ tower: Tower, _ input: Tower.Input
  ) -> DenseTrace<Tower> {
    if let known { return known }
    let layout = TokenLayout(tower, input, seed: seed), bytes = DenseTrace.bytes(tower, layout)
    let isHeld = bytes <= capacity
    let made = DenseTrace(tower, input, layout, isHeld: isHeld, in: products(of: tower), on: pool)
    if isHeld {
      capacity -= bytes
      known = made
    }
    return made
  }

  /// A trace that has not run yet, to take statistics from: the one that is held, where it is fresh.
  func freshVisionTrace(_ pairs: CalibrationSet) -> DenseTrace<VisionTower> {
    fresh(visionTrace(pairs), model.vision, pairs.images)
  }

  func freshTextTrace(_ ids: TextTower.Input) -> DenseTrace<TextTower> { fresh(textTrace(ids), model.text, ids) }

  private func fresh<Tower: TrainableTower>(
    _ trace: DenseTrace<Tower>, _ tower: Tower, _ input: Tower.Input
  ) -> DenseTrace<Tower> {
    trace.isFresh
      ? trace : DenseTrace(tower, input, trace.layout, isHeld: false, in: trace.products, on: pool)
  }
}
