public import CLIPCompute
public import CLIPModelShapes
import CCLIPVectorKernels

/// AdamW: moments of the gradient, and weight decay apart from them.
///
///     w *= 1 - rate * decay;   m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g²
///     w -= rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: arXiv:1711.05101, algorithm 2; the order of operations is PyTorch's.
public struct AdamW: Sendable, Equatable {
  public var beta1: Float = 0.9
  public var beta2: Float = 0.98
  public var epsilon: Float = 1e-6
  public var weightDecay: Float = 0.2
  public var decayExclusion = DecayExclusion.openCLIP3

  /// open_clip's defaults for vision transformers.
  public init() {}

  /// Which parameters weight decay leaves alone.
  public enum DecayExclusion: String, Sendable, CaseIterable {
    /// open_clip 3.3.0's: fewer than two dimensions, or a name with `bn`, `ln`, `bias` or `logit_scale` in it.
    /// Positional embeddings decay.
    case openCLIP3 = "open_clip-3"
    /// All tensors of fewer than two dimensions and the positional embeddings, as open_clip does it since.
    case gainsBiasesAndPositions = "gains-biases-positions"

    public func excludes(_ parameter: ParameterDescription) -> Bool {
      switch self {
      case .openCLIP3:
        parameter.shape.count < 2
          || ["bn", "ln", "bias", "logit_scale"].contains { parameter.name.contains($0) }
      case .gainsBiasesAndPositions: parameter.shape.count < 2 || parameter.kind == .positionalEmbedding
      }
    }
  }

  /// Elements that one task updates.
  private static let run = 1 << 15

  /// One step, in one pass over weights, gradients and moments.
  ///
  /// - Parameters:
  ///   - step: how many steps there will have been, from 1
  ///   - rate: the learning rate
  ///   - factor: what gradients are multiplied by; below 1 where they are clipped
  ///   - isTrained: which parameters move
  public func update(
    _ weights: ParameterBlock, gradients: ParameterBlock, moments: Moments, step: Int, rate: Float, factor: Float,
    isTrained: [Bool], on pool: ThreadPool
  ) {
    let runs = GradientNorm.runs(weights, isTrained, length: Self.run)
    pool.forEach(runs.count) { index in
      let (entry, range) = runs[index]
      let excluded = decayExclusion.excludes(weights.entries[entry].parameter)
      let constants = tk_adamw_step(
        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: excluded ? 0 : weightDecay,
        correction1: 1 - power(Double(beta1), step), correction2: 1 - power(Double(beta2), step), factor: factor)
      tk_adamw(
        weights.start(weights.entries[entry]) + range.lowerBound,
        gradients.start(gradients.entries[entry]) + range.lowerBound,
        moments.first.start(moments.first.entries[entry]) + range.lowerBound,
        moments.second.start(moments.second.entries[entry]) + range.lowerBound, range.count, constants)
    }
  }

  /// base^exponent, by squaring: the same bits everywhere.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0, square = base, left = exponent
    while left > 0 {
      if left & 1 == 1 { result *= square }
      square *= square
      left >>= 1
    }
    return result
  }

  /// Running means of the gradient and of its square.
  public struct Moments: Sendable {
    public let first: ParameterBlock
    public let second: ParameterBlock

    /// Both zero.
    public init(for parameters: ParameterBlock) {
      first = ParameterBlock(zerosFor: parameters.entries.map(\.parameter))
      second = ParameterBlock(zerosFor: parameters.entries.map(\.parameter))
    }
  }
}
