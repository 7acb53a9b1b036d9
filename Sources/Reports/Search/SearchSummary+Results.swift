public import CLIPUnits

extension SearchSummary {
  /// How far a trial came.
  public enum TrialState: String, Sendable {
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

  /// Where a trial's time went.
  public struct Stages: Sendable, Equatable {
    /// Cutting.
    public var pruning: Seconds
    /// Fine-tuning.
    public var training: Seconds
    /// Measuring.
    public var evaluation: Seconds
    /// All of it.
    public var total: Seconds { pruning + training + evaluation }

    /// Times.
    public init(pruning: Seconds = .zero, training: Seconds = .zero, evaluation: Seconds = .zero) {
      self.pruning = pruning
      self.training = training
      self.evaluation = evaluation
    }
  }

  /// What making a model cost: cutting, training and measuring it.
  public struct Making: Sendable, Equatable {
    /// From beginning to end, pauses left out.
    public var time: Seconds
    /// Of all threads.
    public var processorTime: Seconds
    /// Of processor and memory.
    public var energy: Joules
    /// Of that energy.
    public var carbon: KilogramsCO2e

    /// A cost.
    public init(time: Seconds, processorTime: Seconds, energy: Joules, carbon: KilogramsCO2e) {
      self.time = time
      self.processorTime = processorTime
      self.energy = energy
      self.carbon = carbon
    }
  }

  /// One shape, pruned, trained and measured.
  public struct Trial: Sendable {
    /// Counted from the search's beginning.
    public var number: Int
    /// What proposed it, such as `initial design` or `expected improvement`.
    public var origin: String
    /// How far it came.
    public var state: TrialState
    /// A size for each of the summary's axes.
    public var sizes: [Int]
    /// What was measured.
    public var accuracies = Accuracies()
    /// Parameters of the model.
    public var parameters: Int?
    /// Multiply-adds of one image and one text.
    public var multiplyAdds: Int?
    /// Samples that it was fine-tuned on.
    public var samples: Int?
    /// Where time went.
    public var stages = Stages()
    /// Why it failed, in a sentence.
    public var failure: String?
    /// The accelerator on which it is best, by name.
    public var accelerator: String?
    /// What it costs there.
    public var costs: Costs?
    /// Whether its model had been made by an earlier search; nil where that is not known.
    public var isTakenOver: Bool?
    /// What making its model cost, by whichever search; nil where that was not recorded.
    public var making: Making?

    /// A trial of which nothing is known but its shape.
    public init(number: Int, origin: String, state: TrialState, sizes: [Int]) {
      self.number = number
      self.origin = origin
      self.state = state
      self.sizes = sizes
    }
  }

  /// A model on an accelerator: a point of the front, the dense model, or a row of a comparison.
  public struct Point: Sendable {
    /// The trial that trained the model; nil for the dense one.
    public var trial: Int?
    /// The model, by name or sizes.
    public var model: String
    /// What else there is to say of the model, a line each.
    public var modelDetails: [String]
    /// The accelerator, by name or knobs.
    public var accelerator: String
    /// What else there is to say of the accelerator, a line each.
    public var details: [String]
    /// What it costs.
    public var costs: Costs
    /// How sure its carbon is.
    public var band: Band?
    /// How good the model is.
    public var accuracies: Accuracies
    /// Parameters of the model.
    public var parameters: Int?
    /// Whether it is the one that the search recommends; of a front at most one.
    public var isChosen: Bool

    /// A point.
    public init(
      trial: Int?, model: String, modelDetails: [String] = [], accelerator: String, details: [String] = [],
      costs: Costs, band: Band? = nil,
      accuracies: Accuracies, parameters: Int? = nil, isChosen: Bool = false
    ) {
      self.trial = trial
      self.model = model
      self.modelDetails = modelDetails
      self.accelerator = accelerator
      self.details = details
      self.costs = costs
      self.band = band
      self.accuracies = accuracies
      self.parameters = parameters
      self.isChosen = isChosen
    }
  }

  /// A feasible design that is not on the front.
  public struct CloudPoint: Sendable {
    /// The trial that trained its model.
    public var trial: Int?
    /// The accuracy that counts, 0 to 1.
    public var accuracy: Double
    /// Over the device's life.
    public var carbon: KilogramsCO2e
    /// Time of one inference.
    public var latency: Seconds
    /// Energy of one inference.
    public var energy: Joules

    /// A point of the background.
    public init(trial: Int?, accuracy: Double, carbon: KilogramsCO2e, latency: Seconds, energy: Joules) {
      self.trial = trial
      self.accuracy = accuracy
      self.carbon = carbon
      self.latency = latency
      self.energy = energy
    }
  }

  /// The best designs by different measures that are equally accurate. Source: arXiv:2505.01386, table 4.
  public struct Comparison: Sendable {
    /// What a design is best in.
    public enum Aim: String, CaseIterable, Sendable {
      /// Least total carbon.
      case carbon
      /// Least time.
      case latency
      /// Least energy.
      case energy
    }

    /// One of them.
    public struct Row: Sendable {
      /// What it is best in.
      public var aim: Aim
      /// The design.
      public var point: Point

      /// A row.
      public init(_ aim: Aim, _ point: Point) {
        self.aim = aim
        self.point = point
      }
    }

    /// The accuracy that all of them have at least, 0 to 1.
    public var leastAccuracy: Double
    /// The designs.
    public var rows: [Row]

    /// A comparison.
    public init(leastAccuracy: Double, rows: [Row]) {
      self.leastAccuracy = leastAccuracy
      self.rows = rows
    }
  }
}

extension SearchSummary {
  /// The front's hypervolume after a trial.
  public struct Progress: Sendable {
    /// The trial's number.
    public var trial: Int
    /// In ``SearchSummary/hypervolumeUnit``.
    public var hypervolume: Double

    /// The hypervolume after a trial.
    public init(trial: Int, hypervolume: Double) {
      self.trial = trial
      self.hypervolume = hypervolume
    }
  }

  /// A trial's accuracy as measured, and as a model of all other trials predicts it; shares, 0 to 1.
  public struct FitPoint: Sendable {
    /// The trial's number.
    public var trial: Int
    /// Measured.
    public var measured: Double
    /// Predicted without it.
    public var predicted: Double
    /// How sure the prediction was: one standard deviation.
    public var standardDeviation: Double

    /// A prediction beside the truth.
    public init(trial: Int, measured: Double, predicted: Double, standardDeviation: Double) {
      self.trial = trial
      self.measured = measured
      self.predicted = predicted
      self.standardDeviation = standardDeviation
    }
  }

  /// Predicted accuracy along one axis, all others staying.
  public struct AxisEffect: Sendable {
    /// One size of the axis.
    public struct Size: Sendable {
      /// The size.
      public var size: Int
      /// Predicted accuracy, 0 to 1.
      public var predicted: Double
      /// The band's ends, 0 to 1.
      public var low: Double, high: Double

      /// A prediction.
      public init(_ size: Int, predicted: Double, low: Double, high: Double) {
        self.size = size
        self.predicted = predicted
        self.low = low
        self.high = high
      }
    }

    /// The axis, such as `vision-layers`.
    public var axis: String
    /// Where the others stay, such as `at their largest`.
    public var others: String
    /// Predictions, ascending in size.
    public var sizes: [Size]

    /// An effect.
    public init(axis: String, others: String, sizes: [Size]) {
      self.axis = axis
      self.others = others
      self.sizes = sizes
    }
  }

  /// The chosen design where a factor of the scenario is another.
  public struct Sensitivity: Sendable {
    /// One end of the factor's range.
    public struct End: Sendable {
      /// The factor there, such as `24 gCO2e/kWh (Norway)`.
      public var label: String
      /// The chosen design's carbon there.
      public var carbon: KilogramsCO2e
      /// Which design is best there, where it is another.
      public var betterDesign: String?

      /// An end.
      public init(_ label: String, carbon: KilogramsCO2e, betterDesign: String? = nil) {
        self.label = label
        self.carbon = carbon
        self.betterDesign = betterDesign
      }
    }

    /// What is varied, such as `grid`.
    public var factor: String
    /// The factor as the scenario has it.
    public var stated: String
    /// Its low end.
    public var low: End
    /// Its high end.
    public var high: End

    /// A factor.
    public init(_ factor: String, stated: String, low: End, high: End) {
      self.factor = factor
      self.stated = stated
      self.low = low
      self.high = high
    }
  }

  /// An answer measured on data that the search never saw.
  public struct TestAccuracy: Sendable {
    /// The trial's number; nil for the dense model.
    public var trial: Int?
    /// The model.
    public var model: String
    /// During the search.
    public var validation: Accuracies
    /// On test data.
    public var test: Accuracies

    /// Accuracies of one model.
    public init(trial: Int?, model: String, validation: Accuracies, test: Accuracies) {
      self.trial = trial
      self.model = model
      self.validation = validation
      self.test = test
    }
  }

  /// What the search itself cost.
  public struct Footprint: Sendable {
    /// From beginning to end, pauses left out.
    public var time: Seconds
    /// Of the machine or the process, as `method` says.
    public var energy: KilowattHours
    /// Of that energy.
    public var carbon: KilogramsCO2e
    /// How the energy was found.
    public var method: String
    /// The grid, in words.
    public var grid: String
    /// What else a reader should know.
    public var notes: [String]
    /// What was taken over from earlier searches, on top of the above; nil where nothing was.
    public var takenOver: TakenOver?

    /// Models that earlier searches had made.
    public struct TakenOver: Sendable, Equatable {
      /// How many.
      public var count: Int
      /// Of making them.
      public var time: Seconds, energy: KilowattHours, carbon: KilogramsCO2e
      /// How much of it was estimated, in a sentence; empty where all was recorded.
      public var note: String

      /// What was taken over.
      public init(count: Int, time: Seconds, energy: KilowattHours, carbon: KilogramsCO2e, note: String = "") {
        self.count = count
        self.time = time
        self.energy = energy
        self.carbon = carbon
        self.note = note
      }
    }

    /// What the answer cost: spent by this search, and taken over.
    public var total: (time: Seconds, energy: KilowattHours, carbon: KilogramsCO2e) {
      guard let takenOver else { return (time, energy, carbon) }
      return (time + takenOver.time, energy + takenOver.energy, carbon + takenOver.carbon)
    }

    /// A footprint.
    public init(
      time: Seconds, energy: KilowattHours, carbon: KilogramsCO2e, method: String, grid: String, notes: [String] = []
    ) {
      self.time = time
      self.energy = energy
      self.carbon = carbon
      self.method = method
      self.grid = grid
      self.notes = notes
    }
  }
}
