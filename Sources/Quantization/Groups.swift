internal import CLIPCompute
internal import CLIPTensors

/// How a batch goes through a tower: in groups of sequences, each on one thread, or all at once with every step spread over
/// the threads. The cut depends on the batch alone.
struct Groups {
  /// Rows of a group: so many that a product reads its weights seldom, so few that what passes stays in a core's cache.
  static let rows = 256
  private let ranges: [Range<Int>]
  private let isSpread: Bool

  init(_ sequences: Int, rowsEach: Int) {
    isSpread = sequences < 4
    guard !isSpread else {
      ranges = sequences > 0 ? [0..<sequences] : []
      return
    }
    let wanted = max(1, Self.rows / max(1, rowsEach))
    // An even number of nearly equal groups, so that two equal cores finish together.
    let count = min(max(4, (sequences + 2 * wanted - 1) / (2 * wanted) * 2), sequences)
    ranges = (0..<count).map { sequences * $0 / count..<sequences * ($0 + 1) / count }
  }

  func run(on pool: ThreadPool, _ makeContext: (Lanes) -> PassContext, _ body: (Range<Int>, PassContext) -> Void) {
    if isSpread {
      let context = makeContext(.pooled(pool))
      for range in ranges { body(range, context) }
      return
    }
    let contexts = (0..<pool.threads).map { _ in makeContext(.single) }
    pool.forEach(ranges.count) { task, worker in body(ranges[task], contexts[worker]) }
  }
}
