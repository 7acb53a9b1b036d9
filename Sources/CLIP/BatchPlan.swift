import CLIPCompute
import CLIPLayers
import CLIPTensors

/// How a batch goes through a tower: in groups of sequences, each on one thread, or all at once with every operator
/// spread over the threads.
///
/// The plan depends on the batch's shape only, so features are the same bits on any number of threads.
struct BatchPlan {
  let groups: [Range<Int>]
  /// Whether each group is one thread's work.
  let isGrouped: Bool

  /// Rows that make a matrix product efficient: OpenBLAS packs the whole weight for each product, which 400 rows of
  /// a narrow tower and 800 of a wide one amortize to a few percent.
  private static func targetRows(width: Int) -> Int { width <= 384 ? 400 : 800 }

  init(sequences: Int, tokens: Int, width: Int) {
    guard sequences >= 4 else {
      groups = [0..<sequences]
      isGrouped = false
      return
    }
    let wanted = max(1, Self.targetRows(width: width) / tokens)
    // An even number of nearly equal groups, so that two equal cores finish together.
    let count = min(max(4, (sequences + 2 * wanted - 1) / (2 * wanted) * 2), sequences)
    groups = (0..<count).map { sequences * $0 / count..<sequences * ($0 + 1) / count }
    isGrouped = true
  }

  /// Calls `body` for every group with a workspace of its thread's own.
  func run(on pool: ThreadPool, in products: ProductArithmetic, _ body: (Range<Int>, Workspace) -> Void) {
    if isGrouped {
      let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single(products)) }
      pool.forEach(groups.count) { group, worker in body(groups[group], workspaces[worker]) }
    } else {
      let workspace = Workspace(lanes: .pooled(pool, in: products))
      for group in groups { body(group, workspace) }
    }
  }
}
