public import CLIPModelShapes

/// What a model computes in one run, in the order in which it does: for one image and one text where nothing else is said.
public struct OperationList: Equatable, Sendable {
  /// Work that is done once and for all, such as encoding prompts whose features are kept.
  public struct Preparation: Equatable, Sendable {
    /// What is done, once.
    public var operations: [Operation]
    /// The share of its energy that one image answers for.
    public var share: Double

    /// Work done once, of which an image answers for a share.
    public init(_ operations: [Operation], share: Double) {
      self.operations = operations
      self.share = share
    }
  }

  /// The operations; layers that are alike stand once, with their count.
  public var operations: [Operation]
  /// Images of one run, which share every fetch of weights.
  public var images = 1
  /// What was done before the first run.
  public var preparation: Preparation?

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
  /// The operations that a CLIP model truly needs for one run of a use: one image and one text where nothing is said.
  ///
  /// Biases cost nothing: they ride on the products. Scores are scaled by folding the factor into the queries, and the
  /// causal mask leaves nothing out. Texts of one run are known together, so they share the weights' fetch as images do.
  /// Features of prompts that are kept are compared with as a matrix of weights.
  public init(of model: CLIPConfiguration, in use: ModelUse = .pair) {
    let images = use.imagesPerFetch
    var list = Self.image(of: model, use).map { $0.repeated(images) }
    let similarity: MatrixProduct
    if use.keepsTexts {
      similarity = MatrixProduct(rows: 1, outputs: use.prompts, reduced: model.embedDimension)
    } else {
      list += Self.text(of: model, use).map { $0.repeated(use.textsPerImage * images) }
      similarity = MatrixProduct(
        rows: 1, outputs: use.textsPerImage, reduced: model.embedDimension, hasWeights: false)
    }
    list.append(
      Operation("similarity", .both, .output, .matrixProduct(similarity), result: .similarity).repeated(images))
    self.init(list)
    self.images = images
  }

  /// The image tower's operations for one image.
  private static func image(of model: CLIPConfiguration, _ use: ModelUse) -> [Operation] {
    let vision = model.vision
    var list: [Operation] = []
    let imageElements = vision.tokens * vision.width
    list.append(
      Operation(
        "patch convolution", .image, .embeddings,
        .patchConvolution(
          PatchConvolution(outputs: vision.width, patch: vision.patchSize, side: vision.gridSize)), result: .stream))
    list.append(.vector("position", .image, .embeddings, .add, imageElements, smallerOperand: imageElements))
    if vision.hasPreLayerNorm {
      list.append(.vector("layer norm", .image, .embeddings, .layerNorm, imageElements, rowLength: vision.width))
    }
    list += blocks(of: vision, .image, quick: model.usesQuickGELU, use)
    if let pool = vision.pool(quickGELU: model.usesQuickGELU) {
      list += pool.operations(.image, tokens: vision.tokens)
    }
    let pooled = vision.poolType == .none ? vision.tokens : 1
    list += ending(of: vision, .image, pooled: pooled)
    if vision.projType == .linear { list.append(projection(.image, rows: pooled, vision.width, model)) }
    return list + normalization(.image, model.embedDimension)
  }

  /// The text tower's operations for one text.
  static func text(of model: CLIPConfiguration, _ use: ModelUse) -> [Operation] {
    let model = model.shortened(for: use), text = model.text
    var list: [Operation] = []
    let textElements = text.tokens * text.width
    list.append(.vector("position", .text, .embeddings, .add, textElements, smallerOperand: textElements))
    list += blocks(of: text, .text, quick: model.usesQuickGELU, use)
    // As the model is written the norm is computed for every token, though one is read.
    list += ending(of: text, .text, pooled: text.askingTokens(in: use))
    if text.projType == .linear { list.append(projection(.text, rows: 1, text.width, model)) }
    return list + normalization(.text, model.embedDimension)
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
      .matrixProduct(MatrixProduct(rows: rows, outputs: model.embedDimension, reduced: width)), result: .floats)
  }

  private static func normalization(_ tower: Operation.Tower, _ embedding: Int) -> [Operation] {
    [
      .vector("norm", tower, .output, .euclideanNorm, embedding),
      .vector("normalize", tower, .output, .divide, embedding, smallerOperand: 1),
    ]
  }

  /// The residual blocks: each shape once, with the number of blocks that have it.
  private static func blocks(
    of tower: some TowerConfiguration, _ side: Operation.Tower, quick: Bool, _ use: ModelUse
  ) -> [Operation] {
    var shapes: [(block: BlockShape, asking: Int, count: Int)] = []
    for (number, block) in tower.blocks(quickGELU: quick).enumerated() {
      let asking = number == tower.layers - 1 ? tower.askingTokens(in: use) : tower.tokens
      if let place = shapes.firstIndex(where: { $0.block == block && $0.asking == asking }) {
        shapes[place].count += 1
      } else {
        shapes.append((block, asking, 1))
      }
    }
    return shapes.flatMap { shape in
      shape.block.operations(side, tokens: tower.tokens, asking: shape.asking).map { operation in
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
