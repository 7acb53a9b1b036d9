import CLIPModelShapes

extension BlockShape {
  /// What a block computes for one sequence, step by step.
  /// - Parameter asking: the tokens that are computed behind keys and values; nil for all
  func operations(_ tower: Operation.Tower, tokens: Int, asking: Int? = nil) -> [Operation] {
    branches.flatMap { branch in
      let part: Operation.Part = branch.contains(.attend) ? .attention : .feedForward
      return branch.flatMap {
        operations(of: $0, tower, part, tokens: tokens, asking: hasLearnedQuery ? 1 : asking ?? tokens)
      }
    }
  }

  private func operations(
    of step: BlockStep, _ tower: Operation.Tower, _ part: Operation.Part, tokens: Int,
    asking: Int
  ) -> [Operation] {
    func product(
      _ name: String, _ rows: Int, _ outputs: Int, _ reduced: Int, count: Int = 1, gives result: Operation.Result
    ) -> Operation {
      Operation(
        name, tower, part, .matrixProduct(MatrixProduct(rows: rows, outputs: outputs, reduced: reduced)), count: count,
        result: result)
    }
    func headProduct(_ name: String, _ outputs: Int, _ reduced: Int, gives result: Operation.Result) -> Operation {
      Operation(
        name, tower, part,
        .matrixProduct(
          MatrixProduct(batches: heads, rows: asking, outputs: outputs, reduced: reduced, hasWeights: false)),
        result: result)
    }
    // Queries and keys that positions turn are turned as floats.
    let turned: Operation.Result = rotary == nil ? .operand : .floats
    switch step {
    case .norm(let norm), .innerNorm(let norm):
      let rows = norm == .attentionNorm ? tokens : asking, length = channels(of: norm)
      return [.vector("layer norm", tower, part, .layerNorm, rows * length, rowLength: length)]
    case .attend:
      // The learned row's query is the same for every picture.
      let projections =
        hasLearnedQuery
        ? [product("key, value", tokens, inner, width, count: 2, gives: turned)]
        : asking == tokens
          ? [product("query, key, value", tokens, inner, width, count: 3, gives: turned)]
          : [
            product("query", asking, inner, width, gives: turned),
            product("key, value", tokens, inner, width, count: 2, gives: turned),
          ]
      return projections + rotation(tower, part, rows: asking + tokens) + [
        headProduct("scores", tokens, headWidth, gives: .scores),
        .vector("softmax", tower, part, .softmax, heads * asking * tokens, rowLength: tokens),
        headProduct("context", headWidth, tokens, gives: .operand),
      ]
    case .expand: return expansion(tower, part, rows: asking) { product($0, $1, $2, $3, count: $4, gives: .gate) }
    case .add(.output):
      let sum = product("attention output", asking, width, inner, gives: .stream)
      // A learned row takes part in no sum.
      return hasLearnedQuery ? [sum] : [sum, residual(tower, part, rows: asking)]
    case .add:
      // Both layer scales stand once.
      let scales: [Operation] =
        hasLayerScale
        ? [.vector("layer scales", tower, part, .multiply, asking * width, smallerOperand: width, count: 2)] : []
      return scales + [product("down", asking, width, hidden, gives: .stream), residual(tower, part, rows: asking)]
    }
  }

  private func residual(_ tower: Operation.Tower, _ part: Operation.Part, rows: Int) -> Operation {
    .vector("residual", tower, part, .add, rows * width, smallerOperand: rows * width)
  }

  /// Pairs of channels of queries and keys are turned: two products and a sum each.
  /// - Parameter rows: of queries and of keys together
  private func rotation(_ tower: Operation.Tower, _ part: Operation.Part, rows: Int) -> [Operation] {
    guard rotary != nil else { return [] }
    let elements = rows * inner
    return [
      .vector("rotate", tower, part, .multiply, elements, count: 2),
      .vector("rotate sum", tower, part, .add, elements, smallerOperand: elements),
    ]
  }

  private func expansion(
    _ tower: Operation.Tower, _ part: Operation.Part, rows: Int,
    _ product: (_ name: String, _ rows: Int, _ outputs: Int, _ reduced: Int, _ count: Int) -> Operation
  ) -> [Operation] {
    let elements = rows * hidden
    switch feedForward {
    case .gelu, .geluTanh:
      return [product("up", rows, hidden, width, 1), .vector("GELU", tower, part, .gelu, elements)]
    case .quickGELU:
      return [
        product("up", rows, hidden, width, 1), .vector("scale", tower, part, .multiply, elements),
        .vector("sigmoid", tower, part, .sigmoid, elements),
        .vector("gate", tower, part, .multiply, elements, smallerOperand: elements),
      ]
    case .swiGLU:
      return [
        product("gate, up", rows, hidden, width, 2), .vector("sigmoid", tower, part, .sigmoid, elements),
        .vector("gate", tower, part, .multiply, elements, smallerOperand: elements, count: 2),
      ]
    }
  }
}
