/// Which token of each sequence a tower reads after its last block.
enum TokenReading {
  /// The same in all.
  case fixed(Int)
  /// `[batch, 1]`, whole numbers.
  case computed(GraphValue)

  /// The rows of that token, `[batch, width]`, of all tokens' `[batch * tokens, width]`.
  func rows(
    of x: GraphValue, tokens: Int, width: Int, named name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let sequences = graph.reshape(x, [-1, tokens, width], named: "\(name)_of_sequences")
    switch self {
    case .fixed(let token):
      let index = graph.integers([token], isList: false)
      return graph.add(.gather, [sequences, index], [.whole("axis", 1)], named: name)
    case .computed(let positions):
      return graph.add(.gatherND, [sequences, positions], [.whole("batch_dims", 1)], named: name)
    }
  }

  /// What that token sees: the mask `[tokens, tokens]` as scores `[batch, heads, 1, tokens]` take it.
  func rows(ofMask mask: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    switch self {
    case .fixed(let token):
      let index = graph.integers([token], isList: false)
      return graph.add(.gather, [mask, index], [.whole("axis", 0)], named: "causal_mask_row")
    case .computed(let positions):
      let rows = graph.add(.gather, [mask, positions], [.whole("axis", 0)], named: "causal_mask_rows")
      return graph.add(.unsqueeze, [rows, graph.integers([1])], named: "causal_mask_of_heads")
    }
  }
}
