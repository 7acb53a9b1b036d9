/// How many tokens the sequences of a graph have.
enum TokenCount: Equatable {
  case fixed(Int)
  /// As many as are given, at most as many as there are positions.
  case any

  /// The shape of sequences of these tokens for a `Reshape`, each token of an inner shape. Where a length is copied (0), the
  /// batch's is too: with a batch of none, what is left could not be found.
  func sequences(_ inner: [Int]) -> [Int] {
    switch self {
    case .fixed(let tokens): [-1, tokens] + inner
    case .any: [0, 0] + inner
    }
  }
}
