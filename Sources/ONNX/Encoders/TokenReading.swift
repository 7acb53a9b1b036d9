/// Which token of each sequence a tower reads after its last block.
enum TokenReading {
  /// The same in all.
  case fixed(Int)
  /// `[batch, 1]`, whole numbers.
  case computed(GraphValue)

  /// That token's rows, `[batch, 1, width]`, of `[batch, tokens, width]`.
  func rows(of x: GraphValue, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    switch self {
    case .fixed(let token):
      return graph.add(.gather, [x, graph.integers([token])], [.whole("axis", 1)], named: name)
    case .computed(let positions):
      let indices = graph.add(.unsqueeze, [positions, graph.integers([1])], named: "\(name)_indices")
      return graph.add(.gatherND, [x, indices], [.whole("batch_dims", 1)], named: name)
    }
  }

  /// That token's row of a table `[tokens, width]`: `[1, width]`, or `[batch, 1, 1, width]` where it differs.
  func rows(ofTable table: GraphValue, named name: String, in graph: inout GraphBuilder) -> GraphValue {
    switch self {
    case .fixed(let token):
      return graph.add(.gather, [table, graph.integers([token])], [.whole("axis", 0)], named: name)
    case .computed(let positions):
      let rows = graph.add(.gather, [table, positions], [.whole("axis", 0)], named: "\(name)_rows")
      return graph.add(.unsqueeze, [rows, graph.integers([1])], named: name)
    }
  }

  /// What that token sees: the mask `[tokens, tokens]` as scores `[batch, heads, 1, tokens]` take it.
  func rows(ofMask mask: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    switch self {
    case .fixed(let token):
      return graph.add(.gather, [mask, graph.integers([token])], [.whole("axis", 0)], named: "causal_mask_row")
    case .computed(let positions):
      let rows = graph.add(.gather, [mask, positions], [.whole("axis", 0)], named: "causal_mask_rows")
      return graph.add(.unsqueeze, [rows, graph.integers([1])], named: "causal_mask_of_heads")
    }
  }
}
