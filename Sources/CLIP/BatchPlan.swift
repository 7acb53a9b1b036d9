import Compute
import Layers
import Tensors

/// How a batch goes through a tower: in groups of sequences, each on one thread, or all at once with every operator
/// spread over the threads.
///
/// The plan depends on the batch's shape only, so features are the same bits on any number of threads.
struct BatchPlan {
  let groups: [Range<Int>]
  /// Whether each group is one thread's work.
  let isGrouped: Bool

  /// Rows that make a matrix product efficient: OpenBLAS packs the whole weight for each product, which 256 rows of
  /// a narrow tower and 512 of a wide one amortize to a few percent.
  private static func targetRows(width: Int) -> Int { width <= 384 ? 256 : 512 }

  init(sequences: Int, tokens: Int, width: Int) {
    guard sequences >= 4 else {
      groups = [0..<sequences]
      isGrouped = false
      return
    }
    let wanted = max(1, Self.targetRows(width: width) / tokens)
    let size = min(wanted, sequences / 4)
    groups = stride(from: 0, to: sequences, by: size).map { $0..<min($0 + size, sequences) }
    isGrouped = true
  }

  /// Calls `body` for every group with a workspace of its thread's own.
  func run(on pool: ThreadPool, _ body: (Range<Int>, Workspace) -> Void) {
    if isGrouped {
      let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single) }
      pool.forEach(groups.count) { group, worker in body(groups[group], workspaces[worker]) }
    } else {
      let workspace = Workspace(lanes: .pooled(pool))
      for group in groups { body(group, workspace) }
    }
  }
}
