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

  /// The pairs are passed through the whole model only where a score is not in the context's store.
  init(_ context: RankingContext) throws {
    let data = try context.requiredCalibration().prefix(Pruner.fewPairs(for: context.configuration)), count = data.count
    func agreement() throws -> Agreement {
      let statistics = try context.statistics()
      return Agreement(
        image: statistics.image.rows(0..<count), text: statistics.caption.rows(0..<count), scale: context.model.scale,
        pool: context.pool)
    }
    let shape = context.configuration
    vision = try Self.scores(
      "vision", context, layers: shape.vision.layers, wanted: context.target.vision.layers,
      influence: { try context.statistics().vision.blocks.map(\.influence) }
    ) { blocks in
      var tower = context.model.vision
      tower.transformer.blocks = blocks.map { context.model.vision.transformer.blocks[$0] }
      let features = try tower(data.images, on: context.pool).normalizedRows()
      return try agreement().imageDivergence(try data.gathered(features, context.ranks))
    }
    text = try Self.scores(
      "text", context, layers: shape.text.layers, wanted: context.target.text.layers,
      influence: { try context.statistics().text.blocks.map(\.influence) }
    ) { blocks in
      var tower = context.model.text
      tower.transformer.blocks = blocks.map { context.model.text.transformer.blocks[$0] }
      let features = try tower(data.ids, on: context.pool).normalizedRows()
      return try agreement().textDivergence(try data.gathered(features, context.ranks))
    }
  }

  private static func scores(
    _ tower: String, _ context: RankingContext, layers: Int, wanted: Int, influence: () throws -> [Double],
    divergence: ([Int]) throws -> Double
  ) throws -> [Double] {
    // Where all stay, their order is for the report alone: block influence has it for nothing.
    if wanted == layers { return try context.scores("\(tower).influence", count: layers, influence) }
    var left = Array(0..<layers), scores = [Double](repeating: 0, count: layers), gone = 0
    repeat {
      var costs: [Double] = []
      for (number, layer) in left.enumerated() {
        let kept = left.filter { $0 != layer }
        let key = "\(tower).without.\(left.map(String.init).joined(separator: "-")).\(layer)"
        costs += try context.scores(key, count: 1) {
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
