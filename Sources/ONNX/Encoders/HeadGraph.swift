import CLIPLayers
import CLIPTensors

/// The nodes that give an attention its queries, keys and values.
struct HeadGraph<Arithmetic: EncoderArithmetic> {
  let attention: MultiHeadAttention
  /// Of the block.
  let path: String
  let tokens: TokenCount
  let reading: TokenReading?
  let arithmetic: Arithmetic

  /// Queries and values `[batch, heads, tokens, headWidth]`, keys `[batch, heads, headWidth, tokens]`; where one token is
  /// read, queries of that one; where a learned row asks, one for the whole batch.
  func project(
    _ x: GraphValue, in graph: inout GraphBuilder
  ) -> (queries: GraphValue, keys: GraphValue, values: GraphValue) {
    let inner = attention.inner, names = ["q", "k", "v"]
    if let query = attention.learnedQuery {
      let asking = graph.parameter(
        "\(path).attn.query", query.reshaped(to: [1, attention.heads, 1, attention.headWidth]))
      let weight = attention.inputWeight.rows(inner..<3 * inner), bias = attention.inputBias.rows(inner..<3 * inner)
      let both = product(x, weight, bias, nil, named: "kv", input: "input", in: &graph)
      let flat = graph.split(both, named: names[1...].map { "\(path).attn.\($0)" })
      return (
        asking, heads(flat[0], "k", rows: tokens, [0, 2, 3, 1], in: &graph),
        heads(flat[1], "v", rows: tokens, [0, 2, 1, 3], in: &graph)
      )
    }
    var flat: [GraphValue] = []
    if let reading {
      let asking = reading.rows(of: x, named: "\(path).attn.asking_rows", in: &graph)
      flat.append(packed(asking, 0..<1, named: "q", input: "asking", in: &graph))
      let both = packed(x, 1..<3, named: "kv", input: "input", in: &graph)
      flat += graph.split(both, named: names[1...].map { "\(path).attn.\($0)" })
    } else {
      let all = packed(x, 0..<3, named: "qkv", input: "input", in: &graph)
      flat = graph.split(all, named: names.map { "\(path).attn.\($0)" })
    }
    let rows = reading == nil ? tokens : .fixed(1)
    guard let rotary = attention.rotary else {
      return (
        heads(flat[0], "q", rows: rows, [0, 2, 1, 3], in: &graph),
        heads(flat[1], "k", rows: tokens, [0, 2, 3, 1], in: &graph),
        heads(flat[2], "v", rows: tokens, [0, 2, 1, 3], in: &graph)
      )
    }
    let queries = heads(flat[0], "q", rows: rows, [0, 2, 1, 3], in: &graph)
    let keys = heads(flat[1], "k", rows: tokens, [0, 2, 1, 3], in: &graph)
    let turned = turn(keys, rotary, "k", nil, in: &graph)
    return (
      turn(queries, rotary, "q", reading, in: &graph),
      graph.transpose(turned, [0, 1, 3, 2], named: "\(path).attn.k_columns"),
      heads(flat[2], "v", rows: tokens, [0, 2, 1, 3], in: &graph)
    )
  }

  /// Some of queries, keys and values side by side.
  private func packed(
    _ x: GraphValue, _ parts: Range<Int>, named name: String, input: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let inner = attention.inner
    return product(
      x, attention.inputWeight, attention.inputBias, parts.lowerBound * inner..<parts.upperBound * inner, named: name,
      input: input, in: &graph)
  }

  private func product(
    _ x: GraphValue, _ weight: Tensor, _ bias: Tensor, _ outputs: Range<Int>?, named name: String, input: String,
    in graph: inout GraphBuilder
  ) -> GraphValue {
    let place = "\(path).attn.in_proj"
    let input = arithmetic.input(x, at: place, isNormalized: true, named: "\(path).attn.\(input)", in: &graph)
    let part = LinearPart(at: place, named: "\(path).attn.\(name)", weight, bias, outputs: outputs)
    return arithmetic.linear(input, part, in: &graph)
  }

  private func heads(
    _ x: GraphValue, _ name: String, rows: TokenCount, _ order: [Int], in graph: inout GraphBuilder
  ) -> GraphValue {
    let split = graph.reshape(
      x, rows.sequences([attention.heads, attention.headWidth]), named: "\(path).attn.\(name)_of_tokens")
    return graph.transpose(split, order, named: "\(path).attn.\(name)_of_heads")
  }

  /// Rotary positions: `x cos + swap(x) sin`, where `swap` takes each pair (a, b) to (-b, a), a product with a constant.
  ///
  /// - Parameter x: `[batch, heads, rows, headWidth]`
  private func turn(
    _ x: GraphValue, _ table: RotaryTable, _ name: String, _ reading: TokenReading?, in graph: inout GraphBuilder
  ) -> GraphValue {
    let width = attention.headWidth
    func angles(_ tensor: Tensor, _ kind: String) -> GraphValue {
      let numbers = tensor.elements.flatMap { [$0, $0] }
      let whole = graph.shared(GraphTensor("rotary.\(kind)", floats: numbers, [tensor.shape[0], width]))
      return reading?.rows(ofTable: whole, named: "\(path).attn.rotary_\(kind)", in: &graph) ?? whole
    }
    var swap = [Float](repeating: 0, count: width * width)
    for pair in 0..<width / 2 {
      swap[(2 * pair + 1) * width + 2 * pair] = -1
      swap[2 * pair * width + 2 * pair + 1] = 1
    }
    let matrix = graph.shared(GraphTensor("rotary.swap", floats: swap, [width, width]))
    let cosine = angles(table.cosine, "cosine"), sine = angles(table.sine, "sine"), place = "\(path).attn.\(name)"
    let swapped = graph.add(.matMul, [x, matrix], named: "\(place)_swapped")
    let along = graph.add(.mul, [x, cosine], named: "\(place)_along")
    let across = graph.add(.mul, [swapped, sine], named: "\(place)_across")
    return graph.add(.add, [along, across], named: "\(place)_turned")
  }
}
