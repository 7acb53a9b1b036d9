import CLIPModels
import CLIPCompute
import CLIPTensors

/// What each layer is worth where some must go: how far the model's affinities move when it is left out.
///
/// Leaving out one at a time; for a target with fewer layers the least important goes first and the rest is measured again
/// without it, so that the order accounts for layers that stand in for one another.
///
/// Source: leave-one-out ranks layers slightly better than block influence (Minitron, arXiv:2407.14679, table 13).
struct LayerAblation {
  let vision: [Double]
  let text: [Double]

  init(_ context: RankingContext, _ statistics: ModelStatistics) throws {
    let data = try context.requiredCalibration().prefix(Pruner.fewPairs(for: context.configuration)), count = data.count
    let agreement = Agreement(
      image: statistics.image.rows(0..<count), text: statistics.caption.rows(0..<count), scale: context.model.scale,
      pool: context.pool)
    vision = try Self.scores(
      "vision", context, statistics.vision, wanted: context.target.vision.layers
    ) { blocks in
      var tower = context.model.vision
      tower.transformer.blocks = blocks.map { context.model.vision.transformer.blocks[$0] }
      return agreement.imageDivergence(try tower(data.images, on: context.pool).normalizedRows())
    }
    text = try Self.scores(
      "text", context, statistics.text, wanted: context.target.text.layers
    ) { blocks in
      var tower = context.model.text
      tower.transformer.blocks = blocks.map { context.model.text.transformer.blocks[$0] }
      return agreement.textDivergence(try tower(data.ids, on: context.pool).normalizedRows())
    }
  }

  private static func scores(
    _ tower: String, _ context: RankingContext, _ statistics: TowerStatistics, wanted: Int,
    divergence: ([Int]) throws -> Double
  ) throws -> [Double] {
    let layers = statistics.blocks.count
    // Where all stay, their order is for the report alone: block influence has it for nothing.
    if wanted == layers { return statistics.blocks.map(\.influence) }
    var left = Array(0..<layers), scores = [Double](repeating: 0, count: layers), gone = 0
    repeat {
      var costs: [Double] = []
      for (number, layer) in left.enumerated() {
        let kept = left.filter { $0 != layer }
        let key = "\(tower).without.\(left.map(String.init).joined(separator: "-")).\(layer)"
        costs += try context.store.scores(key, count: 1) {
          try context.checkStop()
          return [kept.isEmpty ? .greatestFiniteMagnitude / 4 : try divergence(kept)]
        }
        context.progress("layers of the \(tower) tower", number + 1, left.count)
      }
      for (place, layer) in left.enumerated() { scores[layer] = costs[place] }
      guard layers - gone > wanted, left.count > 1,
        let least = left.indices.min(by: { (costs[$0], left[$0]) < (costs[$1], left[$1]) })
      else { break }
      // Below everything measured later, above what went before.
      scores[left[least]] = -Double(layers - gone)
      left.remove(at: least)
      gone += 1
    } while layers - gone > wanted
    return scores
  }
}
