public import CLIPModels
public import CLIPCompute
internal import CLIPFiles
public import CLIPModelShapes
public import CLIPTensors

/// How weights become whole numbers.
public enum WeightRounding: String, CaseIterable, Sendable {
  /// Each to the nearest.
  case nearest
  /// One after the other, those that follow making up for the error on calibration data (GPTQ, arXiv:2210.17323).
  case compensated
}

/// A CLIP model as an accelerator with arithmetic of few bits computes it, to the bit: in integers where the processor has
/// instructions for them, else in floats that hold the same whole numbers.
///
/// In 8 bits: weights symmetric, a scale for each output. Activations: symmetric, a range for each place, fixed by calibration. Sums:
/// 32-bit integers. Layer norms, softmax, activation functions and the residual stream: floats. `docs/quantization.md` has
/// the reasons and what it costs.
public struct QuantizedModel: FeatureEncoder {
  /// The shape of the model that was rounded.
  public let configuration: CLIPConfiguration
  /// What it is computed in.
  public let arithmetic: Arithmetic
  /// How its weights were rounded.
  public let rounding: WeightRounding
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
  ///   - arithmetic: of whole numbers
  ///   - rounding: how weights are rounded; nil makes up for errors where weights have fewer than 8 bits
  /// - Throws: `InputError` for too few pairs, for an arithmetic of floats, and where an activation is not a number or
  ///   infinite.
  public init(
    _ model: CLIPModel, images: Tensor, ids: [Int32], clipping: Clipping = .leastSquares,
    arithmetic: Arithmetic = .int8, rounding: WeightRounding? = nil, on pool: ThreadPool
  ) throws {
    guard !arithmetic.isFloat else {
      throw InputError("a model in whole numbers needs their bits", advice: "for example int8")
    }
    self.arithmetic = arithmetic
    self.rounding = rounding ?? (arithmetic.weightBits < 8 ? .compensated : .nearest)
    guard images.shape.rank == 4, images.shape[0] >= Self.fewestPairs,
      ids.count == images.shape[0] * model.configuration.text.contextLength
    else {
      throw InputError(
        "\(arithmetic) needs at least \(Self.fewestPairs) image-text pairs to find ranges, found \(images.shape.rank == 4 ? images.shape[0] : 0)"
      )
    }
    configuration = model.configuration
    var sites = SiteList()
    try Self.requireUnits(arithmetic, model)
    var vision = QuantizedVisionTower(model.vision, &sites, arithmetic)
    var text = QuantizedTextTower(model.text, &sites, arithmetic)
    let count = sites.names.count
    let channels = try Calibration(vision: vision, text: text, images: images, ids: ids)
      .observe(on: pool) { RangeObserver(sites: count) }.channels
    if let site = channels.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw InputError(
        "cannot be computed in \(arithmetic): the inputs of \(sites.names[site]) are not finite",
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
    let mosts = sites.uses.map { use in
      switch use {
      case .left: Arithmetic.most(arithmetic.activationBits)
      case .right: Arithmetic.most(arithmetic.rightBits)
      case .between: Arithmetic.most(IntegerUnits.bits)
      }
    }
    ranges = zip(zip(largest, seen.histograms), mosts).map { seen, most in
      // A place where nothing but zeros passed needs some range.
      seen.0 > 1e-30 ? clipping.end(largest: seen.0, histogram: seen.1, most: most) / Float(most) : 1
    }
    var samples: InputSamples?
    if self.rounding == .compensated {
      let layers = Set(equalizers.keys)
      samples = try Calibration(vision: vision, text: text, images: images, ids: ids).observe(on: pool) {
        RangeObserver(samples: InputSamples(sites: layers, sequences: images.shape[0]))
      }.samples
    }
    let format = WeightGrid.Format(bits: arithmetic.weightBits, scales: arithmetic.weightScales)
    vision.round(format, samples, on: pool)
    text.round(format, samples, on: pool)
    vision.prepare(ranges, arithmetic)
    text.prepare(ranges, arithmetic)
    self.vision = vision
    self.text = text
    self.sites = sites
  }

  /// Not every norm has a unit of whole numbers.
  private static func requireUnits(_ arithmetic: Arithmetic, _ model: CLIPModel) throws {
    let blocks = model.vision.transformer.chain + model.text.transformer.chain
    if arithmetic.integerSteps.contains(.norms),
      blocks.contains(where: { $0.attention.innerNorm != nil || $0.feedForward.innerNorm != nil })
    {
      throw InputError(
        "\(arithmetic): norms inside branches are not computed in whole numbers",
        advice: "leave norms to floats, as int8-softmax-gelu does")
    }
  }

  /// Unit-length features `[batch, embed]` of preprocessed pictures `[batch, 3, imageSize, imageSize]`.
  /// - Throws: `ShapeError` for pictures of another shape.
  public func imageFeatures(_ images: Tensor, on pool: ThreadPool) throws -> Tensor {
    try vision.features(images, on: pool, context).normalizedRows()
  }

  /// Unit-length features `[batch, embed]` of token ids `[batch, contextLength]`, row by row.
  /// - Throws: `ShapeError` for ids that do not fill rows, `TokenRangeError` for one outside the vocabulary.
  public func textFeatures(_ ids: [Int32], on pool: ThreadPool) throws -> Tensor {
    try text.features(ids, group: nil, on: pool, context).normalizedRows()
  }

  private func context(_ lanes: Lanes) -> PassContext { PassContext(simulates: simulates, lanes: lanes) }

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
