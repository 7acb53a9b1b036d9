import CLIPModels
import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// A text tower's nodes.
struct TextEncoder<Arithmetic: EncoderArithmetic> {
  private let tower: TextTower
  private let arithmetic: Arithmetic
  /// Whether texts may be shorter than the context, all of a batch alike; see ``TextConfiguration/readsShorterTexts``.
  private let takesAnyLength: Bool

  init(_ tower: TextTower, _ arithmetic: Arithmetic, takesAnyLength: Bool = false) {
    self.tower = tower
    self.arithmetic = arithmetic
    self.takesAnyLength = takesAnyLength
  }

  private var shape: TextConfiguration { tower.configuration }

  /// Adds everything from token ids to features of unit length.
  ///
  /// - Parameters:
  ///   - ids: `[batch, contextLength]`, or `[batch, tokens]`
  ///   - name: of the result, `[batch, embed]`
  func add(_ ids: GraphValue, named name: String, in graph: inout GraphBuilder) {
    let tokens = shape.contextLength
    let looked = arithmetic.lookUp(ids, tower.tokenEmbedding, named: "token_embedding.weight", in: &graph)
    var positions = arithmetic.rows(tower.positionalEmbedding, named: "positional_embedding", in: &graph)
    var mask = shape.isCausal ? graph.constant(Self.causalMask(tokens)) : nil
    if takesAnyLength {
      let length = graph.add(.shape, [ids], [.whole("start", 1), .whole("end", 2)], named: "length_of_texts")
      let none = graph.integers([0])
      positions = graph.add(.slice, [positions, none, length, none], named: "positions")
      mask = mask.map { mask in
        let both = graph.add(.concat, [length, length], [.whole("axis", 0)], named: "causal_mask_shape")
        return graph.add(
          .slice, [mask, graph.integers([0, 0]), both, graph.integers([0, 1])], named: "causal_mask_part")
      }
    }
    let x = graph.add(.add, [looked, positions], named: "placed_tokens")  // [batch, tokens, width]
    TowerGraph(
      tower: tower, arithmetic: arithmetic, lastNormPath: "ln_final", projectionPath: "text_projection", prefix: "",
      takesAnyLength: takesAnyLength
    ).add(x, reading: reading(ids, in: &graph), mask: mask, named: name, in: &graph)
  }

  /// The token that stands for a text; see ``TextConfiguration/Pooling``.
  private func reading(_ ids: GraphValue, in graph: inout GraphBuilder) -> TokenReading {
    var marks = ids
    switch shape.poolType {
    case .first: return .fixed(0)
    case .last: return .fixed(shape.contextLength - 1)
    case .argmax: break
    case .eos: marks = graph.add(.equal, [ids, graph.integers([shape.eosID])], named: "end_tokens")
    }
    // Few runtimes look for the largest of 64-bit numbers, and none among truth values. Of equals the first is taken; so
    // a text without an end token is read at its first.
    let numbers = graph.add(.cast, [marks], [.whole("to", GraphElement.int32.rawValue)], named: "marks")
    return .computed(
      graph.add(.argMax, [numbers], [.whole("axis", 1), .whole("keepdims", 1)], named: "read_positions"))
  }

  /// 0 where a token sees another, and minus infinity for those after itself: `[tokens, tokens]`.
  private static func causalMask(_ tokens: Int) -> GraphTensor {
    GraphTensor("causal_mask", .float, [tokens, tokens]) { file in
      var row = [Float](repeating: -.infinity, count: tokens)
      for token in 0..<tokens {
        row[token] = 0
        try row.withUnsafeBytes { try file.write($0) }
      }
    }
  }
}

extension TextConfiguration {
  /// Whether a text that is padded less gives the same feature: where no token sees those after it, and padding is not read.
  var readsShorterTexts: Bool { isCausal && poolType != .last }
}
