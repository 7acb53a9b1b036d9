public import CLIPAssessment
public import CLIPCarbonFootprint
public import CLIPFiles
public import CLIPModelShapes
public import CLIPSearch

/// One model of a comparison with what was measured of it.
public struct FamilyModel: Sendable {
  /// Where its shape comes from.
  public enum Kind: String, Sendable {
    /// From the search.
    case member
    /// Made by hand.
    case baseline
    /// The base model, as it is.
    case whole
    /// From another search, that the family's is compared with.
    case searched
  }

  /// The other search that found a model.
  public struct Finder: Equatable, Sendable {
    /// What the recipe calls it, such as `random`.
    public let rule: String
    /// What it made small beside the accuracy.
    public let metric: Metric

    /// A search by its name and metric.
    public init(rule: String, metric: Metric) {
      self.rule = rule
      self.metric = metric
    }
  }

  /// One training and what came of it.
  public struct Run: Sendable {
    /// Of everything random.
    public let seed: Int
    /// The fingerprint of all that the training depends on.
    public let key: String
    /// On the search's validation data.
    public let validation: CandidateMeasurement
    /// On the untouched test data; without an accuracy where that is sealed.
    public let test: CandidateMeasurement
    /// Share of pictures whose class is guessed, in float32 and int8; nil where no classes were measured.
    public var classes: ClassAccuracy?
    /// In each arithmetic of the search, where that chooses among several or the test sets are sealed; else empty.
    public var readings: [FamilyReading]
    /// What training and measuring it cost.
    public var footprint: RunFootprint

    /// Whether its test data was only guessed: ``test`` then holds no accuracy.
    public var isSealed: Bool { !readings.isEmpty && test.float32.mean.isNaN }

    /// A run of its parts.
    public init(
      seed: Int, key: String, validation: CandidateMeasurement, test: CandidateMeasurement, classes: ClassAccuracy?,
      readings: [FamilyReading] = [], footprint: RunFootprint
    ) {
      self.seed = seed
      self.key = key
      self.validation = validation
      self.test = test
      self.classes = classes
      self.readings = readings
      self.footprint = footprint
    }
  }

  /// Its name.
  public let name: String
  /// Where its shape comes from.
  public let kind: Kind
  /// Size by axis, as flags of `prune`; what is not named stays as in the base model. Heads and hidden units may be lists, one
  /// for each layer.
  public let sizes: JSONObject
  /// In which it counts: that of the trial that it comes from, where the search chooses among several; nil for models that
  /// are measured in all and may count in any.
  public let arithmetic: String?
  /// The strategy that chose its sizes within a budget, and that cuts it; nil where sizes were given. Until the first training
  /// has asked it, there are no sizes.
  public let cut: StrategyCut?
  /// The search that found it; nil for others than those of other searches.
  public let foundBy: Finder?
  /// The trial that it comes from; nil for what no search found.
  public var trial: Int?
  /// One for each seed, in their order.
  public var runs: [Run]

  /// A model of its parts.
  /// - Parameter sizes: an arithmetic among them is taken out; it is the model's where no other is named
  public init(
    _ name: String, _ kind: Kind, _ sizes: JSONObject, arithmetic: String? = nil, cut: StrategyCut? = nil,
    trial: Int? = nil, foundBy: Finder? = nil, runs: [Run] = []
  ) {
    self.name = name
    self.kind = kind
    self.sizes = sizes.pairs.reduce(into: JSONObject()) { object, one in
      if one.key != ModelSpace.arithmeticName { object[one.key] = one.value }
    }
    self.arithmetic = arithmetic ?? sizes[ModelSpace.arithmeticName]?.stringValue
    self.cut = cut
    self.trial = trial
    self.foundBy = foundBy
    self.runs = runs
  }

  /// Its test accuracy over all seeds.
  /// - Parameter precision: of the arithmetic
  public func test(_ precision: AccuracyPrecision) -> SeedStatistics {
    SeedStatistics(
      runs.map { $0.test.accuracy(precision).mean }, sampling: runs.map { $0.test.accuracy(precision).standardError })
  }

  /// `6/48/4/192 | 4/32/4/128`: layers, width, heads and feed-forward units of image and text tower.
  public static func shape(_ configuration: CLIPConfiguration) -> String {
    func tower(_ tower: some TowerConfiguration) -> String {
      "\(tower.layers)/\(tower.width)/\(tower.headsPerLayer.max() ?? 0)/\(tower.mlpWidth.max() ?? 0)"
    }
    return "\(tower(configuration.vision)) | \(tower(configuration.text))"
  }
}

/// A mean over seeds with two errors: how much it changes with the seed, and with the pictures that it is measured on.
public struct SeedStatistics: Equatable, Sendable {
  /// Mean over seeds.
  public let mean: Double
  /// Standard error of the mean by the seeds' spread; 0 for one seed, whose spread is not known.
  public let seedError: Double
  /// Standard error by the choice of test pictures, the same ones for all models: the seeds' mean.
  public let samplingError: Double
  /// How many seeds.
  public let count: Int
  /// The mean with both errors. What the choice of pictures does alike to all models is not known of records without the
  /// pictures, so that two models err more beside each other by this than they do.
  var error: MeasuredError {
    MeasuredError(mean: mean, standardError: (seedError * seedError + samplingError * samplingError).squareRoot())
  }

  /// - Parameters:
  ///   - values: one a seed
  ///   - sampling: the standard error of each
  public init(_ values: [Double], sampling: [Double] = []) {
    count = values.count
    let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    seedError = values.count > 1 ? (squares / Double(values.count - 1) / Double(values.count)).squareRoot() : 0
    samplingError = sampling.isEmpty ? 0 : sampling.reduce(0, +) / Double(sampling.count)
  }
}
