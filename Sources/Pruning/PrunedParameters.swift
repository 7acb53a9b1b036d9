public import CLIPLayers
import CLIPModelShapes
public import CLIPTensors

/// The parameters of a pruned model, cut out of the dense model's as a plan says and nothing else.
public struct PrunedParameters<Dense: ParameterSource>: ParameterSource {
  private let dense: Dense
  private let plan: PruningPlan
  private let denseShapes: [String: Shape]

  /// - Parameter dense: the parameters of the plan's dense model
  public init(_ dense: Dense, _ plan: PruningPlan) {
    self.dense = dense
    self.plan = plan
    denseShapes = Dictionary(
      ParameterList(plan.dense).parameters.map { ($0.name, Shape($0.shape)) }, uniquingKeysWith: { first, _ in first })
  }

  /// The parameter `name` of the pruned model, in its shape there.
  /// - Throws: what the dense source throws; ``ShapeError`` for a name or shape that the pruned model has not.
  public func parameter(_ name: String, _ shape: Shape) throws -> Tensor {
    let slice = slice(of: name)
    guard let denseShape = denseShapes[slice.name] else {
      throw ShapeError("parameter \(name)", expected: "one of the model's parameters", found: shape)
    }
    var expected = denseShape.extents
    if let rows = slice.rows { expected[0] = rows.count }
    if let columns = slice.columns { expected[1] = columns.count }
    guard Shape(expected) == shape else {
      throw ShapeError("parameter \(name)", expected: "\(Shape(expected))", found: shape)
    }
    return slice(try dense.parameter(slice.name, denseShape), shape)
  }

  private func slice(of name: String) -> Slice {
    let embedding = plan.embedding
    if let slice = block(name, "visual.transformer.resblocks", plan.vision, plan.dense.vision) { return slice }
    if let slice = block(name, "transformer.resblocks", plan.text, plan.dense.text) { return slice }
    if let slice = pool(name) { return slice }
    return WidthPruning.visionSlice(name, channels: plan.vision.channels, embedding: embedding)
      ?? WidthPruning.textSlice(name, channels: plan.text.channels, embedding: embedding) ?? Slice(name)
  }

  /// Of the attention that pools channels go, and nothing else.
  private func pool(_ name: String) -> Slice? {
    let path = VisionConfiguration.poolPath + ".", channels = plan.vision.channels
    guard name.hasPrefix(path), let sizes = plan.dense.vision.attentionPool else { return nil }
    let parameter = String(name.dropFirst(path.count))
    return HeadPruning.slice(
      name, of: parameter, heads: Array(0..<sizes.heads), count: sizes.heads,
      width: sizes.headWidth ?? plan.dense.vision.headWidth, channels: channels)
      ?? FeedForwardPruning.slice(name, of: parameter, units: Array(0..<sizes.hidden), channels: channels)
      ?? WidthPruning.blockSlice(name, of: parameter, channels: channels)
  }

  private func block(_ name: String, _ path: String, _ tower: TowerPlan, _ dense: some TowerConfiguration) -> Slice? {
    guard let place = DepthPruning.place(name, in: path), tower.layers.indices.contains(place.layer) else { return nil }
    let source = DepthPruning.denseName(place, in: path, kept: tower.layers), channels = tower.channels
    return HeadPruning.slice(
      source, of: place.parameter, heads: tower.heads[place.layer],
      count: dense.headsPerLayer[tower.layers[place.layer]], width: dense.headWidth, channels: channels)
      ?? FeedForwardPruning.slice(source, of: place.parameter, units: tower.units[place.layer], channels: channels)
      ?? WidthPruning.blockSlice(source, of: place.parameter, channels: channels)
  }
}
