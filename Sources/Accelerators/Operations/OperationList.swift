public import CLIPModelShapes

/// What a model computes for one image and one text, in the order in which it does.
public struct OperationList: Equatable, Sendable {
  /// The operations; layers that are alike stand once, with their count.
  public var operations: [Operation]

  /// A list of operations.
  public init(_ operations: [Operation]) { self.operations = operations }

  /// Multiply-adds of all operations.
  public var multiplyAdds: Int { operations.reduce(0) { $0 + $1.multiplyAdds } }
  /// Multiply-adds of one tower.
  public func multiplyAdds(of tower: Operation.Tower) -> Int {
    operations.filter { $0.tower == tower }.reduce(0) { $0 + $1.multiplyAdds }
  }
}

extension OperationList {
  /// The operations that a CLIP model truly needs for one image and one text.
  ///
  /// Biases cost nothing: they ride on the products. Scores are scaled by folding the factor into the queries, and the
  /// causal mask leaves nothing out.
  public init(of model: CLIPConfiguration) {
    let vision = model.vision, text = model.text
    var list: [Operation] = []

    let imageElements = vision.tokens * vision.width
    list.append(
      Operation(
        "patch convolution", .image, .embeddings,
        .patchConvolution(
          PatchConvolution(outputs: vision.width, patch: vision.patchSize, side: vision.gridSize))))
    list.append(.vector("position", .image, .embeddings, .add, imageElements, smallerOperand: imageElements))
    if vision.hasPreLayerNorm {
      list.append(.vector("layer norm", .image, .embeddings, .layerNorm, imageElements, rowLength: vision.width))
    }
    list += Self.blocks(of: vision, .image, tokens: vision.tokens, quick: model.usesQuickGELU)
    let pooled = vision.poolType == .none ? vision.tokens : 1
    let normalized = vision.finalLayerNormAfterPool || vision.poolType == .tok ? pooled : vision.tokens
    list.append(
      .vector("final layer norm", .image, .output, .layerNorm, normalized * vision.width, rowLength: vision.width))
    list.append(
      Operation(
        "projection", .image, .output,
        .matrixProduct(MatrixProduct(rows: pooled, outputs: model.embedDimension, reduced: vision.width))))
    list += Self.normalization(.image, model.embedDimension)

    let textElements = text.tokens * text.width
    list.append(.vector("position", .text, .embeddings, .add, textElements, smallerOperand: textElements))
    list += Self.blocks(of: text, .text, tokens: text.tokens, quick: model.usesQuickGELU)
    list.append(.vector("final layer norm", .text, .output, .layerNorm, textElements, rowLength: text.width))
    if text.projType == .linear {
      list.append(
        Operation(
          "projection", .text, .output,
          .matrixProduct(MatrixProduct(rows: 1, outputs: model.embedDimension, reduced: text.width))))
    }
    list += Self.normalization(.text, model.embedDimension)
    list.append(
      Operation(
        "similarity", .both, .output,
        .matrixProduct(MatrixProduct(rows: 1, outputs: 1, reduced: model.embedDimension, hasWeights: false))))
    self.init(list)
  }

  private static func normalization(_ tower: Operation.Tower, _ embedding: Int) -> [Operation] {
    [
      .vector("norm", tower, .output, .euclideanNorm, embedding),
      .vector("normalize", tower, .output, .divide, embedding, smallerOperand: 1),
    ]
  }

  /// The residual blocks: each shape once, with the number of blocks that have it.
  private static func blocks(
    of tower: some TowerConfiguration, _ side: Operation.Tower, tokens: Int, quick: Bool
  ) -> [Operation] {
    var shapes: [(heads: Int, hidden: Int, count: Int)] = []
    for (heads, hidden) in zip(tower.headsPerLayer, tower.mlpWidth) {
      if let place = shapes.firstIndex(where: { $0.heads == heads && $0.hidden == hidden }) {
        shapes[place].count += 1
      } else {
        shapes.append((heads, hidden, 1))
      }
    }
    return shapes.flatMap { shape in
      block(
        tower, side, tokens: tokens, heads: shape.heads, hidden: shape.hidden, quick: quick
      ).map { operation in
        var repeated = operation
        repeated.count = shape.count * operation.count
        return repeated
      }
    }
  }

  private static func block(
    _ tower: some TowerConfiguration, _ side: Operation.Tower, tokens: Int, heads: Int, hidden: Int, quick: Bool
  ) -> [Operation] {
    let width = tower.width, attention = heads * tower.headWidth
    let elements = tokens * width, scores = heads * tokens * tokens
    func product(
      _ name: String, _ part: Operation.Part, batches: Int = 1, _ rows: Int, _ outputs: Int, _ reduced: Int,
      hasWeights: Bool = true, count: Int = 1
    ) -> Operation {
      Operation(
        name, side, part,
        .matrixProduct(
          MatrixProduct(batches: batches, rows: rows, outputs: outputs, reduced: reduced, hasWeights: hasWeights)),
        count: count)
    }
    var list: [Operation] = [
      .vector("layer norm", side, .attention, .layerNorm, elements, rowLength: width),
      product("query, key, value", .attention, tokens, attention, width, count: 3),
      product("scores", .attention, batches: heads, tokens, tokens, tower.headWidth, hasWeights: false),
      .vector("softmax", side, .attention, .softmax, scores, rowLength: tokens),
      product("context", .attention, batches: heads, tokens, tower.headWidth, tokens, hasWeights: false),
      product("attention output", .attention, tokens, width, attention),
      .vector("residual", side, .attention, .add, elements, smallerOperand: elements),
      .vector("layer norm", side, .feedForward, .layerNorm, elements, rowLength: width),
      product("up", .feedForward, tokens, hidden, width),
    ]
    if quick {
      list += [
        .vector("scale", side, .feedForward, .multiply, tokens * hidden),
        .vector("sigmoid", side, .feedForward, .sigmoid, tokens * hidden),
        .vector("gate", side, .feedForward, .multiply, tokens * hidden, smallerOperand: tokens * hidden),
      ]
    } else {
      list.append(.vector("GELU", side, .feedForward, .gelu, tokens * hidden))
    }
    if tower.layerScaleInit != nil {
      list.append(.vector("layer scales", side, .feedForward, .multiply, elements, smallerOperand: width, count: 2))
    }
    list += [
      product("down", .feedForward, tokens, width, hidden),
      .vector("residual", side, .feedForward, .add, elements, smallerOperand: elements),
    ]
    return list
  }
}

extension Operation {
  /// Work of a vector core.
  static func vector(
    _ name: String, _ tower: Tower, _ part: Part, _ kind: VectorWork.Kind, _ elements: Int, rowLength: Int? = nil,
    smallerOperand: Int? = nil, count: Int = 1
  ) -> Operation {
    Operation(
      name, tower, part,
      .vector(VectorWork(kind, elements, rowLength: rowLength, smallerOperand: smallerOperand)), count: count)
  }
}
