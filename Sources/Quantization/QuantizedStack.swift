internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPModels
internal import CLIPTensors

/// What both towers have in common in 8 bits: blocks, ending, projection.
struct QuantizedStack: Sendable {
  private var blocks: [QuantizedBlock]
  private var projection: QuantizedLinear?
  private let paths: [String]
  private let projectionPath: String

  init(_ tower: some TrainableTower, projection path: String, _ sites: inout SiteList) {
    let transformer = tower.transformer
    paths = transformer.chain.indices.map(transformer.path)
    projectionPath = path
    blocks = []
    for (block, path) in zip(transformer.chain, paths) { blocks.append(QuantizedBlock(block, at: path, &sites)) }
    projection = tower.projection.map {
      QuantizedLinear(
        tower.projectionBias == nil ? $0.transposed : $0, bias: tower.projectionBias, site: sites.add(path))
    }
  }

  mutating func equalize(_ channels: [[Float]]) {
    for index in blocks.indices { blocks[index].equalize(channels) }
    if let site = projection?.site { projection?.equalize(largest: channels[site]) }
  }

  /// Makes ready for passes.
  mutating func prepare(_ ranges: [Float]) {
    for index in blocks.indices { blocks[index].prepare(ranges) }
    projection?.prepare(ranges)
  }

  var layers: [(name: String, layer: QuantizedLinear)] {
    zip(blocks, paths).flatMap { $0.layers(at: $1) } + (projection.map { [(projectionPath, $0)] } ?? [])
  }

  /// Features `[sequences, embed]`, not normalized, of a stream before the first block.
  /// - Parameter positions: the token that is read of each sequence
  func read(
    _ x: MatrixView, _ tower: some TrainableTower, positions: [Int], into features: MatrixView, _ context: PassContext
  ) {
    let transformer = tower.transformer, sequences = positions.count
    var stream = x
    for (number, block) in blocks.enumerated() {
      let extent = transformer.extent(
        number, sequences: sequences, tokens: x.rows / max(1, sequences), positions: positions)
      block.block.run(&stream, in: QuantizedArithmetic(block: block, extent: extent, context: context))
    }
    let pooled = tower.pooled(stream, sequences: sequences, context.workspace)
    guard let projection else {
      features.set(pooled)
      return
    }
    projection.apply(pooled, into: features, context)
  }
}
