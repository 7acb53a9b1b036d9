public import CLIPAssessment
public import CLIPCarbonFootprint
public import CLIPUnits

/// A whole search as plain data: what was asked, what was tried, what came of it. What pages draw, tables print and files
/// hold.
///
/// Every part but the title may be empty: a page then says why in a sentence.
public struct SearchSummary: Sendable {
  /// A name for people.
  public var title: String
  /// What was searched, with what means.
  public var question = Question()
  /// The model axes, in the order of every trial's sizes.
  public var axes: [ModelSpace.Axis] = []
  /// Every shape that was trained or tried, in the order of their numbers.
  public var trials: [Trial] = []
  /// Every shape that was looked at before any training, in the order of their numbers; empty for a search without looks.
  public var looks: [Look] = []
  /// The designs that no other beats, ascending in carbon where the search did not say otherwise.
  public var front: [Point] = []
  /// What the numbers in a model's name say, in a sentence; empty where names speak for themselves.
  public var modelLegend = ""
  /// How the recommended design was chosen from the front, in a sentence.
  public var choice = ""
  /// How much less accurate than the dense model the recommended design may be, 0 to 1; nil where there is no such rule.
  public var acceptedLoss: Double?
  /// What a reader must not miss, a sentence each.
  public var warnings: [String] = []
  /// All feasible designs, or a sample of them: the background of the front.
  public var cloud: [CloudPoint] = []
  /// The model before pruning, on the accelerator that suits it best; of several arithmetics in the one in which it emits least.
  public var dense: Point?
  /// Carbon-, latency- and energy-optimal designs at equal accuracy.
  public var comparisons: [Comparison] = []
  /// What other objectives would have chosen among the same models; nil where there is nothing to choose.
  public var objectives: ObjectiveFronts?
  /// The ends of axes on which answers stand though there could be sizes beyond.
  public var walls: [AxisWall] = []
  /// How far the search is; nil once it has ended, or where nobody works on it.
  public var progress: SearchProgress?
  /// The front's hypervolume after each trial, in ``hypervolumeUnit``.
  public var hypervolume: [(trial: Int, value: Double)] = []
  /// What the hypervolume is measured in, such as `accuracy × gCO2e`.
  public var hypervolumeUnit = ""
  /// Each trial's accuracy beside what a model of all others predicts for it.
  public var fit: [SurrogateView.Fit] = []
  /// What each axis costs in accuracy.
  public var axisEffects: [SurrogateView.Effect] = []
  /// What becomes of the chosen design where a factor of the scenario is another.
  public var sensitivity: [WinnerSensitivity] = []
  /// The answers measured once on data that the search never saw.
  public var testAccuracies: [TestAccuracy] = []
  /// What the search itself cost.
  public var cost: SearchCost?
  /// Why a part is empty, in a sentence; parts without one have a general sentence.
  public var reasons: [Part: String] = [:]

  /// A search with nothing in it but a title.
  public init(title: String) { self.title = title }

  /// A part of the page that may be empty.
  public enum Part: String, CaseIterable, Sendable {
    /// The front and its table.
    case front
    /// Carbon-, latency- and energy-optimal designs.
    case comparisons
    /// What other objectives would have chosen.
    case objectives
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

  /// What was asked, with what means.
  public struct Question: Sendable {
    /// The mode by its word, such as `carbon`.
    public var mode = ""
    /// What was made good, in words: `accuracy`, `carbon`.
    public var objectives: [String] = []
    /// What every answer keeps to, such as `latency <= 50.0 ms`.
    public var limits: [String] = []
    /// Which accuracy counted.
    public var precision = AccuracyPrecision.int8
    /// What its whole numbers are called.
    public var arithmetic = CandidateMeasurement.standardArithmetic
    /// What the accuracy that counts is called.
    public var precisionName: String { name(of: precision) }
    /// What an accuracy is called.
    public func name(of precision: AccuracyPrecision) -> String {
      precision == .float32 ? precision.rawValue : arithmetic
    }
    /// The accuracy's name, as on axes and in tables.
    public var accuracyName = "mean recall@1"
    /// What columns of files call it.
    public var accuracyColumn = "accuracy"
    /// How the device is made and used, in a sentence or more.
    public var scenario = ""
    /// The checkpoint that was cut.
    public var pretrained = ""
    /// What candidates were trained in; empty where none is trained.
    public var training = ""
    /// How many shapes there were to choose from; nil where unknown.
    public var shapes: Int?
    /// The accelerators to choose from by name, or the one that stayed.
    public var hardware = ""
    /// How many accelerators there were to choose from; nil where unknown.
    public var accelerators: Int?
    /// How much might be spent, such as `60 trials`.
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

    /// A question not yet asked.
    public init() {}
  }
}

extension SearchSummary {
  /// One shape, pruned, trained and measured.
  public struct Trial: Sendable {
    /// How far a trial came.
    public enum State: String, Sendable {
      /// Proposed, not yet measured.
      case waiting
      /// Being trained.
      case running
      /// Measured.
      case done
      /// Measured, but no accelerator is within the limits.
      case infeasible
      /// Ended by an error.
      case failed
    }

    /// Counted from the search's beginning.
    public var number: Int
    /// What proposed it, such as `first points` or `grey-box`.
    public var origin: String
    /// How far it came.
    public var state: State
    /// A size for each of the summary's axes.
    public var sizes: [Int]
    /// What was measured; nil before the end.
    public var measurement: CandidateMeasurement?
    /// Why it failed, in a sentence.
    public var failure: String?
    /// The accelerator on which it is best, by name, and what it costs there.
    public var best: (accelerator: String, costs: Costs)?
    /// Whether its model had been made by an earlier search; nil where that is not known.
    public var isTakenOver: Bool?

    /// A trial of which nothing is known but its shape.
    public init(number: Int, origin: String, state: State, sizes: [Int]) {
      self.number = number
      self.origin = origin
      self.state = state
      self.sizes = sizes
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

  /// A model on an accelerator: a point of the front, the dense model, or a row of a comparison.
  public struct Point: Sendable {
    /// The trial that trained the model.
    public var trial: Int
    /// The model, by name or sizes.
    public var model: String
    /// The accelerator, by name or knobs.
    public var accelerator: String
    /// What else there is to say of the accelerator, a line each.
    public var details: [String] = []
    /// What it costs.
    public var costs: Costs
    /// How sure its carbon is.
    public var band: CarbonBand?
    /// How good the model is, and how large; nil where that is not known.
    public var measurement: CandidateMeasurement?
    /// Whether it is the one that the search recommends; of a front at most one.
    public var isChosen = false

    /// A point.
    public init(
      trial: Int, model: String, accelerator: String, costs: Costs, measurement: CandidateMeasurement? = nil
    ) {
      self.trial = trial
      self.model = model
      self.accelerator = accelerator
      self.costs = costs
      self.measurement = measurement
    }
  }

  /// A feasible design: the background of the front.
  public struct CloudPoint: Sendable {
    /// The trial that trained its model.
    public var trial: Int
    /// The accuracy that counts, 0 to 1.
    public var accuracy: Double
    /// Over the device's life.
    public var carbon: KilogramsCO2e
    /// Time of one inference.
    public var latency: Seconds
    /// Energy of one inference.
    public var energy: Joules

    /// A point of the background.
    public init(trial: Int, accuracy: Double, carbon: KilogramsCO2e, latency: Seconds, energy: Joules) {
      self.trial = trial
      self.accuracy = accuracy
      self.carbon = carbon
      self.latency = latency
      self.energy = energy
    }
  }

  /// The best designs by different measures that are equally accurate. Source: arXiv:2505.01386, table 4.
  public struct Comparison: Sendable {
    /// What a design may be best in.
    public static let aims: [Metric] = [.carbon, .latency, .energy]
    /// The accuracy that all of them have at least, 0 to 1.
    public var leastAccuracy: Double
    /// The designs with what each is best in.
    public var rows: [(aim: Metric, point: Point)]

    /// A comparison.
    public init(leastAccuracy: Double, rows: [(aim: Metric, point: Point)]) {
      self.leastAccuracy = leastAccuracy
      self.rows = rows
    }
  }

  /// An answer measured on data that the search never saw.
  public struct TestAccuracy: Sendable {
    /// The trial's number.
    public var trial: Int
    /// The model.
    public var model: String
    /// During the search.
    public var validation: CandidateMeasurement
    /// On test data.
    public var test: CandidateMeasurement

    /// Accuracies of one model.
    public init(trial: Int, model: String, validation: CandidateMeasurement, test: CandidateMeasurement) {
      self.trial = trial
      self.model = model
      self.validation = validation
      self.test = test
    }
  }
}
