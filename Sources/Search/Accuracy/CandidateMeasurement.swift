public import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPEvaluation
public import CLIPFiles

/// What training and measuring one model shape gave.
public struct CandidateMeasurement: Equatable, Sendable {
  /// An accuracy with its standard error: mean recall@1 of both directions, 0 to 1, or a metric of the user's.
  public struct Accuracy: Equatable, Sendable {
    /// Mean of both directions, or the value of ``metric``.
    public var mean: Double
    /// One standard error of the mean, from a bootstrap over images, or the metric's own.
    public var standardError: Double
    /// Text to image, and image to text; nil where that was not measured.
    public var imageRecall: Double?, textRecall: Double?
    /// What a model that guesses has: one picture in so many; nil where that was not recorded.
    public var chance: Double?
    /// The name of the user's metric; nil for mean recall@1.
    public var metric: String?
    /// What was found on each of several sets.
    public var parts: [Part]

    /// A figure on one of the sets.
    public struct Part: Equatable, Sendable {
      /// As CLIP_benchmark's files spell it.
      public var metric: String
      /// The data's path.
      public var data: String
      /// 0 to 1, and its standard error.
      public var value: Double, standardError: Double

      /// A figure of its parts.
      public init(metric: String, data: String, value: Double, standardError: Double) {
        self.metric = metric
        self.data = data
        self.value = value
        self.standardError = standardError
      }
    }

    /// Accuracies are equal where all their figures are; what nobody measured is equal to itself.
    public static func == (a: Accuracy, b: Accuracy) -> Bool {
      func same(_ x: Double, _ y: Double) -> Bool { x == y || x.isNaN && y.isNaN }
      return same(a.mean, b.mean) && same(a.standardError, b.standardError) && a.imageRecall == b.imageRecall
        && a.textRecall == b.textRecall && a.chance == b.chance && a.metric == b.metric && a.parts == b.parts
    }

    /// Whether it cannot be told from guessing: within two standard errors of chance, or below; false where chance is
    /// not known.
    public var isAtChance: Bool { chance.map { mean <= $0 + 2 * standardError } ?? false }

    /// An accuracy of its parts.
    public init(
      mean: Double, standardError: Double, imageRecall: Double?, textRecall: Double?, chance: Double? = nil,
      metric: String? = nil, parts: [Part] = []
    ) {
      self.mean = mean
      self.standardError = standardError
      self.imageRecall = imageRecall
      self.textRecall = textRecall
      self.chance = chance
      self.metric = metric
      self.parts = parts
    }

    /// What retrieval found, with the value of a user's metric in the place of mean recall@1 where there is one.
    init(_ found: RetrievalResult, _ own: MeasuredAccuracy?, metric: String?) {
      self.init(
        mean: own?.value ?? found.meanRecallAt1,
        standardError: own?.standardError ?? found.standardErrors.meanRecallAt1,
        imageRecall: found.imageRecall.at1, textRecall: found.textRecall.at1, chance: own == nil ? found.chance : nil,
        metric: metric)
    }

    /// As plain data.
    package var json: JSONObject {
      var object: JSONObject = [
        metric ?? MetricName.meanRecall: .number(mean), "standard_error": .number(standardError),
      ]
      if let imageRecall { object[MetricName.imageRecall(at: 1)] = .number(imageRecall) }
      if let textRecall { object[MetricName.textRecall(at: 1)] = .number(textRecall) }
      if let chance { object["chance"] = .number(chance) }
      if let metric { object["metric"] = .string(metric) }
      if !parts.isEmpty {
        object["sets"] = .array(
          parts.map {
            [
              "metric": .string($0.metric), "data": .string($0.data), "value": .number($0.value),
              "standard_error": .number($0.standardError),
            ]
          })
      }
      return object
    }

    /// What ``json`` wrote; nil for anything else.
    package init?(_ json: JSONValue?) {
      let metric = json?["metric"]?.stringValue
      guard let mean = json?[metric ?? MetricName.meanRecall], let error = json?["standard_error"] else { return nil }
      let image = json?[MetricName.imageRecall(at: 1)]?.doubleValue
      let text = json?[MetricName.textRecall(at: 1)]?.doubleValue
      if metric == nil, image == nil || text == nil { return nil }
      // What a program measures is not known in 8 bits.
      let isUnknown = metric != nil && mean == .null && error == .null
      guard let value = isUnknown ? .nan : mean.doubleValue, let spread = isUnknown ? .nan : error.doubleValue else {
        return nil
      }
      let sets = json?["sets"]?.arrayValue ?? []
      let parts = sets.compactMap { item -> Part? in
        guard let metric = item["metric"]?.stringValue, let data = item["data"]?.stringValue,
          let value = item["value"]?.doubleValue, let error = item["standard_error"]?.doubleValue
        else { return nil }
        return Part(metric: metric, data: data, value: value, standardError: error)
      }
      guard parts.count == sets.count else { return nil }
      self.init(
        mean: value, standardError: spread, imageRecall: image, textRecall: text, chance: json?["chance"]?.doubleValue,
        metric: metric, parts: parts)
    }
  }

  /// Where time went, in seconds.
  public struct Times: Equatable, Sendable {
    /// Cutting, scores and compensation included.
    public var pruning = 0.0
    /// Fine-tuning.
    public var training = 0.0
    /// Measuring both accuracies.
    public var evaluation = 0.0

    /// No time.
    public init() {}

    /// All of it.
    public var total: Double { pruning + training + evaluation }
  }

  /// As trained.
  public var float32: Accuracy
  /// As the accelerator computes it, in the numbers of ``arithmetic``.
  public var int8: Accuracy
  /// The name of these numbers.
  public var arithmetic = Self.standardArithmetic
  /// Parameters of the model.
  public var parameters: Int
  /// Multiply-adds of one image and one text.
  public var multiplyAdds: Int
  /// Samples that it was fine-tuned on.
  public var samples: Int
  /// What the products of fine-tuning were computed in.
  public var products = ProductArithmetic.float32
  /// Where time went.
  public var times: Times
  /// The trained checkpoint, relative to the folder of candidates; empty for the dense model.
  public var checkpoint: String
  /// What cutting, training and measuring it cost, by whichever search; nil where that was not recorded.
  public var footprint: RunFootprint?

  /// What records say nothing of.
  public static let standardArithmetic = "int8"

  /// The accuracy that counts.
  public func accuracy(_ precision: AccuracyPrecision) -> Accuracy {
    switch precision {
    case .float32: float32
    case .int8: int8
    }
  }

  /// All of it as plain data.
  public var json: JSONObject {
    var object: JSONObject = [
      "float32": .object(float32.json), arithmetic: .object(int8.json), "parameters": .integer(parameters),
      "multiply_adds": .integer(multiplyAdds), "samples": .integer(samples),
      "seconds": .object([
        "pruning": .number(times.pruning), "training": .number(times.training), "evaluation": .number(times.evaluation),
      ]),
      "checkpoint": .string(checkpoint),
    ]
    if arithmetic != Self.standardArithmetic { object["arithmetic"] = .string(arithmetic) }
    if products != .float32 { object["products"] = .string(products.rawValue) }
    if let footprint { object["footprint"] = .object(footprint.json) }
    return object
  }

  /// What ``json`` wrote; nil for anything else.
  public init?(_ json: JSONValue) {
    let arithmetic = json["arithmetic"]?.stringValue ?? Self.standardArithmetic
    guard let float32 = Accuracy(json["float32"]), let int8 = Accuracy(json[arithmetic]),
      let parameters = json["parameters"]?.intValue, let multiplyAdds = json["multiply_adds"]?.intValue,
      let samples = json["samples"]?.intValue, let checkpoint = json["checkpoint"]?.stringValue,
      let products = ProductArithmetic(named: json["products"]?.stringValue ?? ProductArithmetic.float32.rawValue)
    else { return nil }
    var times = Times()
    times.pruning = json["seconds"]?["pruning"]?.doubleValue ?? 0
    times.training = json["seconds"]?["training"]?.doubleValue ?? 0
    times.evaluation = json["seconds"]?["evaluation"]?.doubleValue ?? 0
    self.init(
      float32: float32, int8: int8, parameters: parameters, multiplyAdds: multiplyAdds, samples: samples, times: times,
      checkpoint: checkpoint, arithmetic: arithmetic)
    self.products = products
    footprint = json["footprint"]?.objectValue.flatMap { try? RunFootprint(json: $0) }
  }

  /// A measurement of its parts.
  public init(
    float32: Accuracy, int8: Accuracy, parameters: Int, multiplyAdds: Int, samples: Int, times: Times,
    checkpoint: String, arithmetic: String = standardArithmetic
  ) {
    self.arithmetic = arithmetic
    self.float32 = float32
    self.int8 = int8
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
    self.samples = samples
    self.times = times
    self.checkpoint = checkpoint
  }
}
