internal import CLIPModels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// The text encoder in 8-bit arithmetic; the same steps as ``TextTower``.
package struct QuantizedTextTower: Sendable {
  let tower: TextTower
  private var blocks: [QuantizedBlock]
  private var projection: QuantizedLinear?
  /// `[vocabulary, width]` and `[contextLength, width]`, rounded to 8 bits a row
  private let table: Tensor
  private let positionTable: Tensor

  init(_ tower: TextTower, _ sites: inout SiteList) {
    self.tower = tower
    var blocks: [QuantizedBlock] = []
    for (layer, block) in tower.transformer.blocks.enumerated() {
      blocks.append(QuantizedBlock(block, at: "transformer.resblocks.\(layer)", &sites))
    }
    self.blocks = blocks
    if let weight = tower.projection {
      let hasBias = tower.projectionBias != nil
      projection = QuantizedLinear(
        hasBias ? weight : weight.transposed, bias: tower.projectionBias, site: sites.add("text_projection"))
    } else {
      projection = nil
    }
    table = tower.tokenEmbedding.roundedRows
    positionTable = tower.positionalEmbedding.roundedRows
  }

  mutating func equalize(_ channels: [[Float]]) {
    for index in blocks.indices { blocks[index].equalize(channels) }
    if let site = projection?.site { projection?.equalize(largest: channels[site]) }
  }

  var layers: [(name: String, layer: QuantizedLinear)] {
    blocks.enumerated().flatMap { $1.layers(at: "transformer.resblocks.\($0)") }
      + (projection.map { [("text_projection", $0)] } ?? [])
  }

  /// Some texts' features `[group, embed]`, not normalized.
  /// - Parameters:
  ///   - ids: `[batch, contextLength]`, row by row
  ///   - positions: the token that is read of each text of the batch
  func encode(
    _ ids: [Int32], _ group: Range<Int>, positions: [Int], into features: MatrixView, _ ranges: [Float],
    _ context: PassContext
  ) {
    let shape = tower.configuration, width = shape.width, length = shape.contextLength, isCausal = !shape.noCausalMask
    let tokens = isCausal ? (positions[group].max() ?? 0) + 1 : length
    var x = context.matrix(.residual, rows: group.count * tokens, columns: width)
    withExtendedLifetime((table, positionTable)) {
      for (sequence, text) in group.enumerated() {
        TokenEmbeddingOperator.forward(
          ids[text * length..<text * length + tokens],
          table: MatrixView(table.pointer, rows: shape.vocabularySize, columns: width),
          positions: MatrixView(positionTable.pointer, rows: length, columns: width),
          into: x.rows(sequence * tokens..<(sequence + 1) * tokens))
      }
    }
    let wanted = Array(positions[group])
    for (layer, block) in blocks.enumerated() {
      x = block.apply(
        x, sequences: group.count, isCausal: isCausal, positions: layer == blocks.count - 1 ? wanted : nil, ranges,
        context)
    }
    tower.finalNorm.apply(x, into: x, lanes: .single)
    guard let projection else {
      features.start.update(from: x.start, count: x.rows * x.columns)
      return
    }
    projection.apply(x, into: features, ranges, context)
  }
}
