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
  /// What stands between products.
  private(set) var units: IntegerUnits

  init(
    _ tower: some TrainableTower, projection path: String, _ sites: inout SiteList, _ arithmetic: Arithmetic = .int8
  ) {
    let transformer = tower.transformer
    paths = transformer.chain.indices.map(transformer.path)
    projectionPath = path
    units = IntegerUnits(arithmetic, at: path, &sites)
    blocks = []
    for (block, path) in zip(transformer.chain, paths) {
      blocks.append(QuantizedBlock(block, at: path, &sites, arithmetic))
    }
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
  mutating func prepare(_ ranges: [Float], _ arithmetic: Arithmetic) {
    units.prepare(ranges)
    for index in blocks.indices { blocks[index].prepare(ranges, arithmetic) }
    projection?.prepare(ranges, arithmetic)
  }

  /// Rounds the weights anew; see ``QuantizedLinear/round(_:inputs:on:)``.
  mutating func round(_ format: WeightGrid.Format, _ samples: InputSamples?, on pool: ThreadPool) {
    for index in blocks.indices { blocks[index].round(format, samples, on: pool) }
    if let site = projection?.site { projection?.round(format, inputs: samples?.rows(of: site), on: pool) }
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
      block.block.run(&stream, in: QuantizedArithmetic(block: block, extent: extent, units: units, context: context))
    }
    let pooled = pooled(stream, tower, sequences: sequences, context)
    guard let projection else {
      features.set(pooled)
      return
    }
    projection.apply(pooled, into: features, context)
  }

  /// The rows that the projection reads.
  private func pooled(
    _ stream: MatrixView, _ tower: some TrainableTower, sequences: Int, _ context: PassContext
  ) -> MatrixView {
    guard units.steps.contains(.norms), context.observer == nil else {
      return tower.pooled(stream, sequences: sequences, context.workspace)
    }
    var rows = stream
    for step in tower.configuration.ending.steps {
      switch step {
      case .norm:
        let normalized = context.matrix(
          rows.rows == sequences ? .pooled : .normalized, rows: rows.rows, columns: rows.columns)
        units.normalize(rows, tower.lastNorm, into: normalized, context)
        rows = normalized
      case .mean:
        let means = context.matrix(.branch, rows: sequences, columns: rows.columns), tokens = rows.rows / sequences
        for sequence in 0..<sequences {
          RowOperator.mean(
            rows.rows(sequence * tokens + tower.prefix..<(sequence + 1) * tokens),
            into: means.start + sequence * rows.columns)
        }
        rows = means
      }
    }
    return rows
  }
}
