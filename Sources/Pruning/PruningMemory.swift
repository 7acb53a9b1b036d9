import CLIPCompute
import CLIPFiles
import CLIPModels
import CLIPRanks
import CLIPTensors

/// What looking at a model's pairs has shown of it, for scores and cuts of the same model on the same pairs.
final class PruningMemory {
  private let model: CLIPModel
  private let seed: UInt64
  private let pool: ThreadPool
  private let products: ProductArithmetic?
  private let ranks: (any RankGroup)?
  /// Bytes that traces may take in all; those that need more are made anew for each use.
  private var capacity: Double
  /// Whether capacity is this machine's, which ranks of one host share.
  private var isShared: Bool
  /// Whether every rank's processor multiplies bfloat16; nil where nobody asked yet.
  private var multipliesBFloat16: Bool?
  /// This rank's part of pairs that all ranks have.
  private var part: CalibrationSet?
  private var isAgreed = false
  private var image: Tensor?, text: Tensor?
  private var vision: DenseTrace<VisionTower>?, words: DenseTrace<TextTower>?

  /// - Parameter capacity: in bytes; 0 holds features only, nil takes the standard one
  init(_ pruner: Pruner, capacity: Double? = nil) {
    model = pruner.model
    seed = pruner.seed
    pool = pruner.pool
    products = pruner.precision
    ranks = pruner.group
    self.capacity = capacity ?? Self.standardCapacity
    isShared = capacity == nil
  }

  private init(_ other: PruningMemory) {
    (model, seed, pool, products, ranks) = (other.model, other.seed, other.pool, other.products, other.ranks)
    (capacity, isShared, multipliesBFloat16) = (0, false, other.multipliesBFloat16)
  }

  /// The pairs that this process passes through the towers: all, or of several ranks its part.
  ///
  /// - Parameter agree: refuses ranks that differ in something else; called once
  /// - Throws: ``RankDisagreement`` for ranks that have other pairs, or nothing to look at.
  func divided(_ pairs: CalibrationSet?, _ agree: () throws -> Void) throws -> CalibrationSet? {
    let parts = pairs?.share?.numbers.count
    guard parts == nil || parts == ranks?.count else {
      throw InputError("the pairs are divided among \(parts ?? 0) ranks, and the pruner knows \(ranks?.count ?? 1)")
    }
    guard let ranks else { return pairs }
    if !isAgreed {
      try agree()
      // Of pairs that are divided already no two ranks have the same.
      let key = pairs.map { $0.share == nil ? $0.key : "\($0.count) \($0.fingerprint)" } ?? ""
      try ranks.requireAgreement([("other calibration pairs", key)])
      isAgreed = true
      if isShared {
        let hosts = try ranks.gather(RankPlace.here.host)
        capacity /= Double(hosts.count { $0 == RankPlace.here.host })
      }
    }
    guard let pairs else { return nil }
    let own = part ?? (pairs.share == nil ? pairs.part(of: ranks) : pairs)
    try own.requireWork(ranks)
    part = own
    return own
  }

  /// For other pairs of the same model: nothing is known of them, and features alone are held.
  func forOtherPairs() -> PruningMemory { PruningMemory(self) }

  /// A quarter of what is free, and no more than four gigabytes.
  static var standardCapacity: Double { min(4e9, (AvailableMemory.now()?.bytes ?? 0) / 4) }

  /// The width of a tower from which on its pairs run in bfloat16, where the processor multiplies it. What that rounds is
  /// noise on targets and inputs alike, far below what a cut leaves; a narrower tower gains little time by it.
  private static var wide: Int { 512 }

  /// What a tower's products are computed in; all ranks come to the same.
  /// - Throws: what ranks throw.
  func products(of tower: some TrainableTower) throws -> ProductArithmetic {
    if let products { return products }
    guard tower.transformer.width >= Self.wide else { return .float32 }
    let isNative = ProductArithmetic.bfloat16.isNative
    let isEverywhere = try multipliesBFloat16 ?? !(ranks?.any(!isNative) ?? !isNative)
    multipliesBFloat16 = isEverywhere
    return isEverywhere ? .bfloat16 : .float32
  }

  /// The whole model's unit-length features of the pairs, of all of them on every rank.
  func features(_ pairs: CalibrationSet) throws -> (image: Tensor, text: Tensor) {
    let ids = try model.text.batch(pairs.ids)
    let pictures = try image ?? pairs.gathered(visionTrace(pairs).ending().features.normalizedRows(), ranks)
    let captions = try text ?? pairs.gathered(textTrace(ids).ending().features.normalizedRows(), ranks)
    (image, text) = (pictures, captions)
    return (pictures, captions)
  }

  func visionTrace(_ pairs: CalibrationSet) throws -> DenseTrace<VisionTower> {
    try trace(&vision, model.vision, pairs.images)
  }

  func textTrace(_ ids: TextTower.Input) throws -> DenseTrace<TextTower> { try trace(&words, model.text, ids) }

  private func trace<Tower: TrainableTower>(
    _ known: inout DenseTrace<Tower>?, _ tower: Tower, _ input: Tower.Input
  ) throws -> DenseTrace<Tower> {
    if let known { return known }
    let layout = try TokenLayout(tower, input, seed: seed, ranks), bytes = DenseTrace.bytes(tower, layout)
    // All hold it or none does, so that all ask for the same again.
    let isHeld = try !(ranks?.any(bytes > capacity) ?? (bytes > capacity))
    let made = DenseTrace(tower, input, layout, isHeld: isHeld, in: try products(of: tower), on: pool)
    if isHeld {
      capacity -= bytes
      known = made
    }
    return made
  }

  /// A trace that has not run yet, to take statistics from: the one that is held, where it is fresh.
  func freshVisionTrace(_ pairs: CalibrationSet) throws -> DenseTrace<VisionTower> {
    fresh(try visionTrace(pairs), model.vision, pairs.images)
  }

  func freshTextTrace(_ ids: TextTower.Input) throws -> DenseTrace<TextTower> {
    fresh(try textTrace(ids), model.text, ids)
  }

  private func fresh<Tower: TrainableTower>(
    _ trace: DenseTrace<Tower>, _ tower: Tower, _ input: Tower.Input
  ) -> DenseTrace<Tower> {
    trace.isFresh
      ? trace : DenseTrace(tower, input, trace.layout, isHeld: false, in: trace.products, on: pool)
  }
}
