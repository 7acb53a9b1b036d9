internal import CLIPModels
internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors

/// The text encoder in 8-bit arithmetic; the same steps as ``TextTower``.
package struct QuantizedTextTower: Sendable {
  let tower: TextTower
  private var stack: QuantizedStack
  /// `[vocabulary, width]` and `[contextLength, width]`, rounded to 8 bits a row
  private let table: Tensor
  private let positionTable: Tensor

  init(_ tower: TextTower, _ sites: inout SiteList) {
    self.tower = tower
    stack = QuantizedStack(tower, projection: "text_projection", &sites)
    table = tower.tokenEmbedding.roundedRows
    positionTable = tower.positionalEmbedding.roundedRows
  }

  mutating func equalize(_ channels: [[Float]]) { stack.equalize(channels) }

  var layers: [(name: String, layer: QuantizedLinear)] { stack.layers }

  /// Some texts' features `[group, embed]`, not normalized.
  /// - Parameters:
  ///   - ids: `[batch, contextLength]`, row by row
  ///   - positions: the token that is read of each text of the batch
  func encode(
    _ ids: [Int32], _ group: Range<Int>, positions: [Int], into features: MatrixView, _ ranges: [Float],
    _ context: PassContext
  ) {
    let shape = tower.configuration, width = shape.width, length = shape.contextLength
    let tokens = shape.isCausal ? (positions[group].max() ?? 0) + 1 : length
    let x = context.matrix(.residual, rows: group.count * tokens, columns: width)
    for (sequence, text) in group.enumerated() {
      TokenEmbeddingOperator.forward(
        ids[text * length..<text * length + tokens], table: table, positions: positionTable,
        into: x.rows(sequence * tokens..<(sequence + 1) * tokens))
    }
    stack.read(x, tower, positions: Array(positions[group]), into: features, ranges, context)
  }
}
