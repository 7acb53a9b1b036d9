internal import CLIPCompute
internal import CLIPTensors

/// Rows that went into layers on calibration data, evenly from all pairs: what errors of rounded weights are weighed by.
struct InputSamples {
  /// So many of each layer at most, but at least one of each group of sequences.
  static let most = 4096

  /// By site: rows of a group of sequences, and the group's first.
  private var found: [Int: [(sequence: Int, rows: Tensor)]] = [:]
  private let sites: Set<Int>
  private let sequences: Int

  /// - Parameters:
  ///   - sites: whose inputs are kept
  ///   - sequences: of all groups
  init(sites: Set<Int>, sequences: Int) {
    self.sites = sites
    self.sequences = sequences
  }

  /// Keeps some of the rows of a group.
  mutating func add(_ site: Int, _ x: ReadOnlyMatrix, of group: Range<Int>) {
    guard sites.contains(site), x.rows > 0 else { return }
    let wanted = max(1, Self.most * group.count / max(1, sequences))
    let rows = Array(stride(from: 0, to: x.rows, by: (x.rows + wanted - 1) / wanted))
    let kept = FreshTensor([rows.count, x.columns])
    RowOperator.gather(x, rows: rows, into: kept.matrix)
    found[site, default: []].append((group.lowerBound, kept.tensor()))
  }

  mutating func add(_ other: InputSamples) {
    for (site, parts) in other.found { found[site, default: []] += parts }
  }

  /// `[samples, inputs]`, in the order of sequences whatever the order in which threads found them; nil for none.
  func rows(of site: Int) -> Tensor? {
    guard let parts = found[site]?.sorted(by: { $0.sequence < $1.sequence }), let first = parts.first else {
      return nil
    }
    let columns = first.rows.shape[1], all = FreshTensor([parts.reduce(0) { $0 + $1.rows.shape[0] }, columns])
    var next = 0
    for part in parts {
      let count = part.rows.shape[0]
      all.matrix.rows(next..<next + count).set(part.rows)
      next += count
    }
    return all.tensor()
  }
}
