internal import CLIPCarbonFootprint

/// One of the paper's conclusions, what its own estimator and the corrected one make of it, and whether it stands.
///
/// All but the paper's own column: every model on the best accelerator of the space.
public struct Conclusion: Equatable, Sendable {
  /// What became of it.
  public enum Verdict: String, CaseIterable, Sendable {
    /// At least as strong as the paper says.
    case survives
    /// True, but less of it.
    case weaker
    /// The inputs are not known well enough to tell.
    case undecided
    /// The opposite is true.
    case reversed
  }

  /// A figure for people, and what it says about the conclusion.
  public struct Finding: Equatable, Sendable {
    /// The figure as a table shows it.
    public let text: String
    /// Whether the conclusion stands by this figure.
    public let verdict: Verdict
  }

  /// The conclusion.
  public let statement: String
  /// As the paper prints it.
  public let paper: String
  /// By the paper's estimator, in the published scenario.
  public let reference: String
  /// By the physical cost model, in the published scenario; nil where that was not computed.
  public let physical: Finding?
  /// The same in the standard scenario.
  public let edge: Finding

  /// One word, or two where the scenario decides.
  public var verdict: String {
    guard let physical, physical.verdict != edge.verdict else { return edge.verdict.rawValue }
    return "\(physical.verdict.rawValue), \(edge.verdict.rawValue)"
  }
}

extension Conclusion.Verdict {
  /// Of a claim of less carbon.
  /// - Parameters:
  ///   - less: by how much the model is below the other, as a part of the latter
  ///   - probability: that it emits less at all
  package init(less: Double, claimed: Double, probability: Double) {
    switch probability {
    case ...0.05: self = .reversed
    case 0.95...: self = less >= claimed ? .survives : .weaker
    default: self = .undecided
    }
  }

  /// Of a figure that was to be at least the printed one, and says nothing at `none`.
  package init(_ figure: Double, atLeast printed: Double, none: Double) {
    self = figure >= printed ? .survives : figure > none ? .weaker : .reversed
  }
}
