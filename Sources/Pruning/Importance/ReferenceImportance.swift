import CLIPModels
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
public import CLIPModelShapes
import CLIPLayers
import CLIPTensors

/// Scores as CATransformers finds them, for comparison (arXiv:2505.01386, section 4.2 and its published code).
///
/// - Heads and contiguous eighths of the feed-forward layers: MoPE, the mean recall@1 lost when one is left out.
/// - Width: the last channels go, whatever they hold.
/// - Layers of the text tower: those in the middle go.
/// - Layers of the image tower: those that change uniform noise least, after everything else was cut, by the cosine along
///   the tokens of ten one-token sequences.
///
/// Nothing is corrected afterwards.
public struct ReferenceImportance: ImportanceStrategy {
  static let entry = ImportanceCatalog.Entry(
    "reference",
    "CATransformers' rules: MoPE ranks, width from the end, layers by noise"
  ) { ReferenceImportance() }
  /// `reference`, in flags, recipes and reports.
  public var name: String { Self.entry.name }
  /// True: ranks compute their pairs' features and gather them.
  public let isDivisible = true
  /// False: the published code corrects nothing.
  public let compensates = false
  /// False: it cuts to sizes that are given.
  public let allocates = false

  /// The strategy; it has no parameters.
  public init() {}

  /// The parts of a feed-forward layer that are left out at once.
  static let parts = 8

  /// Feed-forward layers are cut by eighths of the widest.
  /// - Throws: ``InputError`` naming the flag, and the widths that can be had.
  public func check(_ target: CLIPConfiguration, of dense: CLIPConfiguration) throws {
    for (name, tower, source) in [
      ("vision", target.vision.mlpWidth, dense.vision.mlpWidth), ("text", target.text.mlpWidth, dense.text.mlpWidth),
    ] where tower != source {
      for width in tower {
        let whole = source.max() ?? 0
        guard whole % Self.parts == 0, width % (whole / Self.parts) == 0 else {
          let choices = (1...Self.parts).map { String(whole * $0 / Self.parts) }.joined(separator: ", ")
          throw InputError(
            "--\(name)-mlp \(width) is not reachable with --strategy reference, which cuts eighths",
            advice: "choose from \(choices)")
        }
      }
    }
  }

  /// Scores from recall@1 on the pairs with each part left out, from noise, and from places.
  /// - Throws: ``InputError`` without pairs; `CancellationError` when asked to stop.
  public func importance(_ context: RankingContext) throws -> Importance {
    let shape = context.configuration
    let accuracy = try ModuleAblation(context)
    var scores = Importance(
      vision: try accuracy.vision(context), text: try accuracy.text(context),
      embedding: (0..<shape.embedDimension).map { -Double($0) })
    scores.vision.channels = (0..<shape.vision.width).map { -Double($0) }
    scores.text.channels = (0..<shape.text.width).map { -Double($0) }
    let middle = Double(shape.text.layers - 1) / 2
    scores.text.layers = (0..<shape.text.layers).map { abs(Double($0) - middle) }
    scores.vision.layers = try noiseScores(scores, context)
    return scores
  }

  /// The image tower's layers, after heads, units and channels were cut.
  private func noiseScores(_ scores: Importance, _ context: RankingContext) throws -> [Double] {
    let dense = context.configuration, target = context.target.vision
    var plan = PruningPlan(keepingAllOf: dense)
    plan.vision.channels = scores.vision.channels.largest(target.width)
    for layer in 0..<dense.vision.layers {
      // Layers that go keep as much as the last that stays.
      let place = min(layer, target.layers - 1)
      plan.vision.heads[layer] = scores.vision.heads[layer].largest(target.headsPerLayer[place])
      plan.vision.units[layer] = scores.vision.units[layer].largest(target.mlpWidth[place])
    }
    let pruned = try VisionTower(plan.configuration, from: PrunedParameters(AnyParameters(context.parameters), plan))
    let tokens = 10, width = target.width
    var random = Philox(seed: context.seed, purpose: .pruning, index: 2)
    let noise = Tensor((0..<tokens * width).map { _ in random.uniform() }, [tokens, width])
    return pruned.transformer.blocks.map { block in
      var output = noise
      let floats = InferenceArithmetic(
        Workspace(lanes: .single), SequenceExtent(sequences: tokens, tokens: 1, isCausal: false))
      output.withMutableMatrix { rows in
        var stream = InferenceArithmetic.Stream(rows: rows)
        block.run(&stream, in: floats)
        stream.settle()
      }
      let before = noise.elements, after = output.elements
      var sum = 0.0
      for column in 0..<width {
        var dot = 0.0, a = 0.0, b = 0.0
        for token in 0..<tokens {
          let x = Double(before[token * width + column]), y = Double(after[token * width + column])
          dot += x * y
          a += x * x
          b += y * y
        }
        sum += a * b > 0 ? dot / (a * b).squareRoot() : 1
      }
      return 1 - sum / Double(width)
    }
  }
}
