internal import CLIPModels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// The image encoder in 8-bit arithmetic; the same steps as ``VisionTower``.
package struct QuantizedVisionTower: Sendable {
  private let tower: VisionTower
  private let patches: QuantizedLinear
  private var blocks: [QuantizedBlock]
  private var projection: QuantizedLinear
  /// `[1, width]` and `[tokens, width]`, rounded to 8 bits a row
  private let classEmbedding: Tensor
  private let positions: Tensor

  init(_ tower: VisionTower, _ sites: inout SiteList) {
    self.tower = tower
    let width = tower.configuration.width
    patches = QuantizedLinear(
      tower.patchWeight.reshaped(to: [width, tower.patchWeight.shape.count / width]), bias: nil,
      site: sites.add("visual.conv1"))
    var blocks: [QuantizedBlock] = []
    for (layer, block) in tower.transformer.blocks.enumerated() {
      blocks.append(QuantizedBlock(block, at: "visual.transformer.resblocks.\(layer)", &sites))
    }
    self.blocks = blocks
    projection = QuantizedLinear(tower.projection.transposed, bias: nil, site: sites.add("visual.proj"))
    classEmbedding = tower.classEmbedding.reshaped(to: [1, width]).roundedRows
    positions = tower.positionalEmbedding.roundedRows
  }

  var configuration: VisionConfiguration { tower.configuration }
  var embedDimension: Int { projection.scales.count }

  /// Pixels stay as they are: nothing before them could scale them.
  mutating func equalize(_ channels: [[Float]]) {
    for index in blocks.indices { blocks[index].equalize(channels) }
    projection.equalize(largest: channels[projection.site])
  }

  var layers: [(name: String, layer: QuantizedLinear)] {
    [("visual.conv1.weight", patches)]
      + blocks.enumerated().flatMap { $1.layers(at: "visual.transformer.resblocks.\($0)") }
      + [("visual.proj", projection)]
  }

  /// Some pictures' features `[group, embed]`, not normalized.
  func encode(
    _ images: Tensor, _ group: Range<Int>, into features: MatrixView, _ ranges: [Float], _ context: PassContext
  ) {
    let shape = tower.configuration, width = shape.width, tokens = shape.tokens, size = shape.imageSize
    let count = group.count
    let x = context.matrix(.residual, rows: count * tokens, columns: width)
    let pixels = context.matrix(.patches, rows: shape.patches, columns: 3 * shape.patchSize * shape.patchSize)
    withExtendedLifetime((images, classEmbedding, positions)) {
      for (sequence, image) in group.enumerated() {
        let rows = x.rows(sequence * tokens..<(sequence + 1) * tokens)
        PatchOperator.forward(images.pointer + image * 3 * size * size, size: size, side: shape.patchSize, into: pixels)
        patches.apply(pixels, into: rows.rows(1..<tokens), ranges, context)
        rows.start.update(from: classEmbedding.pointer, count: width)
        RowOperator.add(positions.pointer, to: rows.start, count: tokens * width)
      }
    }
    tower.preNorm?.apply(x, into: x, lanes: .single)
    let wantsClassToken = shape.poolType == .tok
    var stream = x
    for (layer, block) in blocks.enumerated() {
      let isLast = wantsClassToken && layer == blocks.count - 1
      stream = block.apply(
        stream, sequences: count, isCausal: false, positions: isLast ? Array(repeating: 0, count: count) : nil, ranges,
        context)
    }
    var pooled = stream
    if wantsClassToken {
      tower.postNorm.apply(pooled, into: pooled, lanes: .single)
    } else {
      if !shape.finalLayerNormAfterPool { tower.postNorm.apply(stream, into: stream, lanes: .single) }
      pooled = context.matrix(.pooled, rows: count, columns: width)
      for sequence in 0..<count {
        RowOperator.mean(
          stream.rows(sequence * tokens + 1..<(sequence + 1) * tokens), into: pooled.start + sequence * width)
      }
      if shape.finalLayerNormAfterPool { tower.postNorm.apply(pooled, into: pooled, lanes: .single) }
    }
    projection.apply(pooled, into: features, ranges, context)
  }
}
