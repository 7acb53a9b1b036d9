import Layers
import Tensors

/// A residual block's nodes; the same steps as ``ResidualBlock``, on rows `[batch * tokens, width]`.
///
/// Rows stay two-dimensional between the heads, so that weights are stored as PyTorch stores them and biases join the
/// products (`Gemm`).
struct BlockGraph<Arithmetic: EncoderArithmetic> {
  let block: ResidualBlock
  /// Such as `visual.transformer.resblocks.3`.
  let path: String
  let tokens: Int
  /// `[tokens, tokens]`, or nil where every token sees every other.
  let mask: GraphValue?
  let arithmetic: Arithmetic

  private var width: Int { block.attentionNorm.weight.count }

  /// Adds the block.
  ///
  /// - Parameters:
  ///   - x: `[batch * tokens, width]`
  ///   - reading: the only token wanted of each sequence, in the last block; nil for all
  /// - Returns: `[batch * tokens, width]`, or `[batch, width]` where only some are wanted
  func add(_ x: GraphValue, reading: TokenReading?, in graph: inout GraphBuilder) -> GraphValue {
    let place = "\(path).attn.in_proj"
    let normalized = arithmetic.norm(x, block.attentionNorm, at: "\(path).ln_1", before: place, in: &graph)
    var stream = x, asking = normalized
    if let reading {
      stream = reading.rows(of: x, tokens: tokens, width: width, named: "\(path).read_rows", in: &graph)
      asking = reading.rows(
        of: normalized, tokens: tokens, width: width, named: "\(path).attn.asking_rows", in: &graph)
    }
    let attended = attend(normalized, asking: asking, reading, at: place, in: &graph)
    let output = linear(
      attended, "attn.out_proj", block.attention.output, isNormalized: false, in: &graph)
    stream = add(output, to: stream, block.attentionScale, "ls_1", in: &graph)
    let second = arithmetic.norm(
      stream, block.feedForwardNorm, at: "\(path).ln_2", before: "\(path).mlp.c_fc", in: &graph)
    var hidden = linear(second, "mlp.c_fc", block.feedForward.expansion, isNormalized: true, in: &graph)
    hidden = activate(hidden, in: &graph)
    let branch = linear(hidden, "mlp.c_proj", block.feedForward.contraction, isNormalized: false, in: &graph)
    return add(branch, to: stream, block.feedForwardScale, "ls_2", in: &graph)
  }

  /// The heads' outputs side by side, `[rows of asking, inner]`.
  private func attend(
    _ x: GraphValue, asking: GraphValue, _ reading: TokenReading?, at place: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    let attention = block.attention, heads = attention.heads, inner = attention.inner
    let input = arithmetic.input(x, at: place, isNormalized: true, named: "\(path).attn.input", in: &graph)
    let question =
      reading == nil
      ? input
      : arithmetic.input(asking, at: place, isNormalized: true, named: "\(path).attn.asking_input", in: &graph)
    /// One third of the packed projection, `[batch, heads, tokens, headWidth]` in the given order of axes.
    func projected(_ x: GraphValue, _ third: Int, _ name: String, rows: Int, _ order: [Int]) -> GraphValue {
      let part = LinearPart(
        at: place, named: "\(path).attn.\(name)_proj", attention.inputWeight, attention.inputBias,
        outputs: third * inner..<(third + 1) * inner)
      let flat = arithmetic.linear(x, part, in: &graph)
      let split = graph.reshape(
        flat, [-1, rows, heads, attention.headWidth], named: "\(path).attn.\(name)_of_sequences")
      return graph.transpose(split, order, named: "\(path).attn.\(name)")
    }
    let queries = projected(question, 0, "q", rows: reading == nil ? tokens : 1, [0, 2, 1, 3])
    let keys = projected(input, 1, "k", rows: tokens, [0, 2, 3, 1])
    let values = projected(input, 2, "v", rows: tokens, [0, 2, 1, 3])
    let shown = mask.map { mask in reading?.rows(ofMask: mask, in: &graph) ?? mask }
    let attended = arithmetic.attend(
      queries, keys, values, mask: shown, headWidth: attention.headWidth, at: "\(path).attn", in: &graph)
    let sorted = graph.transpose(attended, [0, 2, 1, 3], named: "\(path).attn.heads_of_tokens")
    return graph.reshape(sorted, [-1, inner], named: "\(path).attn.attended")
  }

  private func linear(
    _ x: GraphValue, _ name: String, _ layer: Linear, isNormalized: Bool, in graph: inout GraphBuilder
  ) -> GraphValue {
    let place = "\(path).\(name)"
    let input = arithmetic.input(x, at: place, isNormalized: isNormalized, named: "\(place).input", in: &graph)
    return arithmetic.linear(input, LinearPart(at: place, named: place, layer.weight, layer.bias), in: &graph)
  }

  private func add(
    _ branch: GraphValue, to stream: GraphValue, _ scale: Tensor?, _ name: String, in graph: inout GraphBuilder
  ) -> GraphValue {
    var branch = branch
    if let scale {
      branch = graph.add(
        .mul, [branch, graph.parameter("\(path).\(name).gamma", scale)], named: "\(path).\(name)")
    }
    return graph.add(.add, [stream, branch], named: "\(path).\(name == "ls_1" ? "attended_stream" : "stream")")
  }

  /// The exact GELU is written out, as PyTorch writes it: runtimes know the five nodes and put one in their place.
  private func activate(_ x: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    let name = "\(path).mlp.gelu"
    switch block.feedForward.activation {
    case .identity: return x
    case .quickGELU:
      let scaled = graph.add(.mul, [x, graph.number(1.702)], named: "\(name)_argument")
      let gate = graph.add(.sigmoid, [scaled], named: "\(name)_gate")
      return graph.add(.mul, [x, gate], named: name)
    case .gelu:
      let argument = graph.add(.div, [x, graph.number(Float(2).squareRoot())], named: "\(name)_argument")
      let error = graph.add(.erf, [argument], named: "\(name)_erf")
      let sum = graph.add(.add, [error, graph.number(1)], named: "\(name)_sum")
      let product = graph.add(.mul, [x, sum], named: "\(name)_product")
      return graph.add(.mul, [product, graph.number(0.5)], named: name)
    }
  }
}
