import CLIPFiles

/// Cuts one model to shape after shape on the same pairs: scores, features and what the whole model does are found once.
///
///     let session = try PruningSession(pruner, calibration: pairs, store: store)
///     let small = try session.run(request)
///
/// What comes out has the same bits as ``Pruner/run(_:budget:calibration:store:)`` gives.
public final class PruningSession {
  private let pruner: Pruner
  private let calibration: CalibrationSet?
  private let store: RankingStore
  private let memory: PruningMemory

  /// - Parameters:
  ///   - pruner: what cuts
  ///   - calibration: pairs to look at; nil for a strategy and compensation that need none
  ///   - store: where scores are kept
  ///   - memory: bytes that may be held between cuts; nil takes a quarter of what is free, at most four gigabytes
  public init(
    _ pruner: Pruner, calibration: CalibrationSet?, store: RankingStore = RankingStore(), memory: Double? = nil
  ) {
    self.pruner = pruner
    self.calibration = calibration
    self.store = store
    self.memory = PruningMemory(pruner, capacity: memory)
  }

  /// Cuts the model.
  /// - Parameter budget: chooses the sizes that are not asked for; nil leaves them
  /// - Throws: ``InputError`` when the model cannot be cut so, or pairs are missing; `CancellationError` when stopped.
  public func run(_ request: ShapeRequest, budget: Budget? = nil) throws -> Pruner.Result {
    try pruner.run(request, budget: budget, calibration: calibration, store: store, memory: memory)
  }

  /// How far a cut model's affinities between pictures and texts are from the whole model's on the pairs
  /// (``Pruner/divergence(of:on:)``).
  /// - Throws: ``InputError`` where there are no pairs.
  public func divergence(of pruned: Pruner.Result) throws -> Double {
    guard let calibration else { throw CalibrationMissing.error }
    return try pruner.divergence(of: pruned.model, on: calibration)
  }
}
