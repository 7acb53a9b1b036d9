internal import CLIPFiles
import CLIPModelShapes

/// What the reference believes that a CLIP model computes, as its trace of the model and its fusion rules leave it.
///
/// Kept for comparison: the reduced sizes of scores and context are swapped, each tower has a layer too many, and
/// bookkeeping of the trace is paid for.
struct ReferenceOperations {
  private(set) var list: [Operation] = []

  /// - Throws: `InputError` for towers whose layers differ, which the reference cannot express.
  init(of model: CLIPConfiguration) throws {
    try Self.refuseUnevenLayers(model.vision, "vision")
    try Self.refuseUnevenLayers(model.text, "text")
    let imageTokens = model.vision.tokens, textTokens = model.text.tokens
    imageStem(model.vision)
    textStem(width: model.text.width, tokens: textTokens)
    layers(of: model.vision, .image, tokens: imageTokens, quick: model.usesQuickGELU)
    layers(of: model.text, .text, tokens: textTokens, quick: model.usesQuickGELU)
    tail(model)
    shareFirstResult()
  }

  /// The cache of results keeps one entry a design, the first product that is met: the image tower's queries with their
  /// fused cycle. Whatever has their shape, keys and values at least, takes it for its own.
  private mutating func shareFirstResult() {
    guard let first = list.first(where: { $0.work.isProduct }) else { return }
    for index in list.indices where list[index].work == first.work { list[index].extraCycles = first.extraCycles }
  }

  private static func refuseUnevenLayers(_ tower: some TowerConfiguration, _ name: String) throws {
    guard tower.layers > 0, tower.hasUniformHeads, tower.hasUniformMLP else {
      throw InputError(
        "the \(name) tower's layers differ, which the reference cost model cannot express",
        advice: "take the physical cost model")
    }
    guard !tower.tower.isGated, !tower.tower.hasInnerNorms, tower.rotary == nil, tower.ending.rows != .learned else {
      throw InputError(
        "the \(name) tower's blocks are of a kind that the reference cost model cannot express",
        advice: "take the physical cost model")
    }
  }

  private mutating func vector(
    _ name: String, _ tower: Operation.Tower, _ part: Operation.Part, _ kind: VectorWork.Kind, _ elements: Int,
    rowLength: Int? = nil, smallerOperand: Int? = nil, count: Int = 1
  ) {
    list.append(
      .vector(
        name, tower, part, kind, elements, rowLength: rowLength, smallerOperand: smallerOperand, count: count))
  }

  private mutating func product(
    _ name: String, _ tower: Operation.Tower, _ part: Operation.Part, rows: Int, outputs: Int, reduced: Int,
    extraCycles: Int = 0, count: Int = 1
  ) {
    list.append(
      Operation(
        name, tower, part, .matrixProduct(MatrixProduct(rows: rows, outputs: outputs, reduced: reduced)),
        count: count, extraCycles: extraCycles))
  }

  private mutating func imageStem(_ vision: VisionConfiguration) {
    let elements = vision.tokens * vision.width
    list.append(
      Operation(
        "patch convolution", .image, .embeddings,
        .patchConvolution(
          PatchConvolution(outputs: vision.width, patch: vision.patchSize, side: vision.gridSize))))
    vector("position", .image, .embeddings, .add, elements, smallerOperand: elements)
    vector("layer norm", .image, .embeddings, .layerNorm, elements, rowLength: vision.width)
  }

  /// Looking tokens up, and the making of masks.
  private mutating func textStem(width: Int, tokens: Int) {
    let elements = tokens * width, mask = tokens * tokens
    vector("position", .text, .embeddings, .add, elements, smallerOperand: elements)
    vector("index", .text, .embeddings, .add, 1)
    vector("index", .text, .embeddings, .add, 1, smallerOperand: 1)
    vector("index", .text, .embeddings, .subtract, 1, smallerOperand: 1)
    vector("mask", .text, .embeddings, .fill, mask, count: 3)
    vector("mask", .text, .embeddings, .fill, tokens)
    vector("mask", .text, .embeddings, .add, tokens)
    vector("mask", .text, .embeddings, .subtract, mask)
  }

  /// One layer more than there are: the list of layers holds the first already when one is added.
  private mutating func layers(
    of tower: some TowerConfiguration, _ side: Operation.Tower, tokens: Int, quick: Bool
  ) {
    let count = tower.layers + 1, width = tower.width, heads = tower.heads
    let attention = heads * tower.headWidth, hidden = tower.mlpWidth.first ?? 0
    let elements = tokens * width, scores = heads * tokens * tokens, isText = side == .text
    vector("layer norm", side, .embeddings, .layerNorm, elements, rowLength: width, count: count)
    // The scale of the scores is fused into the queries, the residual into the output.
    product("query", side, .attention, rows: tokens, outputs: attention, reduced: width, extraCycles: 1, count: count)
    product("key, value", side, .attention, rows: tokens, outputs: attention, reduced: width, count: 2 * count)
    // Heads are folded into the rows, and what is summed up is read from the wrong axis.
    product("scores", side, .attention, rows: heads * tokens, outputs: tokens, reduced: tokens, count: count)
    product(
      "context", side, .attention, rows: heads * tokens, outputs: tower.headWidth, reduced: tower.headWidth,
      count: count)
    product(
      "attention output", side, .attention, rows: tokens, outputs: width, reduced: attention, extraCycles: 1,
      count: count)
    if isText { vector("mask", side, .attention, .add, scores, count: 2 * count) }
    vector("softmax", side, .attention, .softmax, scores, rowLength: tokens, count: count)
    vector("dropout", side, .attention, .dropout, scores, count: count)
    vector("shape", side, .attention, .multiply, 1, count: (isText ? 5 : 3) * count)
    guard hidden > 0 else { return }
    vector("layer norm", side, .attention, .layerNorm, elements, rowLength: width, count: count)
    product("up", side, .feedForward, rows: tokens, outputs: hidden, reduced: width, count: count)
    if quick {
      vector("scale", side, .feedForward, .multiply, tokens * hidden, count: count)
      vector("sigmoid", side, .feedForward, .sigmoid, tokens * hidden, count: count)
      vector(
        "gate", side, .feedForward, .multiply, tokens * hidden, smallerOperand: tokens * hidden, count: count)
    } else {
      vector("GELU", side, .feedForward, .gelu, tokens * hidden, count: count)
    }
    product("down", side, .feedForward, rows: tokens, outputs: width, reduced: hidden, count: count)
    vector("residual", side, .feedForward, .add, elements, smallerOperand: elements, count: count)
  }

  private mutating func tail(_ model: CLIPConfiguration) {
    let embedding = model.embedDimension, text = model.text, vision = model.vision
    vector(
      "final layer norm", .text, .feedForward, .layerNorm, text.tokens * text.width, rowLength: text.width)
    vector("final layer norm", .image, .feedForward, .layerNorm, vision.width, rowLength: vision.width)
    vector("index", .text, .feedForward, .fill, 1)
    product("projection", .text, .output, rows: 1, outputs: embedding, reduced: text.width)
    product("projection", .image, .output, rows: 1, outputs: embedding, reduced: vision.width)
    for tower in [Operation.Tower.image, .text] {
      vector("norm", tower, .output, .euclideanNorm, embedding)
      // The norm is spread over the features before it divides them.
      vector("normalize", tower, .output, .divide, embedding, smallerOperand: embedding)
    }
    product("similarity", .both, .output, rows: 1, outputs: 1, reduced: embedding)
    vector("logit scale", .both, .output, .power, 1)
    vector("logit scale", .both, .output, .multiply, 1)
  }
}

extension Operation.Work {
  fileprivate var isProduct: Bool { if case .matrixProduct = self { true } else { false } }
}
