public import CLIPUnits

/// A whole search as plain data: what was asked, what was tried, what came of it.
///
/// Whoever ran the search fills it; ``SearchPage`` draws it, ``SearchTable`` prints it, ``json`` and the CSV tables write
/// it down. Every part but the title may be empty: the page then says why in a sentence.
public struct SearchSummary: Sendable {
  /// A name for people.
  public var title: String
  /// What was searched, with what means.
  public var question: Question
  /// The model axes, in the order of every trial's sizes.
  public var axes: [Axis]
  /// Every shape that was trained or tried, in the order of their numbers.
  public var trials: [Trial]
  /// The designs that no other beats, ascending in carbon where the search did not say otherwise.
  public var front: [Point]
  /// What the numbers in a model's name say, in a sentence; empty where names speak for themselves.
  public var modelLegend = ""
  /// How the recommended design was chosen from the front, in a sentence.
  public var choice: String
  /// How much less accurate than the dense model the recommended design may be, 0 to 1; nil where there is no such rule.
  public var acceptedLoss: Double?
  /// What a reader must not miss, a sentence each.
  public var warnings: [String] = []
  /// All feasible designs, or a sample of them: the background of the front.
  public var cloud: [CloudPoint]
  /// The model before pruning, on the accelerator that suits it best.
  public var dense: Point?
  /// Carbon-, latency- and energy-optimal designs at equal accuracy.
  public var comparisons: [Comparison]
  /// How the front grew, by trial.
  public var hypervolume: [Progress]
  /// What the hypervolume is measured in, such as `accuracy × gCO2e`.
  public var hypervolumeUnit: String
  /// Each trial's accuracy beside what a model of all others predicts for it.
  public var fit: [FitPoint]
  /// What each axis costs in accuracy.
  public var axisEffects: [AxisEffect]
  /// What becomes of the chosen design where a factor of the scenario is another.
  public var sensitivity: [Sensitivity]
  /// The answers measured once on data that the search never saw.
  public var testAccuracies: [TestAccuracy]
  /// What the search itself cost.
  public var footprint: Footprint?
  /// Why a part is empty, in a sentence; parts without one have a general sentence.
  public var reasons: [Part: String]

  /// A search with nothing in it but a title.
  public init(title: String, question: Question = Question()) {
    self.title = title
    self.question = question
    axes = []
    trials = []
    front = []
    choice = ""
    cloud = []
    comparisons = []
    hypervolume = []
    hypervolumeUnit = ""
    fit = []
    axisEffects = []
    sensitivity = []
    testAccuracies = []
    reasons = [:]
  }

  /// A part of the page that may be empty.
  public enum Part: String, CaseIterable, Sendable {
    /// The front and its table.
    case front
    /// Carbon-, latency- and energy-optimal designs.
    case comparisons
    /// Growth of the front.
    case hypervolume
    /// Measured against predicted accuracy.
    case fit
    /// What each axis costs.
    case axisEffects
    /// Grid, lifetime, yield.
    case sensitivity
    /// Accuracy on test data.
    case testAccuracies
    /// Energy and carbon of the search.
    case footprint
    /// Trials.
    case trials
  }
}

extension SearchSummary {
  /// Which accuracy the search counted.
  public enum Precision: String, Sendable {
    /// As trained.
    case float32
    /// As an accelerator with 8-bit arithmetic computes it.
    case int8
  }

  /// What was asked, with what means.
  public struct Question: Sendable {
    /// The mode by its word, such as `carbon`.
    public var mode = ""
    /// What was made good, in words: `accuracy`, `carbon`.
    public var objectives: [String] = []
    /// What every answer keeps to, such as `latency <= 50.0 ms`.
    public var limits: [String] = []
    /// Which accuracy counted.
    public var precision = Precision.int8
    /// The accuracy's name, as on axes and in tables.
    public var accuracyName = "mean recall@1"
    /// How the device is made and used, in a sentence or more.
    public var scenario = ""
    /// The checkpoint that was cut.
    public var pretrained = ""
    /// How many shapes there were to choose from; nil where unknown.
    public var shapes: Int?
    /// The accelerators to choose from by name, or the one that stayed.
    public var hardware = ""
    /// How many accelerators there were to choose from; nil where unknown.
    public var accelerators: Int?
    /// How much might be spent, such as `60 trials of 4,096 samples, 2 h`.
    public var budget = ""
    /// What proposed the trials.
    public var optimizer = ""
    /// Everything random depends on it.
    public var seed: UInt64?
    /// Data by use, such as `("training", "shapes:train")`.
    public var data: [(name: String, value: String)] = []
    /// Programs and figures by name, such as `("carbonclip", "0.4.0")`.
    public var versions: [(name: String, value: String)] = []
    /// When the first trial began, as text.
    public var started: String?
    /// When the last trial ended, as text; nil while the search runs.
    public var finished: String?
    /// Anything else that a reader must know.
    public var notes: [String] = []

    /// A question not yet asked.
    public init() {}
  }

  /// One axis of the model space.
  public struct Axis: Sendable {
    /// Such as `vision-layers`.
    public var name: String
    /// What could be chosen, ascending.
    public var sizes: [Int]

    /// An axis.
    public init(_ name: String, sizes: [Int]) {
      self.name = name
      self.sizes = sizes
    }
  }

  /// A measured share with its standard error, both 0 to 1.
  public struct Accuracy: Sendable, Equatable {
    /// The share.
    public var value: Double
    /// One standard error; nil where unknown.
    public var standardError: Double?

    /// An accuracy.
    public init(_ value: Double, standardError: Double? = nil) {
      self.value = value
      self.standardError = standardError
    }
  }

  /// Accuracy of one model in both arithmetics.
  public struct Accuracies: Sendable, Equatable {
    /// As trained.
    public var float32: Accuracy?
    /// As an 8-bit accelerator computes it.
    public var int8: Accuracy?

    /// Accuracies.
    public init(float32: Accuracy? = nil, int8: Accuracy? = nil) {
      self.float32 = float32
      self.int8 = int8
    }

    /// The one that counts.
    public subscript(precision: Precision) -> Accuracy? {
      switch precision {
      case .float32: float32
      case .int8: int8
      }
    }
  }

  /// What a model on an accelerator costs.
  public struct Costs: Sendable, Equatable {
    /// Time of one inference.
    public var latency: Seconds
    /// Energy of one inference.
    public var energy: Joules
    /// The chip.
    public var area: SquareMillimeters
    /// Mean power while an inference lasts.
    public var power: Watts
    /// Carbon of making the chip, its share of this use.
    public var embodied: KilogramsCO2e
    /// Carbon of using it for its life.
    public var operational: KilogramsCO2e
    /// Both.
    public var carbon: KilogramsCO2e { embodied + operational }

    /// Costs.
    public init(
      latency: Seconds, energy: Joules, area: SquareMillimeters, power: Watts, embodied: KilogramsCO2e,
      operational: KilogramsCO2e
    ) {
      self.latency = latency
      self.energy = energy
      self.area = area
      self.power = power
      self.embodied = embodied
      self.operational = operational
    }
  }

  /// What is known of a design's carbon when the inputs are known only roughly.
  public struct Band: Sendable, Equatable {
    /// Exceeded in 95 of 100 draws.
    public var low: KilogramsCO2e
    /// Exceeded in 5 of 100 draws.
    public var high: KilogramsCO2e
    /// The share of draws, 0 to 1, in which the design is on the front; nil where unknown.
    public var shareOnFront: Double?

    /// A band.
    public init(low: KilogramsCO2e, high: KilogramsCO2e, shareOnFront: Double? = nil) {
      self.low = low
      self.high = high
      self.shareOnFront = shareOnFront
    }
  }
}
