import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import Testing

/// Random parameters, made when they are asked for and kept by name.
final class RandomParameters: ParameterSource {
  private(set) var tensors: [String: Tensor] = [:]
  private let seed: UInt64
  init(seed: UInt64 = 1) { self.seed = seed }

  func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    if let tensor = tensors[name] { return tensor }
    var random = Philox(seed: seed, purpose: .test, index: UInt64(tensors.count))
    let scale = shape.rank > 1 ? 1 / Float(shape[-1]).squareRoot() : 0.3
    let shift: Float = name.contains("ln_") && name.hasSuffix("weight") ? 1 : 0
    let tensor = Tensor((0..<shape.count).map { _ in shift + scale * random.normal() }, shape)
    tensors[name] = tensor
    return tensor
  }

  /// By the names below a path.
  func below(_ path: String) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst(path.count + 1)), $0.value) })
  }
}

func randomTensor(_ shape: Shape, seed: UInt64 = 7) -> Tensor {
  var random = Philox(seed: seed, purpose: .test)
  return Tensor((0..<shape.count).map { _ in random.normal() }, shape)
}

func rows(_ x: Tensor) -> PlainLayers.Rows {
  let width = x.shape[-1], values = x.elements.map(Double.init)
  return (0..<x.count / width).map { Array(values[$0 * width..<($0 + 1) * width]) }
}

/// The largest difference as a share of the largest entry.
func distance(_ a: Tensor, _ b: PlainLayers.Rows) -> Double {
  let flat = b.flatMap { $0 }, most = flat.map { abs($0) }.max() ?? 1
  guard flat.count == a.count else { return .infinity }
  return (zip(a.elements, flat).map { abs(Double($0) - $1) }.max() ?? 0) / max(most, 1e-30)
}

@Suite("Layers against plain loops")
struct LayerTests {
  static let sizes = [1, 7, 17, 65]
  /// Sums of some hundred float32 products.
  static let tolerance = 3e-6
  private let pool = ThreadPool(threads: 2)

  @Test("a linear layer", arguments: sizes, sizes)
  func linear(inputs: Int, outputs: Int) throws {
    let layer = try Linear(inputs: inputs, outputs: outputs, from: RandomParameters(), at: "x")
    let x = randomTensor([3, 7, inputs]), y = try layer(x, on: pool)
    #expect(y.shape == [3, 7, outputs])
    let plain = PlainLayers.linear(
      rows(x), layer.weight.elements.map(Double.init), layer.bias.elements.map(Double.init))
    #expect(distance(y, plain) < Self.tolerance)
  }

  @Test("a layer norm", arguments: sizes)
  func layerNorm(width: Int) throws {
    let layer = try LayerNorm(width: width, from: RandomParameters(), at: "ln_x"), x = randomTensor([17, width])
    let plain = PlainLayers.layerNorm(
      rows(x), layer.weight.elements.map(Double.init), layer.bias.elements.map(Double.init), Double(layer.epsilon))
    #expect(distance(try layer(x, on: pool), plain) < Self.tolerance)
  }

  @Test("attention, feed-forward layer and block, of every kind", arguments: sizes, Kind.allCases)
  func block(tokens: Int, kind: Kind) throws {
    guard let shape = kind.shape(tokens: tokens) else { return }
    let source = RandomParameters(), block = try ResidualBlock(shape, from: source, at: "b")
    let plain = PlainBlock(shape, source.below("b")), x = randomTensor([3, tokens, shape.width])
    let sequences = (0..<3).map { rows(x.rows($0..<$0 + 1)) }
    #expect(distance(try block(x, on: pool), sequences.flatMap { plain($0) }) < Self.tolerance)
    #expect(block.hasFeedForward == (kind != .attentionOnly))
    if block.hasFeedForward {
      #expect(distance(try block.feedForward(x, on: pool), plain.feedForward(rows(x))) < Self.tolerance)
    }
    let attended = sequences.flatMap { sequence in
      PlainLayers.linear(
        plain.attend(sequence), block.attention.output.weight.elements.map(Double.init),
        block.attention.output.bias.elements.map(Double.init))
    }
    #expect(distance(try block.attention(x, on: pool), attended) < Self.tolerance)
  }

  @Test("what has another shape is refused with both")
  func refusals() throws {
    let layer = try Linear(inputs: 7, outputs: 2, from: RandomParameters(), at: "x")
    #expect(throws: ShapeError("linear layer", expected: "[..., 7]", found: [3, 6])) {
      try layer(randomTensor([3, 6]), on: pool)
    }
    let shape = BlockShape(width: 8, heads: 1, headWidth: 8, hidden: 8)
    let block = try ResidualBlock(shape, from: RandomParameters(), at: "b")
    #expect(throws: ShapeError("block", expected: "[sequences, tokens, 8]", found: [3, 8])) {
      try block(randomTensor([3, 8]), on: pool)
    }
  }
}

/// The kinds of blocks that there are.
enum Kind: String, CaseIterable {
  case plain, quickGELU, geluTanh, causal, layerScale, fewerHeads, gated, innerNorms, rotary, eva, perception, pooling
  case attentionOnly

  /// - Returns: nil where so many tokens are no grid
  func shape(tokens: Int) -> BlockShape? {
    var shape = BlockShape(width: 24, heads: 3, headWidth: 8, hidden: 37)
    switch self {
    case .plain: break
    case .quickGELU: shape.feedForward = .quickGELU
    case .geluTanh: shape.feedForward = .geluTanh
    case .causal: shape.isCausal = true
    case .layerScale: shape.hasLayerScale = true
    case .fewerHeads: shape.heads = 2
    case .gated: shape.feedForward = .swiGLU
    case .innerNorms: shape.hasInnerNorms = true
    case .rotary, .eva, .perception:
      let grid = [1: 1, 7: 0, 17: 4, 65: 8][tokens] ?? 0
      guard grid > 0 else { return nil }
      shape.rotary = RotaryShape(grid: grid, reference: 16, prefix: tokens - grid * grid)
      if self == .perception {
        shape.rotary?.offset = 1
        shape.rotary?.startsWithColumns = true
      }
      if self == .eva {
        shape.inputBias = .withoutKeys
        shape.feedForward = .swiGLU
        shape.hasInnerNorms = true
      }
    case .pooling: shape.hasLearnedQuery = true
    case .attentionOnly: shape.hidden = 0
    }
    return shape
  }
}
