import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// A graph that several steps add to.
final class GrowingGraph {
  var graph: GraphBuilder
  init(_ graph: GraphBuilder) { self.graph = graph }
}

/// A residual block's nodes.
///
/// Rows are `[batch, tokens, channels]`, or `[batch, 1, channels]` where one row of each sequence is wanted. The stream is nil
/// where it is zero.
struct BlockGraph<Arithmetic: EncoderArithmetic>: BlockArithmetic {
  let block: ResidualBlock
  /// Such as `visual.transformer.resblocks.3`.
  let path: String
  let tokens: TokenCount
  /// `[tokens, tokens]`, or nil where every token sees every other.
  let mask: GraphValue?
  /// The only token wanted of each sequence, in the last block; nil for all.
  let reading: TokenReading?
  let arithmetic: Arithmetic
  let growing: GrowingGraph

  func norm(_ stream: inout GraphValue?, _ norm: LayerNorm, at part: BlockPart) -> GraphValue {
    guard let stream else { preconditionFailure("a block reads a stream that is zero") }
    return self.norm(stream, norm, at: part)
  }

  func norm(_ rows: GraphValue, _ norm: LayerNorm, at part: BlockPart) -> GraphValue {
    let reader: BlockPart =
      switch part {
      case .attendedNorm: .output
      case .feedForwardNorm: .expansion
      case .hiddenNorm: .contraction
      default: .attention
      }
    let place = reader == .attention ? "\(path).attn.in_proj" : "\(path).\(reader.rawValue)"
    return arithmetic.norm(rows, norm, at: "\(path).\(part.rawValue)", before: place, in: &growing.graph)
  }

  func attend(_ x: GraphValue, _ attention: MultiHeadAttention, _ stream: inout GraphValue?) -> GraphValue {
    if attention.latent != nil {
      stream = nil
    } else if let reading, let whole = stream {
      stream = reading.rows(of: whole, named: "\(path).read_rows", in: &growing.graph)
    }
    let heads = HeadGraph(
      attention: attention, path: path, tokens: tokens, reading: reading, arithmetic: arithmetic
    ).project(x, in: &growing.graph)
    let shown = mask.map { mask in reading?.rows(ofMask: mask, in: &growing.graph) ?? mask }
    let attended = arithmetic.attend(
      heads.queries, heads.keys, heads.values, mask: shown, headWidth: attention.headWidth, at: "\(path).attn",
      in: &growing.graph)
    let sorted = growing.graph.transpose(attended, [0, 2, 1, 3], named: "\(path).attn.heads_of_tokens")
    let rows = reading == nil && attention.latent == nil ? tokens : .fixed(1)
    return growing.graph.reshape(sorted, rows.sequences([attention.inner]), named: "\(path).attn.attended")
  }

  func expand(_ x: GraphValue, _ layer: FeedForward) -> GraphValue {
    let place = "\(path).mlp.c_fc", packed = layer.packedExpansion, hidden = layer.expansion.bias.count
    let input = arithmetic.input(x, at: place, isNormalized: true, named: "\(place).input", in: &growing.graph)
    func product(_ name: String, _ outputs: Range<Int>?) -> GraphValue {
      arithmetic.linear(
        input, LinearPart(at: place, named: "\(path).\(name)", packed.weight, packed.bias, outputs: outputs),
        in: &growing.graph)
    }
    guard layer.gate != nil else {
      return growing.graph.activate(product("mlp.c_fc", nil), layer.activation, named: "\(path).mlp.gelu")
    }
    let gate = product("mlp.c_gate", 0..<hidden), sum = product("mlp.c_fc", hidden..<2 * hidden)
    let open = growing.graph.add(.sigmoid, [gate], named: "\(path).mlp.gate_sigmoid")
    let silu = growing.graph.add(.mul, [gate, open], named: "\(path).mlp.gate_silu")
    return growing.graph.add(.mul, [silu, sum], named: "\(path).mlp.gated")
  }

  func add(_ x: GraphValue, _ layer: Linear, scale: Tensor?, at part: BlockPart, to stream: inout GraphValue?) {
    let place = "\(path).\(part.rawValue)", isOutput = part == .output
    let isNormalized = (isOutput ? block.attention.innerNorm : block.feedForward.innerNorm) != nil
    let input = arithmetic.input(
      x, at: place, isNormalized: isNormalized, named: "\(place).input", in: &growing.graph)
    var branch = arithmetic.linear(
      input, LinearPart(at: place, named: place, layer.weight, layer.bias), in: &growing.graph)
    if let scale {
      let name = "\(path).\(BlockShape.scalePath(part))"
      let gamma = growing.graph.parameter(name, scale)
      branch = growing.graph.add(.mul, [branch, gamma], named: String(name.dropLast(".gamma".count)))
    }
    stream =
      stream.map { growing.graph.add(.add, [$0, branch], named: "\(path).\(isOutput ? "middle" : "stream")") } ?? branch
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
    case .geluTanh:
      // PyTorch's nodes again: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
      let square = add(.mul, [x, x], named: "\(name)_square")
      let cube = add(.mul, [square, x], named: "\(name)_cube")
      let bent = add(.mul, [cube, number(0.044715)], named: "\(name)_bent")
      let inner = add(.add, [x, bent], named: "\(name)_inner")
      let argument = add(.mul, [inner, number((2 / Float.pi).squareRoot())], named: "\(name)_argument")
      let tangent = add(.tanh, [argument], named: "\(name)_tangent")
      let sum = add(.add, [tangent, number(1)], named: "\(name)_sum")
      let product = add(.mul, [x, sum], named: "\(name)_product")
      return add(.mul, [product, number(0.5)], named: name)
    case .gelu:
      let argument = add(.div, [x, number(Float(2).squareRoot())], named: "\(name)_argument")
      let error = add(.erf, [argument], named: "\(name)_erf")
      let sum = add(.add, [error, number(1)], named: "\(name)_sum")
      let product = add(.mul, [x, sum], named: "\(name)_product")
      return add(.mul, [product, number(0.5)], named: name)
    }
  }
}
