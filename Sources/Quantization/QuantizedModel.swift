public import CLIPModels
public import CLIPCompute
internal import CLIPFiles
public import CLIPModelShapes
public import CLIPTensors

/// A CLIP model as an accelerator with 8-bit arithmetic computes it, to the bit: in integers where the processor has
/// instructions for them, else in floats that hold the same whole numbers.
///
/// Weights: symmetric, a scale for each output. Activations: symmetric, a range for each place, fixed by calibration. Sums:
/// 32-bit integers. Layer norms, softmax, activation functions and the residual stream: floats. `docs/quantization.md` has
/// the reasons and what it costs.
public struct QuantizedModel: FeatureEncoder {
  /// The shape of the model that was rounded.
  public let configuration: CLIPConfiguration
  private let vision: QuantizedVisionTower
  private let text: QuantizedTextTower
  /// What one step is worth, by site.
  let ranges: [Float]
  let sites: SiteList

  /// Whether 8-bit products are summed up in floats, which hold their whole numbers exactly, also where the processor has
  /// instructions for integers. The bits are the same; integers take a fraction of the time.
  public var simulates = false

  /// Fewer pairs say too little about ranges.
  public static let fewestPairs = 8

  /// Rounds a model's weights, and looks at its activations on some pairs of training data.
  ///
  /// - Parameters:
  ///   - images: preprocessed pictures `[pairs, 3, imageSize, imageSize]`
  ///   - ids: token ids `[pairs, contextLength]`, row by row
  ///   - clipping: how ranges are chosen
  /// - Throws: `InputError` for too few pairs, and where an activation is not a number or infinite.
  public init(
    _ model: CLIPModel, images: Tensor, ids: [Int32], clipping: Clipping = .leastSquares, on pool: ThreadPool
  ) throws {
    guard images.shape.rank == 4, images.shape[0] >= Self.fewestPairs,
      ids.count == images.shape[0] * model.configuration.text.contextLength
    else {
      throw InputError(
        "int8 needs at least \(Self.fewestPairs) image-text pairs to find ranges, found \(images.shape.rank == 4 ? images.shape[0] : 0)"
      )
    }
    configuration = model.configuration
    var sites = SiteList()
    var vision = QuantizedVisionTower(model.vision, &sites), text = QuantizedTextTower(model.text, &sites)
    let count = sites.names.count
    let channels = try Calibration(vision: vision, text: text, images: images, ids: ids)
      .observe(on: pool) { RangeObserver(sites: count) }.channels
    if let site = channels.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw InputError(
        "cannot be computed in int8: the inputs of \(sites.names[site]) are not finite",
        advice: "the checkpoint's weights are damaged")
    }
    vision.equalize(channels)
    text.equalize(channels)
    let equalizers = Dictionary(
      (vision.layers + text.layers).map { ($0.layer.site, $0.layer.equalizer) }, uniquingKeysWith: { first, _ in first }
    )
    let largest = channels.enumerated().map { site, channels in
      guard let equalizer = equalizers[site], equalizer.count == channels.count else { return channels.max() ?? 0 }
      return zip(channels, equalizer).reduce(Float(0)) { max($0, $1.0 / $1.1) }
    }
    let seen = try Calibration(vision: vision, text: text, images: images, ids: ids)
      .observe(on: pool) { RangeObserver(largest: largest) }
    ranges = zip(largest, seen.histograms).map { most, histogram in
      // A place where nothing but zeros passed needs some range.
      most > 1e-30 ? clipping.end(largest: most, histogram: histogram) / Int8Grid.most : 1
    }
    self.vision = vision
    self.text = text
    self.sites = sites
  }

  /// Unit-length features `[batch, embed]` of preprocessed pictures `[batch, 3, imageSize, imageSize]`.
  /// - Throws: `ShapeError` for pictures of another shape.
  public func imageFeatures(_ images: Tensor, on pool: ThreadPool) throws -> Tensor {
    try vision.features(images, ranges, on: pool) { [simulates] in PassContext(simulates: simulates) }.normalizedRows()
  }

  /// Unit-length features `[batch, embed]` of token ids `[batch, contextLength]`, row by row.
  /// - Throws: `ShapeError` for ids that do not fill rows, `TokenRangeError` for one outside the vocabulary.
  public func textFeatures(_ ids: [Int32], on pool: ThreadPool) throws -> Tensor {
    try text.features(ids, ranges, group: nil, on: pool) { [simulates] in PassContext(simulates: simulates) }
      .normalizedRows()
  }

  /// What a step of each place's activations is worth, by the place's name.
  public var activationScales: [(name: String, scale: Float)] {
    zip(sites.names, ranges).map { ($0, $1) }
  }

  /// What a step of each output's weights is worth, and what each input is divided by before it is rounded (empty for
  /// ones), by the weight's name.
  public var weightScales: [(name: String, scales: [Float], equalizer: [Float])] {
    layers.map { ($0.name, $0.layer.scales, $0.layer.equalizer) }
  }

  var layers: [(name: String, layer: QuantizedLinear)] { vision.layers + text.layers }
}
