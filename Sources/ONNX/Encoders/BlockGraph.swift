import CLIPLayers
import CLIPTensors

/// A residual block's nodes; the same steps as ``ResidualBlock``.
struct BlockGraph<Arithmetic: EncoderArithmetic> {
  let block: ResidualBlock
  /// Such as `visual.transformer.resblocks.3`.
  let path: String
  let tokens: Int
  /// `[tokens, tokens]`, or nil where every token sees every other.
  let mask: GraphValue?
  let arithmetic: Arithmetic

  /// Adds the block.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, width]`
  ///   - reading: the only token wanted of each sequence, in the last block; nil for all
  /// - Returns: `[batch, tokens, width]`, or `[batch, 1, width]` where only one is wanted
  func add(_ x: GraphValue, reading: TokenReading?, in graph: inout GraphBuilder) -> GraphValue {
    let normalized = arithmetic.norm(
      x, block.attentionNorm, at: "\(path).ln_1", before: "\(path).attn.in_proj", in: &graph)
    let stream = reading?.rows(of: x, named: "\(path).read_rows", in: &graph) ?? x
    let attended = attend(normalized, reading, in: &graph)
    let output = linear(attended, "attn.out_proj", block.attention.output, isNormalized: false, in: &graph)
    let middle = add(output, to: stream, block.attentionScale, "ls_1", named: "middle", in: &graph)
    let second = arithmetic.norm(
      middle, block.feedForwardNorm, at: "\(path).ln_2", before: "\(path).mlp.c_fc", in: &graph)
    let sum = linear(second, "mlp.c_fc", block.feedForward.expansion, isNormalized: true, in: &graph)
    let hidden = graph.activate(sum, block.feedForward.activation, named: "\(path).mlp.gelu")
    let branch = linear(hidden, "mlp.c_proj", block.feedForward.contraction, isNormalized: false, in: &graph)
    return add(branch, to: middle, block.feedForwardScale, "ls_2", named: "stream", in: &graph)
  }

  /// The heads' outputs side by side, `[batch, tokens or 1, inner]`.
  private func attend(_ x: GraphValue, _ reading: TokenReading?, in graph: inout GraphBuilder) -> GraphValue {
    let attention = block.attention, inner = attention.inner
    let (queries, keys, values) = project(x, reading, in: &graph)
    let shown = mask.map { mask in reading?.rows(ofMask: mask, in: &graph) ?? mask }
    let attended = arithmetic.attend(
      queries, keys, values, mask: shown, headWidth: attention.headWidth, at: "\(path).attn", in: &graph)
    let sorted = graph.transpose(attended, [0, 2, 1, 3], named: "\(path).attn.heads_of_tokens")
    return graph.reshape(sorted, [-1, reading == nil ? tokens : 1, inner], named: "\(path).attn.attended")
  }

  /// Queries and values `[batch, heads, tokens, headWidth]`, keys `[batch, heads, headWidth, tokens]`; where one token is
  /// read, queries of that one.
  private func project(
    _ x: GraphValue, _ reading: TokenReading?, in graph: inout GraphBuilder
  ) -> (GraphValue, GraphValue, GraphValue) {
    let attention = block.attention, inner = attention.inner, names = ["q", "k", "v"]
    /// Some of queries, keys and values side by side.
    func product(_ x: GraphValue, _ parts: Range<Int>, named name: String, input: String) -> GraphValue {
      let place = "\(path).attn.in_proj"
      let input = arithmetic.input(x, at: place, isNormalized: true, named: "\(path).attn.\(input)", in: &graph)
      let part = LinearPart(
        at: place, named: "\(path).attn.\(name)", attention.inputWeight, attention.inputBias,
        outputs: parts.lowerBound * inner..<parts.upperBound * inner)
      return arithmetic.linear(input, part, in: &graph)
    }
    func heads(_ x: GraphValue, _ name: String, rows: Int, _ order: [Int]) -> GraphValue {
      let split = graph.reshape(
        x, [-1, rows, attention.heads, attention.headWidth], named: "\(path).attn.\(name)_of_tokens")
      return graph.transpose(split, order, named: "\(path).attn.\(name)_of_heads")
    }
    var flat: [GraphValue] = []
    if let reading {
      let asking = reading.rows(of: x, named: "\(path).attn.asking_rows", in: &graph)
      flat.append(product(asking, 0..<1, named: "q", input: "asking"))
      let both = product(x, 1..<3, named: "kv", input: "input")
      flat += graph.split(both, named: names[1...].map { "\(path).attn.\($0)" })
    } else {
      let all = product(x, 0..<3, named: "qkv", input: "input")
      flat = graph.split(all, named: names.map { "\(path).attn.\($0)" })
    }
    return (
      heads(flat[0], "q", rows: reading == nil ? tokens : 1, [0, 2, 1, 3]),
      heads(flat[1], "k", rows: tokens, [0, 2, 3, 1]), heads(flat[2], "v", rows: tokens, [0, 2, 1, 3])
    )
  }

  private func linear(
    _ x: GraphValue, _ name: String, _ layer: Linear, isNormalized: Bool, in graph: inout GraphBuilder
  ) -> GraphValue {
    let place = "\(path).\(name)"
    let input = arithmetic.input(x, at: place, isNormalized: isNormalized, named: "\(place).input", in: &graph)
    return arithmetic.linear(input, LinearPart(at: place, named: place, layer.weight, layer.bias), in: &graph)
  }

  private func add(
    _ branch: GraphValue, to stream: GraphValue, _ scale: Tensor?, _ scaleName: String, named name: String,
    in graph: inout GraphBuilder
  ) -> GraphValue {
    var branch = branch
    if let scale {
      let gamma = graph.parameter("\(path).\(scaleName).gamma", scale)
      branch = graph.add(.mul, [branch, gamma], named: "\(path).\(scaleName)")
    }
    return graph.add(.add, [stream, branch], named: "\(path).\(name)")
  }
}

extension GraphBuilder {
  /// The exact GELU is written out, as PyTorch writes it: runtimes know the five nodes and put one in their place.
  fileprivate mutating func activate(_ x: GraphValue, _ activation: Activation, named name: String) -> GraphValue {
    switch activation {
    case .identity: return x
    case .quickGELU:
      let scaled = add(.mul, [x, number(1.702)], named: "\(name)_argument")
      let gate = add(.sigmoid, [scaled], named: "\(name)_gate")
      return add(.mul, [x, gate], named: name)
    case .gelu:
      let argument = add(.div, [x, number(Float(2).squareRoot())], named: "\(name)_argument")
      let error = add(.erf, [argument], named: "\(name)_erf")
      let sum = add(.add, [error, number(1)], named: "\(name)_sum")
      let product = add(.mul, [x, sum], named: "\(name)_product")
      return add(.mul, [product, number(0.5)], named: name)
    }
  }
}
