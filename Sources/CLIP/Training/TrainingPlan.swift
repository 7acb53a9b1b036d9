/// How a batch goes through a tower forwards and backwards.
///
/// Groups of sequences of some hundred rows run on one thread each; a chunk of groups runs through the
/// backward pass at once, its gradients summed row by row in one product a weight. Both depend on the batch's shape only,
/// so gradients are the same bits on any number of threads.
package struct TrainingPlan: Sendable {
  /// Sequences that lie one after another in a chunk and go through the tower together.
  package struct Group: Sendable {
    /// Which sequences of the batch, in the order of their rows.
    package let sequences: [Int]
    /// Tokens of each; texts are cut to the longest of their group.
    package let tokens: Int
    /// The first of the group's rows among the chunk's.
    package let firstRow: Int
    /// The first of its sequences among the chunk's.
    package let firstSequence: Int

    package init(sequences: [Int], tokens: Int, firstRow: Int, firstSequence: Int) {
      self.sequences = sequences
      self.tokens = tokens
      self.firstRow = firstRow
      self.firstSequence = firstSequence
    }

    package var rows: Range<Int> { firstRow..<firstRow + sequences.count * tokens }
    package var asking: Range<Int> { firstSequence..<firstSequence + sequences.count }
  }

  /// Groups that go through the backward pass together.
  package struct Chunk: Sendable {
    package let groups: [Group]
    package var rows: Int { groups.last?.rows.upperBound ?? 0 }
    package var sequences: Int { groups.last?.asking.upperBound ?? 0 }
  }

  package let chunks: [Chunk]

  /// How large groups and chunks are. Rows of a group: enough for an efficient product, few enough for a second-level
  /// cache. OpenBLAS packs the whole weight anew for each product, so wide towers want more rows. Groups of a chunk: an
  /// even number, so that two equal cores finish together.
  package struct Size: Sendable {
    package var rowsPerGroup: Int
    package var groupsPerChunk: Int

    package init(width: Int) {
      rowsPerGroup = width <= 384 ? 400 : 800
      groupsPerChunk = width <= 384 ? 8 : 4
    }
  }

  /// - Parameter lengths: the tokens that matter of each sequence of the batch
  init(lengths: [Int], _ size: Size) {
    // Sequences of like length share a group, so little is spent on padding.
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    let rows = lengths.reduce(0, +)
    // No fewer groups than a chunk has where there are as many sequences, so that every core of a few has work.
    let wanted = max(rows / size.rowsPerGroup, min(lengths.count, size.groupsPerChunk))
    let groups = max(
      1, min(lengths.count, (wanted + size.groupsPerChunk - 1) / size.groupsPerChunk * size.groupsPerChunk))
    var cuts: [Range<Int>] = []
    var start = 0, passed = 0
    for (position, sequence) in order.enumerated() {
      passed += lengths[sequence]
      let isLast = position == order.count - 1
      if isLast || passed * groups >= rows * (cuts.count + 1) {
        cuts.append(start..<position + 1)
        start = position + 1
      }
    }
    chunks = stride(from: 0, to: cuts.count, by: size.groupsPerChunk).map { first in
      var row = 0, sequence = 0
      return Chunk(
        groups: cuts[first..<min(first + size.groupsPerChunk, cuts.count)].map { cut in
          let members = Array(order[cut])
          let tokens = members.map { lengths[$0] }.max() ?? 0
          defer {
            row += members.count * tokens
            sequence += members.count
          }
          return Group(sequences: members, tokens: tokens, firstRow: row, firstSequence: sequence)
        })
    }
  }
}
