import CLIPModels
import CLIPCompute

/// Where the tokens of a calibration set lie: one row a token, sequences of equal length in groups, and which rows
/// statistics are taken from.
///
/// A text counts up to the token that is read of it, its end: no token after it can matter in a causal tower, and padding
/// has statistics of its own.
struct TokenLayout {
  let groups: [TrainingPlan.Group]
  /// All tokens.
  let rows: Int
  /// All sequences.
  let sequences: Int
  /// The row that is read of each sequence, in the sequences' order; empty when a tower reads all rows.
  let readRows: [Int]
  /// Rows that statistics are taken from, ascending.
  let sampled: [Int]
  /// For each group, where its sampled rows begin and end among ``sampled``.
  let sampledOfGroup: [Range<Int>]

  /// The most rows that statistics are taken from: twenty and more for each unknown of the widest common models.
  static let maximumSamples = 1 << 15

  /// - Parameters:
  ///   - lengths: tokens that matter of each sequence
  ///   - positions: the token that is read of each, or nil where all are
  ///   - samples: the most rows that statistics are taken from
  ///   - seed, rank: which rows are taken when there are too many
  init(
    lengths: [Int], positions: [Int]?, width: Int, samples: Int = TokenLayout.maximumSamples, seed: UInt64,
    rank: Int? = nil
  ) {
    var byLength: [Int: [Int]] = [:]
    for (sequence, length) in lengths.enumerated() { byLength[length, default: []].append(sequence) }
    var groups: [TrainingPlan.Group] = [], row = 0, count = 0
    var readRows = [Int](repeating: 0, count: lengths.count)
    let wanted = TrainingPlan.Size(width: width).rowsPerGroup
    for length in byLength.keys.sorted() {
      let sequences = byLength[length] ?? [], perGroup = max(1, wanted / length)
      for first in stride(from: 0, to: sequences.count, by: perGroup) {
        let members = Array(sequences[first..<min(first + perGroup, sequences.count)])
        groups.append(TrainingPlan.Group(sequences: members, tokens: length, firstRow: row, firstSequence: count))
        for (index, sequence) in members.enumerated() {
          readRows[sequence] = row + index * length + (positions?[sequence] ?? 0)
        }
        row += members.count * length
        count += members.count
      }
    }
    self.groups = groups
    rows = row
    sequences = lengths.count
    self.readRows = positions == nil ? [] : readRows
    sampled = Self.sample(samples, of: row, always: self.readRows, seed: seed, rank: rank)
    var place = 0
    sampledOfGroup = groups.map { [sampled] group in
      let start = place
      while place < sampled.count, sampled[place] < group.rows.upperBound { place += 1 }
      return start..<place
    }
  }

  /// The rows that are read, and others by chance.
  private static func sample(_ count: Int, of rows: Int, always: [Int], seed: UInt64, rank: Int?) -> [Int] {
    guard rows > count else { return Array(0..<rows) }
    var isChosen = [Bool](repeating: false, count: rows)
    for row in always.prefix(count / 2) { isChosen[row] = true }
    var left = count - min(always.count, count / 2)
    // Ranks choose each for itself, behind the streams of those that score by chance.
    var random = Philox(seed: seed, purpose: .pruning, index: rank.map { UInt64($0) + 16 } ?? 0)
    while left > 0 {
      let row = random.integer(below: rows)
      if !isChosen[row] {
        isChosen[row] = true
        left -= 1
      }
    }
    return (0..<rows).filter { isChosen[$0] }
  }

  /// The sampled rows of a group, counted from the group's first row.
  func sampledRows(ofGroup group: Int) -> [Int] {
    sampled[sampledOfGroup[group]].map { $0 - groups[group].firstRow }
  }

  /// Weights of the sampled rows: 1 for rows that are read, `others` for all others.
  func readWeights(others: Float) -> [Float] {
    let read = Set(readRows)
    return sampled.map { read.contains($0) ? 1 : others }
  }
}
