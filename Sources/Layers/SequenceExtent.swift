import CLIPTensors

/// A group of sequences of equal length whose rows lie one after another, and which rows of an attention ask.
package struct SequenceExtent {
  /// The rows that ask.
  package enum Asking {
    /// All tokens.
    case all
    /// One token of each sequence.
    case tokens([Int])
    /// A learned row, once for each sequence.
    case learned
  }

  package var sequences: Int
  package var tokens: Int
  package var isCausal: Bool
  package var asking: Asking

  package init(sequences: Int, tokens: Int, isCausal: Bool, asking: Asking = .all) {
    self.sequences = sequences
    self.tokens = tokens
    self.isCausal = isCausal
    self.asking = asking
  }

  /// The token of each sequence that asks; the first where it makes no difference.
  package var positions: [Int] {
    if case .tokens(let positions) = asking { return positions }
    return Array(repeating: 0, count: sequences)
  }

  /// The rows of the tokens that ask, where not all do.
  package var askingRows: [Int] { positions.enumerated().map { $0.offset * tokens + $0.element } }
}
