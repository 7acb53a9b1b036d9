public import CLIPModels
public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes

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
  /// The pairs; empty for a strategy that needs none.
  public let calibration: CalibrationSet?
  /// The shape that is wanted; strategies whose scores depend on it look at it.
  public let target: CLIPConfiguration
  /// Of everything that is left to chance.
  public let seed: UInt64
  /// The threads to work on.
  public let pool: ThreadPool
  /// Scores found before, by name, and a place to keep new ones.
  public let store: RankingStore
  /// Told what is being done, how much is done, and of how much.
  public let progress: (_ stage: String, _ done: Int, _ total: Int) -> Void
  /// Asked between steps.
  public let shouldStop: () -> Bool

  let memory: PruningMemory
  let statisticsBox = StatisticsBox()

  var configuration: CLIPConfiguration { model.configuration }

  /// What one pass of the pairs shows of both towers, looked at once for all that ask.
  /// - Throws: `CancellationError` when asked to stop.
  func statistics() throws -> ModelStatistics {
    if let known = statisticsBox.value { return known }
    let value = try ModelStatistics(self)
    statisticsBox.value = value
    return value
  }

  /// - Throws: `CancellationError` when asked to stop.
  public func checkStop() throws { if shouldStop() { throw CancellationError() } }

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
