import CarbonCLIPKit

/// An importance score of our own: what stands first in a layer matters most.
struct FirstUnits: ImportanceStrategy {
  let name = "first-units"
  let needsData = false

  func importance(_ context: RankingContext) throws -> Importance {
    let shape = context.model.configuration
    func falling(_ count: Int) -> [Double] { (0..<count).map { Double(count - $0) } }
    func scores(_ tower: some TowerConfiguration) -> TowerImportance {
      TowerImportance(
        layers: falling(tower.layers), channels: falling(tower.width), heads: tower.headsPerLayer.map(falling),
        units: tower.mlpWidth.map(falling))
    }
    return Importance(
      vision: scores(shape.vision), text: scores(shape.text), embedding: falling(shape.embedDimension))
  }
}
