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
    list += Self.blocks(of: vision, .image, quick: model.usesQuickGELU)
    if let pool = vision.pool(quickGELU: model.usesQuickGELU) {
      list += pool.operations(.image, tokens: vision.tokens)
    }
    let pooled = vision.poolType == .none ? vision.tokens : 1
    list += Self.ending(of: vision, .image, pooled: pooled)
    if vision.projType == .linear { list.append(Self.projection(.image, rows: pooled, vision.width, model)) }
    list += Self.normalization(.image, model.embedDimension)

    let textElements = text.tokens * text.width
    list.append(.vector("position", .text, .embeddings, .add, textElements, smallerOperand: textElements))
    list += Self.blocks(of: text, .text, quick: model.usesQuickGELU)
    // The norm is computed for every token, as the model is written, though one is read.
    list += Self.ending(of: text, .text, pooled: text.tokens)
    if text.projType == .linear { list.append(Self.projection(.text, rows: 1, text.width, model)) }
    list += Self.normalization(.text, model.embedDimension)
    list.append(
      Operation(
        "similarity", .both, .output,
        .matrixProduct(MatrixProduct(rows: 1, outputs: 1, reduced: model.embedDimension, hasWeights: false))))
    self.init(list)
  }

  /// What stands between the last block and the projection. The mean is an addition a token, too little to count.
  private static func ending(
    of tower: some TowerConfiguration, _ side: Operation.Tower, pooled: Int
  ) -> [Operation] {
    let ending = tower.ending
    var rows = ending.rows == .all ? tower.tokens : pooled
    return ending.steps.compactMap { step in
      switch step {
      case .mean:
        rows = pooled
        return nil
      case .norm:
        return .vector("final layer norm", side, .output, .layerNorm, rows * tower.width, rowLength: tower.width)
      }
    }
  }

  private static func projection(
    _ side: Operation.Tower, rows: Int, _ width: Int, _ model: CLIPConfiguration
  ) -> Operation {
    Operation(
      "projection", side, .output,
      .matrixProduct(MatrixProduct(rows: rows, outputs: model.embedDimension, reduced: width)))
  }

  private static func normalization(_ tower: Operation.Tower, _ embedding: Int) -> [Operation] {
    [
      .vector("norm", tower, .output, .euclideanNorm, embedding),
      .vector("normalize", tower, .output, .divide, embedding, smallerOperand: 1),
    ]
  }

  /// The residual blocks: each shape once, with the number of blocks that have it.
  private static func blocks(of tower: some TowerConfiguration, _ side: Operation.Tower, quick: Bool) -> [Operation] {
    var shapes: [(block: BlockShape, count: Int)] = []
    for block in tower.blocks(quickGELU: quick) {
      if let place = shapes.firstIndex(where: { $0.block == block }) {
        shapes[place].count += 1
      } else {
        shapes.append((block, 1))
      }
    }
    return shapes.flatMap { shape in
      shape.block.operations(side, tokens: tower.tokens).map { operation in
        var repeated = operation
        repeated.count *= shape.count
        return repeated
      }
    }
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
