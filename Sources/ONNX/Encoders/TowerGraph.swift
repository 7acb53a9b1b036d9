import CLIPLayers
import CLIPModelShapes
import CLIPModels
import CLIPTensors

/// What both towers have in common: blocks, ending, projection.
struct TowerGraph<Arithmetic: EncoderArithmetic, Tower: TrainableTower> {
  let tower: Tower
  let arithmetic: Arithmetic
  /// Where the last norm and the projection lie, and what comes before names of values.
  let lastNormPath: String, projectionPath: String, prefix: String
  /// Whether sequences have as many tokens as are given; else as many as the tower was made for.
  var takesAnyLength = false

  /// Adds everything from the stream before the first block to features of unit length.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, width]`
  ///   - reading: the token that is read of each sequence, where one is
  ///   - mask: `[tokens, tokens]`, or nil where every token sees every other
  ///   - name: of the result, `[batch, embed]`
  func add(
    _ x: GraphValue, reading: TokenReading, mask: GraphValue?, named name: String, in graph: inout GraphBuilder
  ) {
    let transformer = tower.transformer, growing = GrowingGraph(graph)
    let tokens: TokenCount = takesAnyLength ? .any : .fixed(tower.configuration.tokens)
    var stream: GraphValue? = x
    for (number, block) in transformer.chain.enumerated() {
      let readsToken = number < transformer.blocks.count && transformer.isPooled(number)
      block.run(
        &stream,
        in: BlockGraph(
          block: block, path: transformer.path(number), tokens: tokens, mask: mask,
          reading: readsToken ? reading : nil, arithmetic: arithmetic, growing: growing))
    }
    graph = growing.graph
    guard var rows = stream else { preconditionFailure("a tower that ends in nothing") }
    let steps = tower.configuration.ending.steps, place = tower.projection == nil ? nil : projectionPath
    for (index, step) in steps.enumerated() {
      switch step {
      case .norm:
        rows = arithmetic.norm(
          rows, tower.lastNorm, at: lastNormPath, before: index == steps.count - 1 ? place : nil, in: &graph)
      case .mean: rows = mean(rows, in: &graph)
      }
    }
    if let projection = tower.projection {
      rows = arithmetic.input(
        rows, at: projectionPath, isNormalized: steps.last == .norm, named: "\(projectionPath)_input", in: &graph)
      let layer =
        tower.projectionBias == nil
        ? LinearPart(projection: projectionPath, named: "\(prefix)features", projection)
        : LinearPart(
          at: projectionPath, named: "\(prefix)features", parameter: projectionPath, projection, tower.projectionBias)
      rows = arithmetic.linear(rows, layer, in: &graph)
    }
    graph.finish(rows, width: tower.embedDimension, named: name, prefix: prefix)
  }

  /// The mean over all tokens but a class token, `[batch, 1, width]`.
  private func mean(_ x: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    let tokens = tower.configuration.tokens
    let patches = graph.add(
      .slice, [x, graph.integers([tower.prefix]), graph.integers([tokens]), graph.integers([1])],
      named: "visual.encoded_patches")
    return graph.add(
      .reduceMean, [patches], [.list("axes", [1]), .whole("keepdims", 1)], named: "visual.mean")
  }
}

extension GraphBuilder {
  /// A tower's result, `[batch, width]` of `[batch, 1, width]`: each row over its length, or over 1e-12 where it is
  /// shorter; see ``NormalizeOperator``.
  mutating func finish(_ x: GraphValue, width: Int, named name: String, prefix: String) {
    let rows = reshape(x, [-1, width], named: "\(prefix)unscaled_features")
    let length = add(.reduceL2, [rows], [.list("axes", [-1]), .whole("keepdims", 1)], named: "\(prefix)length")
    let divisor = add(.max, [length, number(1e-12)], named: "\(prefix)divisor")
    _ = add(.div, [rows, divisor], named: name)
  }
}
