import CLIPFiles
public import CLIPModelShapes

/// The sizes a user asks for; nil leaves an axis as it is.
public struct ShapeRequest: Equatable, Sendable {
  /// The sizes of one tower.
  public struct Tower: Equatable, Sendable {
    /// How many layers stay.
    public var layers: Int?
    /// Channels of the residual stream.
    public var width: Int?
    /// Heads: one number for all layers, or one for each layer that stays.
    public var heads: [Int]?
    /// Hidden units of the feed-forward layers, likewise; 0 leaves a block without one.
    public var mlp: [Int]?

    /// Everything as it is.
    public init() {}

    var isEmpty: Bool { layers == nil && width == nil && heads == nil && mlp == nil }
  }

  /// Rows and columns of a picture. The model that is cut must have been made for them before
  /// (`LoadedModel.resized(imageSize:patchSize:)`).
  public var imageSize: Int?
  /// Rows and columns of a patch, likewise.
  public var patchSize: Int?
  /// The image tower's sizes.
  public var vision = Tower()
  /// The text tower's sizes.
  public var text = Tower()
  /// Dimensions of the embedding that both towers share.
  public var embedDimension: Int?

  /// Everything as it is.
  public init() {}

  /// Whether nothing is asked for.
  public var isEmpty: Bool {
    vision.isEmpty && text.isEmpty && embedDimension == nil && imageSize == nil && patchSize == nil
  }

  /// The shape asked for.
  /// - Throws: ``InputError`` naming the flag and its range when a model cannot be cut to it.
  public func shape(of dense: CLIPConfiguration) throws -> CLIPConfiguration {
    var model = dense
    model.vision = try Self.tower(vision, dense.vision, "vision")
    if let patchSize {
      // A model of finer patches is a larger one.
      try Self.check(patchSize, dense.vision.patchSize...dense.vision.imageSize, "--patch-size")
      model.vision.patchSize = patchSize
    }
    if let imageSize {
      try Self.check(
        imageSize, model.vision.patchSize...max(dense.vision.imageSize, model.vision.patchSize), "--image-size")
      model.vision.imageSize = imageSize
    }
    guard model.vision.patchSize <= model.vision.imageSize else {
      throw InputError(
        "a patch of \(model.vision.patchSize) pixels is larger than the image of \(model.vision.imageSize)")
    }
    model.text = try Self.tower(text, dense.text, "text")
    if let embedDimension {
      try Self.check(embedDimension, 1...dense.embedDimension, "--embed-dim")
      model.embedDimension = embedDimension
    }
    if dense.text.projType == .none,
      model.embedDimension != dense.embedDimension || model.text.width != dense.text.width
    {
      throw InputError(
        "the text tower ends without a projection, so its width is the embedding's: neither can be cut",
        advice: "leave out --text-width and --embed-dim")
    }
    if dense.vision.projType == .none,
      model.embedDimension != dense.embedDimension || model.vision.width != dense.vision.width
    {
      throw InputError(
        "the image tower ends without a projection, so its width is the embedding's: neither can be cut",
        advice: "leave out --vision-width and --embed-dim")
    }
    return model
  }

  private static func tower<Tower: TowerConfiguration>(
    _ request: Self.Tower, _ dense: Tower, _ name: String
  ) throws -> Tower {
    var tower = dense
    let layers = request.layers ?? dense.layers
    try check(layers, 1...dense.layers, "--\(name)-layers")
    if let width = request.width {
      try check(width, 1...dense.width, "--\(name)-width")
      tower.width = width
    }
    tower.headsPerLayer = try list(request.heads, dense.headsPerLayer, layers, from: 1, "--\(name)-heads")
    tower.mlpWidth = try list(request.mlp, dense.mlpWidth, layers, from: 0, "--\(name)-mlp")
    return tower
  }

  private static func list(
    _ wanted: [Int]?, _ dense: [Int], _ layers: Int, from least: Int, _ flag: String
  ) throws -> [Int] {
    // A layer that has less keeps what it has.
    guard let wanted else {
      return Array(repeating: dense.max() ?? 1, count: layers).enumerated().map {
        layers == dense.count ? dense[$0.offset] : $0.element
      }
    }
    guard wanted.count == 1 || wanted.count == layers else {
      throw InputError(
        "\(flag) takes one number, or one for each of the \(layers) layers that stay; found \(wanted.count)")
    }
    // Which layers stay is not known yet, so what every one of them can give is the limit.
    let limit = layers == dense.count ? nil : dense.min()
    return try (0..<layers).map { layer in
      let number = wanted.count == 1 ? wanted[0] : wanted[layer]
      try check(number, least...max(limit ?? dense[layer], 1), flag)
      return number
    }
  }

  private static func check(_ value: Int, _ range: ClosedRange<Int>, _ flag: String) throws {
    guard range.contains(value) else {
      throw InputError("\(flag) must be from \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
  }
}
