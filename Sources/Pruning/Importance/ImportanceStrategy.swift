public import CLIPModels
public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
public import CLIPRanks

/// A way to tell what matters in a model. A user's own is handed to ``Pruner``; one that flags and recipes know by name is
/// a file here and a line in ``ImportanceCatalog``.
public protocol ImportanceStrategy: Sendable {
  /// What reports call it. Scores are kept under it, so a strategy with parameters says them here.
  var name: String { get }
  /// Whether the weights that stay are corrected unless the user says otherwise.
  var compensates: Bool { get }
  /// Whether it needs image-text pairs to look at.
  var needsData: Bool { get }
  /// Whether a budget may choose the sizes by its scores.
  var allocates: Bool { get }

  /// Whether several ranks can find the scores together, each of them looking at its part of the pairs and telling the others
  /// through ``RankingContext/ranks``. Rank 0's scores count.
  var isDivisible: Bool { get }

  /// Scores of everything that can be cut.
  /// - Throws: ``InputError`` when the model or the data does not suit; `CancellationError` when asked to stop.
  func importance(_ context: RankingContext) throws -> Importance

  /// What a shape must be for this strategy to cut to it.
  /// - Throws: ``InputError`` naming the axis and what it may be.
  func check(_ target: CLIPConfiguration, of dense: CLIPConfiguration) throws
}

extension ImportanceStrategy {
  /// By default the weights that stay are corrected.
  public var compensates: Bool { true }
  /// By default pairs are needed.
  public var needsData: Bool { true }
  /// By default a budget may choose the sizes by the scores.
  public var allocates: Bool { true }
  /// By default those that look at no pairs: each rank then does all of it.
  public var isDivisible: Bool { !needsData }
  /// By default every shape will do.
  public func check(_ target: CLIPConfiguration, of dense: CLIPConfiguration) throws {}

  /// What is done to the weights that stay unless the user says otherwise: everything, or nothing for the floors and the
  /// reference.
  public var compensation: CompensationOptions { compensates ? CompensationOptions() : .none }
}

/// What a strategy may look at.
public struct RankingContext {
  /// The model that will be cut.
  public let model: CLIPModel
  /// The model's parameters.
  public let parameters: any ParameterSource
  /// The pairs, of several ranks this one's part; nil for a strategy that needs none.
  public let calibration: CalibrationSet?
  /// The shape that is wanted; strategies whose scores depend on it look at it.
  public let target: CLIPConfiguration
  /// Of everything that is left to chance.
  public let seed: UInt64
  /// The threads to work on.
  public let pool: ThreadPool
  /// The processes that divide the pairs; nil where this one has all of them.
  public let ranks: (any RankGroup)?
  /// Scores found before, by name, and a place to keep new ones.
  public let store: RankingStore
  /// Told what is being done, how much is done, and of how much.
  public let progress: (_ stage: String, _ done: Int, _ total: Int) -> Void
  /// Asked between steps.
  public let shouldStop: () -> Bool

  let memory: PruningMemory
  let statisticsBox = StatisticsBox()

  var configuration: CLIPConfiguration { model.configuration }

  /// Over the rows of all ranks.
  var sums: RowSums { RowSums(on: pool, ranks: ranks) }

  /// The scores of a name, found before or computed and kept now. Of several ranks rank 0 reads and keeps them, and all have
  /// the same: what is decided by them is decided alike.
  /// - Parameter compute: of several ranks called on all or on none
  func scores(_ key: String, count: Int, _ compute: () throws -> [Double]) throws -> [Double] {
    guard let ranks else { return try store.scores(key, count: count, compute) }
    let known = ranks.rank == 0 ? store.find(key, count: count) : nil
    let isKnown = try ranks.any(known != nil)
    let found = try isKnown ? known ?? [Double](repeating: 0, count: count) : compute()
    let scores = try ranks.broadcast(found)
    if !isKnown, ranks.rank == 0 { try store.keep(key, scores) }
    return scores
  }

  /// What one pass of the pairs shows of both towers, looked at once for all that ask.
  /// - Throws: `CancellationError` when asked to stop.
  func statistics() throws -> ModelStatistics {
    if let known = statisticsBox.value { return known }
    let value = try ModelStatistics(self)
    statisticsBox.value = value
    return value
  }

  /// Of several ranks all stop where one is asked to; all ask at the same places.
  /// - Throws: `CancellationError` when asked to stop.
  public func checkStop() throws { if try sums.any(shouldStop()) { throw CancellationError() } }

  /// The pairs.
  /// - Throws: ``InputError`` where there are none.
  public func requiredCalibration() throws -> CalibrationSet {
    guard let calibration else { throw CalibrationMissing.error }
    return calibration
  }
}

/// Keeps what was computed once.
final class StatisticsBox {
  var value: ModelStatistics?
}
