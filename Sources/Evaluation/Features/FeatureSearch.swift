public import CLIPCompute
import CLIPFiles
public import CLIPTensors

/// The pictures nearest to a text or to another picture.
public struct FeatureSearch: Sendable {
  /// One of the pictures found.
  public struct Match: Equatable, Sendable {
    /// Its row among the features.
    public let index: Int
    /// The cosine between it and the query.
    public let score: Float
  }

  /// What is looked through, `[pictures, embed]`, unit length.
  public let features: Tensor

  /// Features to look through.
  public init(_ features: Tensor) { self.features = features }

  /// For each query the best matches, best first; of equal scores the first row comes first.
  ///
  /// - Parameters:
  ///   - queries: `[queries, embed]`, unit length
  ///   - count: the most matches to give for each
  /// - Throws: ``InputError`` when queries and features differ in length.
  public func best(_ count: Int, for queries: Tensor, on pool: ThreadPool) throws -> [[Match]] {
    guard queries.shape.rank == 2, features.shape.rank == 2, queries.shape[1] == features.shape[1] else {
      throw InputError("features \(features.shape) cannot be compared with queries \(queries.shape)")
    }
    var found = [[Match]](repeating: [], count: queries.shape[0])
    found.withUnsafeMutableBufferPointer { found in
      // Each query writes its own element.
      nonisolated(unsafe) let found = found
      Similarities(queries: queries, targets: features).forEachQuery(on: pool) { query, scores in
        found[query] = Self.best(count, of: scores)
      }
    }
    return found
  }

  /// The best of many scores, in one pass that keeps no more than are asked for.
  static func best(_ count: Int, of scores: UnsafeBufferPointer<Float>) -> [Match] {
    var best: [Match] = []
    guard count > 0 else { return best }
    for (index, score) in scores.enumerated() where !score.isNaN {
      if best.count == count, let last = best.last, !(score > last.score) { continue }
      // Behind all that score as much: the first row comes first.
      var low = 0, high = best.count
      while low < high {
        let middle = (low + high) / 2
        if best[middle].score >= score { low = middle + 1 } else { high = middle }
      }
      if best.count == count { best.removeLast() }
      best.insert(Match(index: index, score: score), at: low)
    }
    return best
  }
}
