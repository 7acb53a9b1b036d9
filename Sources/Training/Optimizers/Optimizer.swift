public import CLIPCompute
public import CLIPFiles
public import CLIPLayers
public import CLIPModelShapes

/// How weights move along their gradients.
///
/// A new one is a file here and a line in ``OptimizerCatalog``; one of your own goes into ``TrainingSettings/optimizer``
/// as it is.
public protocol Optimizer: Sendable {
  /// What recipes and logs call it.
  static var name: String { get }
  /// What it keeps of earlier steps, a number for each weight and name: resume points hold them as `NAME/PARAMETER`. All
  /// start at zero.
  static var stateNames: [String] { get }
  /// Its own settings by their keys in a recipe: what a run's record says of it. A run is taken up with equal ones only.
  var settings: JSONObject { get }

  /// Moves the weights by one step, in place.
  func update(_ step: OptimizerStep)
}

/// What an optimizer is given for one step.
public struct OptimizerStep: Sendable {
  /// Written by the optimizer.
  public let weights: ParameterBlock
  /// Before ``factor``.
  public let gradients: ParameterBlock
  /// In the order of ``Optimizer/stateNames``; written by the optimizer.
  public let state: [ParameterBlock]
  /// How many steps there will have been, from 1; skipped ones do not count.
  public let number: Int
  /// The learning rate.
  public let rate: Float
  /// What gradients are to be multiplied by; below 1 where they are clipped.
  public let factor: Float
  /// Which of the weights' entries move.
  public let isTrained: [Bool]
  /// The threads to work on.
  public let pool: ThreadPool

  /// Part of one parameter with all that belongs to it, element by element.
  public struct Run {
    /// Whose elements these are.
    public let parameter: ParameterDescription
    /// Written by the optimizer.
    public let weights: UnsafeMutableBufferPointer<Float>
    /// Before ``OptimizerStep/factor``.
    public let gradients: UnsafeBufferPointer<Float>
    /// Written by the optimizer.
    public let state: [UnsafeMutableBufferPointer<Float>]
  }

  /// Elements that one task updates.
  private static let runLength = 1 << 15

  /// Calls `body` for runs that cover all trained parameters, on all threads. The runs' places do not depend on their
  /// number.
  public func forEachRun(_ body: @Sendable (Run) -> Void) {
    let runs = GradientNorm.runs(weights, isTrained, length: Self.runLength)
    pool.forEach(runs.count) { index in
      let (entry, range) = runs[index]
      func part(_ block: ParameterBlock) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: block.start(block.entries[entry]) + range.lowerBound, count: range.count)
      }
      body(
        Run(
          parameter: weights.entries[entry].parameter, weights: part(weights),
          gradients: UnsafeBufferPointer(part(gradients)), state: state.map(part)))
    }
  }
}

/// Which parameters weight decay leaves alone.
public enum DecayExclusion: String, Sendable, CaseIterable {
  /// open_clip 3.3.0's: fewer than two dimensions, or a name with `bn`, `ln`, `bias` or `logit_scale` in it.
  /// Positional embeddings decay.
  case openCLIP3 = "open_clip-3"
  /// All tensors of fewer than two dimensions and the positional embeddings, as open_clip does it since.
  case gainsBiasesAndPositions = "gains-biases-positions"

  /// Whether a parameter keeps its size.
  public func excludes(_ parameter: ParameterDescription) -> Bool {
    switch self {
    case .openCLIP3:
      parameter.shape.count < 2
        || ["bn", "ln", "bias", "logit_scale"].contains { parameter.name.contains($0) }
    case .gainsBiasesAndPositions: parameter.shape.count < 2 || parameter.kind == .positionalEmbedding
    }
  }
}
