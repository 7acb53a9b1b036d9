import CLIPModelShapes

/// How much each part of a tower matters; larger matters more. Only the order within one list counts.
public struct TowerImportance: Equatable, Sendable {
  /// For each layer of the dense tower.
  public var layers: [Double]
  /// For each channel of the residual stream.
  public var channels: [Double]
  /// For each layer, its heads.
  public var heads: [[Double]]
  /// For each layer, its feed-forward layer's hidden units.
  public var units: [[Double]]

  /// Scores of their parts.
  public init(layers: [Double], channels: [Double], heads: [[Double]], units: [[Double]]) {
    self.layers = layers
    self.channels = channels
    self.heads = heads
    self.units = units
  }

  /// Zero for everything.
  init(zerosFor tower: some TowerConfiguration) {
    layers = [Double](repeating: 0, count: tower.layers)
    channels = [Double](repeating: 0, count: tower.width)
    heads = tower.headsPerLayer.map { [Double](repeating: 0, count: $0) }
    units = tower.mlpWidth.map { [Double](repeating: 0, count: $0) }
  }

  /// All scores in one list.
  var numbers: [Double] { layers + channels + heads.flatMap { $0 } + units.flatMap { $0 } }

  /// Takes other scores of the same parts, in the order of ``numbers``, off a list.
  mutating func take(from rest: inout ArraySlice<Double>) {
    func next(_ count: Int) -> [Double] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    layers = next(layers.count)
    channels = next(channels.count)
    heads = heads.map { next($0.count) }
    units = units.map { next($0.count) }
  }

  /// Whether every score is a number.
  var isFinite: Bool { numbers.allSatisfy(\.isFinite) }

  /// Whether there is a score for every part of a tower.
  func fits(_ tower: some TowerConfiguration) -> Bool {
    layers.count == tower.layers && channels.count == tower.width && heads.map(\.count) == tower.headsPerLayer
      && units.map(\.count) == tower.mlpWidth
  }
}

/// How much each part of a model matters.
public struct Importance: Equatable, Sendable {
  /// Of the image tower's parts.
  public var vision: TowerImportance
  /// Of the text tower's parts.
  public var text: TowerImportance
  /// For each dimension of the embedding.
  public var embedding: [Double]

  /// Scores of their parts.
  public init(vision: TowerImportance, text: TowerImportance, embedding: [Double]) {
    self.vision = vision
    self.text = text
    self.embedding = embedding
  }

  /// Zero for everything.
  init(zerosFor model: CLIPConfiguration) {
    self.init(
      vision: TowerImportance(zerosFor: model.vision), text: TowerImportance(zerosFor: model.text),
      embedding: [Double](repeating: 0, count: model.embedDimension))
  }

  /// All scores in one list, to be told to other ranks.
  var numbers: [Double] { vision.numbers + text.numbers + embedding }

  /// Other scores of the same parts, in the order of ``numbers``.
  func replacing(_ numbers: [Double]) -> Importance {
    var rest = numbers[...], copy = self
    copy.vision.take(from: &rest)
    copy.text.take(from: &rest)
    copy.embedding = Array(rest)
    return copy
  }

  /// Whether there is a score for every part of a model.
  func fits(_ model: CLIPConfiguration) -> Bool {
    vision.fits(model.vision) && text.fits(model.text) && embedding.count == model.embedDimension
  }
}

extension [Double] {
  /// The numbers of the `count` largest, ascending; among equal ones the first.
  func largest(_ count: Int) -> [Int] {
    indices.sorted { (-self[$0], $0) < (-self[$1], $1) }.prefix(count).sorted()
  }
}
