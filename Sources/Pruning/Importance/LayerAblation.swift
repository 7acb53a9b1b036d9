import CLIP
import Compute
import Tensors

/// What each layer is worth: how far the model's affinities move when it is left out.
///
/// Leaving out one at a time; for a target with fewer layers the least important goes first and the rest is measured again
/// without it, so that the order accounts for layers that stand in for one another.
///
/// Source: leave-one-out ranks layers slightly better than block influence (Minitron, arXiv:2407.14679, table 13).
struct LayerAblation {
  let vision: [Double]
  let text: [Double]

  /// Pairs that are looked at; the order of layers settles long before.
  private static let pairs = 256

  init(_ context: RankingContext, _ statistics: ModelStatistics) throws {
    let data = try context.requiredCalibration().prefix(Self.pairs), count = data.count
    let agreement = Agreement(
      image: statistics.image.rows(0..<count), text: statistics.caption.rows(0..<count), scale: context.model.scale,
      pool: context.pool)
    vision = try Self.scores(
      "vision", context, layers: context.configuration.vision.layers, wanted: context.target.vision.layers
    ) { blocks in
      var tower = context.model.vision
      tower.transformer.blocks = blocks.map { context.model.vision.transformer.blocks[$0] }
      return agreement.imageDivergence(try tower(data.images, on: context.pool).normalizedRows())
    }
    text = try Self.scores(
      "text", context, layers: context.configuration.text.layers, wanted: context.target.text.layers
    ) { blocks in
      var tower = context.model.text
      tower.transformer.blocks = blocks.map { context.model.text.transformer.blocks[$0] }
      return agreement.textDivergence(try tower(data.ids, on: context.pool).normalizedRows())
    }
  }

  private static func scores(
    _ tower: String, _ context: RankingContext, layers: Int, wanted: Int, divergence: ([Int]) throws -> Double
  ) throws -> [Double] {
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
