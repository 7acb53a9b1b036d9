internal import CLIPModels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// The text encoder in 8-bit arithmetic; the same steps as ``TextTower``.
package struct QuantizedTextTower: Sendable {
  /// Its embeddings rounded to 8 bits a row.
  private(set) var tower: TextTower
  private var stack: QuantizedStack

  init(_ tower: TextTower, _ sites: inout SiteList, _ arithmetic: Arithmetic = .int8) {
    self.tower = tower
    stack = QuantizedStack(tower, projection: "text_projection", &sites, arithmetic)
    self.tower.tokenEmbedding = tower.tokenEmbedding.roundedRows
    self.tower.positionalEmbedding = tower.positionalEmbedding.roundedRows
  }

  mutating func equalize(_ channels: [[Float]]) { stack.equalize(channels) }

  /// Makes ready for passes.
  mutating func prepare(_ ranges: [Float], _ arithmetic: Arithmetic) { stack.prepare(ranges, arithmetic) }

  /// Rounds the weights anew; see ``QuantizedLinear/round(_:inputs:on:)``.
  mutating func round(_ format: WeightGrid.Format, _ samples: InputSamples?, on pool: ThreadPool) {
    stack.round(format, samples, on: pool)
  }

  var layers: [(name: String, layer: QuantizedLinear)] { stack.layers }

  /// Some texts' features `[group, embed]`, not normalized.
  func encode(
    _ input: TextBatch, _ group: Range<Int>, tokens: Int, into features: MatrixView, _ context: PassContext
  ) {
    let x = context.matrix(.residual, rows: group.count * tokens, columns: tower.transformer.width)
    tower.begin(input, group, tokens: tokens, into: x, context.workspace)
    stack.units.settle(x, context)
    stack.read(x, tower, positions: Array(input.positions[group]), into: features, context)
  }
}
