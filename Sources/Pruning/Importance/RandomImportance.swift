import CLIPCompute
import CLIPModelShapes

/// Scores by chance: the floor that every other strategy must beat.
public struct RandomImportance: ImportanceStrategy {
  static let entry = ImportanceCatalog.Entry("random", "by chance, from the seed") { RandomImportance() }
  /// `random`, in flags, recipes and reports.
  public var name: String { Self.entry.name }
  /// False: the floors are measured without corrections.
  public let compensates = false
  /// False: it looks at nothing.
  public let needsData = false

  /// The strategy; it has no parameters.
  public init() {}

  /// Numbers from 0 to 1, drawn from the context's seed. Never throws.
  public func importance(_ context: RankingContext) throws -> Importance {
    var random = Philox(seed: context.seed, purpose: .pruning, index: 1)
    func tower(_ shape: some TowerConfiguration) -> TowerImportance {
      func draw(_ count: Int) -> [Double] { (0..<count).map { _ in Double(random.uniform()) } }
      return TowerImportance(
        layers: draw(shape.layers), channels: draw(shape.width), heads: shape.headsPerLayer.map(draw),
        units: shape.mlpWidth.map(draw))
    }
    let model = context.configuration
    let vision = tower(model.vision), text = tower(model.text)
    return Importance(
      vision: vision, text: text, embedding: (0..<model.embedDimension).map { _ in Double(random.uniform()) })
  }
}
