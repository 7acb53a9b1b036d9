public import CLIPModelShapes

/// What stays of one tower. Numbers count in the dense model, from 0, and ascend.
public struct TowerPlan: Equatable, Sendable {
  /// Layers that stay.
  public var layers: [Int]
  /// Channels of the residual stream that stay.
  public var channels: [Int]
  /// For each layer that stays, its heads that stay.
  public var heads: [[Int]]
  /// For each layer that stays, the hidden units of its feed-forward layer that stay.
  public var units: [[Int]]

  /// A plan of its parts.
  public init(layers: [Int], channels: [Int], heads: [[Int]], units: [[Int]]) {
    self.layers = layers
    self.channels = channels
    self.heads = heads
    self.units = units
  }

  /// Everything stays.
  public init(keepingAllOf tower: some TowerConfiguration) {
    layers = Array(0..<tower.layers)
    channels = Array(0..<tower.width)
    heads = tower.headsPerLayer.map { Array(0..<$0) }
    units = tower.mlpWidth.map { Array(0..<$0) }
  }

  /// The tower's shape afterwards.
  func shape<Tower: TowerConfiguration>(of dense: Tower) -> Tower {
    var tower = dense
    tower.width = channels.count
    tower.headsPerLayer = heads.map(\.count)
    tower.mlpWidth = units.map(\.count)
    return tower
  }
}

/// What stays of a model.
public struct PruningPlan: Equatable, Sendable {
  /// The model before.
  public let dense: CLIPConfiguration
  /// What stays of the image tower.
  public var vision: TowerPlan
  /// What stays of the text tower.
  public var text: TowerPlan
  /// Dimensions of the embedding that stay.
  public var embedding: [Int]

  /// Everything stays.
  public init(keepingAllOf dense: CLIPConfiguration) {
    self.dense = dense
    vision = TowerPlan(keepingAllOf: dense.vision)
    text = TowerPlan(keepingAllOf: dense.text)
    embedding = Array(0..<dense.embedDimension)
  }

  /// The model's shape afterwards.
  public var configuration: CLIPConfiguration {
    var model = dense
    model.vision = vision.shape(of: dense.vision)
    model.text = text.shape(of: dense.text)
    model.embedDimension = embedding.count
    return model
  }

  /// Whether nothing is cut.
  public var keepsAll: Bool { self == PruningPlan(keepingAllOf: dense) }
}
