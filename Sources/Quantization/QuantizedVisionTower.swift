internal import CLIPModels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// The image encoder in 8-bit arithmetic; the same steps as ``VisionTower``.
package struct QuantizedVisionTower: Sendable {
  private let tower: VisionTower
  private var patches: QuantizedLinear
  private var stack: QuantizedStack
  /// `[1, width]`, where there is one, and `[tokens, width]`, rounded to 8 bits a row
  private let classEmbedding: Tensor?
  private let positions: Tensor

  init(_ tower: VisionTower, _ sites: inout SiteList, _ arithmetic: Arithmetic = .int8) {
    self.tower = tower
    let width = tower.configuration.width
    patches = QuantizedLinear(
      tower.patchWeight.reshaped(to: [width, tower.patchWeight.shape.count / width]), bias: tower.patchBias,
      site: sites.add("visual.conv1"))
    stack = QuantizedStack(tower, projection: "visual.proj", &sites, arithmetic)
    classEmbedding = tower.classEmbedding?.reshaped(to: [1, width]).roundedRows
    positions = tower.positionalEmbedding.roundedRows
  }

  var configuration: VisionConfiguration { tower.configuration }
  var embedDimension: Int { tower.embedDimension }

  /// Pixels stay as they are: nothing before them could scale them.
  mutating func equalize(_ channels: [[Float]]) { stack.equalize(channels) }

  /// Makes ready for passes.
  mutating func prepare(_ ranges: [Float], _ arithmetic: Arithmetic) {
    patches.prepare(ranges, arithmetic)
    stack.prepare(ranges, arithmetic)
  }

  /// Rounds the weights anew; see ``QuantizedLinear/round(_:inputs:on:)``.
  mutating func round(_ format: WeightGrid.Format, _ samples: InputSamples?, on pool: ThreadPool) {
    patches.round(format, inputs: samples?.rows(of: patches.site), on: pool)
    stack.round(format, samples, on: pool)
  }

  var layers: [(name: String, layer: QuantizedLinear)] { [("visual.conv1.weight", patches)] + stack.layers }

  /// Some pictures' features `[group, embed]`, not normalized.
  func encode(
    _ images: Tensor, _ group: Range<Int>, into features: MatrixView, _ context: PassContext
  ) {
    let shape = tower.configuration, width = shape.width, tokens = shape.tokens, count = group.count
    let x = context.matrix(.residual, rows: count * tokens, columns: width)
    let pixels = context.matrix(.patches, rows: shape.patches, columns: 3 * shape.patchSize * shape.patchSize)
    for (sequence, image) in group.enumerated() {
      let rows = x.rows(sequence * tokens..<(sequence + 1) * tokens)
      PatchOperator.forward(
        images.reading.rows(image..<image + 1), size: shape.imageSize, side: shape.patchSize, into: pixels)
      patches.apply(pixels, into: rows.rows(shape.prefix..<tokens), context)
      if let classEmbedding { rows.rows(0..<1).set(classEmbedding) }
      RowOperator.add(positions, to: rows)
    }
    stack.units.settle(x, context)
    if let norm = tower.preNorm {
      stack.units.normalize(x, norm, into: x, context)
      stack.units.settle(x, context)
    }
    stack.read(x, tower, positions: [Int](repeating: 0, count: count), into: features, context)
  }
}
