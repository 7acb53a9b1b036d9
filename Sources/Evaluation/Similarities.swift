import CLIPCompute
import CLIPTensors

/// Scores of every query against every target, a few queries at a time: the whole matrix never exists.
struct Similarities {
  /// `[queries, embed]`
  let queries: Tensor
  /// `[targets, embed]`
  let targets: Tensor

  /// Memory for one worker's scores, in floats.
  private static let scoresPerWorker = 1 << 22

  /// Calls `body` with each query's scores. The cut depends on sizes only, so results do on nothing else.
  func forEachQuery(on pool: ThreadPool, _ body: (_ query: Int, _ scores: UnsafeBufferPointer<Float>) -> Void) {
    let count = queries.shape[0], columns = targets.shape[0], all = queries.reading
    let chunk = max(1, min(256, Self.scoresPerWorker / max(columns, 1)))
    pool.forEach((count + chunk - 1) / chunk) { part in
      let rows = part * chunk..<min((part + 1) * chunk, count)
      let scores = FreshTensor([rows.count, columns])
      multiply(all.rows(rows), targets, transposingB: true, into: scores.matrix)
      scores.tensor().withUnsafeElements { scores in
        for (place, query) in rows.enumerated() {
          body(query, UnsafeBufferPointer(rebasing: scores[place * columns..<(place + 1) * columns]))
        }
      }
    }
  }

  /// For each query, how many targets come before the best of those that are right for it.
  ///
  /// A target comes before another when it scores higher, or the same with a lower index. A score that is not a
  /// number, from features too large to multiply, is never above another: it must not look like a hit.
  func ranks(on pool: ThreadPool, right: (_ query: Int) -> [Int]) -> [Int] {
    let count = queries.shape[0], columns = targets.shape[0]
    var ranks = [Int](repeating: columns, count: count)
    ranks.withUnsafeMutableBufferPointer { ranks in
      // Each query writes its own element.
      nonisolated(unsafe) let ranks = ranks
      forEachQuery(on: pool) { query, scores in
        var best: Int?
        for target in right(query) {
          guard let leader = best else {
            best = target
            continue
          }
          if scores[target] > scores[leader] || (scores[target] == scores[leader] && target < leader) { best = target }
        }
        guard let best else { return }
        ranks[query] = Self.countBefore(best, scores)
      }
    }
    return ranks
  }

  /// For each query, the target that comes before all others.
  func firsts(on pool: ThreadPool) -> [Int] {
    var firsts = [Int](repeating: 0, count: queries.shape[0])
    firsts.withUnsafeMutableBufferPointer { firsts in
      // Each query writes its own element.
      nonisolated(unsafe) let firsts = firsts
      forEachQuery(on: pool) { query, scores in
        var best = 0
        for target in scores.indices where scores[target] > scores[best] { best = target }
        firsts[query] = best
      }
    }
    return firsts
  }

  private static func countBefore(_ target: Int, _ scores: UnsafeBufferPointer<Float>) -> Int {
    let own = scores[target]
    var before = 0
    for index in 0..<target where !(scores[index] < own) { before += 1 }
    for index in target + 1..<max(scores.count, target + 1) where !(scores[index] <= own) { before += 1 }
    return before
  }
}
