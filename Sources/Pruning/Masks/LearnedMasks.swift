package import CLIPCompute
import CLIPFiles
import CLIPLayers
public import CLIPModelShapes
import CLIPModels
import CLIPTensors
internal import CLIPUnits
import CLIPWeights

/// A model whose image tower has learned which of its parts it can do without, and the weights that it learned meanwhile.
public struct LearnedMasks: Sendable {
  /// The whole model's shape.
  public let dense: CLIPConfiguration
  /// For each gate, in the order of ``MaskGates``.
  package let logAlphas: [Double]
  /// The whole model's weights, as they are after learning; gates are not in them.
  let parameters: ParameterBlock
  /// What cutting shall come to.
  public let budget: Budget
  /// How long learning took, in seconds.
  public let seconds: Double
  let pool: ThreadPool

  private var gates: MaskGates { MaskGates(dense.vision) }
  private var distribution: HardConcrete { HardConcrete() }

  /// The share of one image's multiply-adds that is expected to be left, gates being drawn: near the budget's.
  public var expectedShare: Double {
    let cost = ExpectedCost(dense), open = logAlphas.map(distribution.openProbability)
    return cost(gates.sums(open, width: dense.vision.width)) / cost.whole
  }

  /// The sizes that the gates come to within the budget. The text tower and the embedding stay whole.
  /// - Throws: `InputError` where the budget cannot be reached.
  public func shape() throws -> CLIPConfiguration {
    try MaskSizes(dense, gates, logAlphas, distribution).shape(within: budget.limit)
  }

  /// For each part the probability that its gate is open; 0 for all that has none.
  var importance: Importance {
    let open = logAlphas.map(distribution.openProbability)
    var scores = Importance(zerosFor: dense)
    if !gates.channels.isEmpty { scores.vision.channels = Array(open[gates.channels]) }
    scores.vision.heads = gates.heads.map { Array(open[$0]) }
    scores.vision.units = gates.units.map { Array(open[$0]) }
    return scores
  }

  /// Cuts the model: what has the surest gates stays, with the weights that it learned times its gate.
  ///
  /// - Parameter shape: nil for that of the budget, else one that was found before, such as with another seed
  /// - Throws: `InputError` where the budget cannot be reached.
  public func cut(to shape: CLIPConfiguration? = nil) throws -> Pruner.Result {
    let clock = ContinuousClock(), start = clock.now, importance = importance
    let plan = PruningPlan(importance, target: try shape ?? self.shape(), of: dense)
    let weights = ParameterBlock(zerosFor: parameters.entries.map(\.parameter))
    for entry in parameters.entries { weights.set(entry, parameters[entry]) }
    let settled = settled(plan)
    GatedWeights(gates, of: dense, in: weights, on: pool).close(weights, settled.values, gain: settled.gain)
    let block = try ParameterBlock(
      ParameterList(plan.configuration).parameters, from: PrunedParameters(weights, plan))
    return Pruner.Result(
      plan: plan, importance: importance, parameters: block, model: try CLIPModel(plan.configuration, from: block),
      sensitivity: nil, visionErrors: [], textErrors: [], rankingSeconds: seconds,
      compensationSeconds: (clock.now - start).seconds)
  }

  /// What the gates of all that stays are set to, and the factor of norms over the channels that stay.
  private func settled(_ plan: PruningPlan) -> (values: [Double], gain: Double) {
    var values = [Double](repeating: 0, count: gates.count)
    func set(_ range: Range<Int>, _ kept: [Int]) {
      for number in kept {
        values[range.lowerBound + number] = distribution.settled(logAlphas[range.lowerBound + number])
      }
    }
    if !gates.channels.isEmpty { set(gates.channels, plan.vision.channels) }
    for layer in gates.heads.indices {
      set(gates.heads[layer], plan.vision.heads[layer])
      set(gates.units[layer], plan.vision.units[layer])
    }
    let energy = gates.channels.reduce(0) { $0 + values[$1] * values[$1] }
    let gain = gates.channels.isEmpty ? 1 : (energy / Double(max(plan.vision.channels.count, 1))).squareRoot()
    return (values, gain)
  }
}

/// Masks are learned in minutes, and may be wanted again: by another process, or after a kill.
extension LearnedMasks {
  private static let gateName = "masks/log_alpha", secondsName = "masks/seconds"

  /// Writes weights and gates.
  /// - Throws: `InputError` when the file cannot be written.
  package func write(to path: String) throws {
    try Folder.make(Folder.parent(of: path))
    let tensors = parameters.entries.map { OutgoingTensor($0.name, parameters[$0]) }
    try SafetensorsWriter.write(
      tensors + [
        OutgoingTensor(Self.gateName, doubles: logAlphas, [logAlphas.count]),
        OutgoingTensor(Self.secondsName, doubles: [seconds], [1]),
      ], to: path)
  }

  /// Reads what was written for a model of the same shape.
  /// - Throws: `InputError` for a file that is damaged or of another model.
  package init(file path: String, of dense: CLIPConfiguration, budget: Budget, on pool: ThreadPool) throws {
    let file = try SafetensorsFile(path: path)
    func refuse(_ name: String) -> InputError {
      InputError("holds no masks of this model", file: path, at: name, advice: "remove it; they are learned anew")
    }
    let parameters = ParameterBlock(zerosFor: ParameterList(dense).parameters)
    for entry in parameters.entries {
      guard file.shape(of: entry.name) == Shape(entry.parameter.shape) else { throw refuse(entry.name) }
      parameters.set(entry, try file.tensor(entry.name))
    }
    let logAlphas = try file.doubles(Self.gateName), seconds = try file.doubles(Self.secondsName)
    guard logAlphas.count == MaskGates(dense.vision).count, logAlphas.allSatisfy(\.isFinite), seconds.count == 1 else {
      throw refuse(Self.gateName)
    }
    self.init(
      dense: dense, logAlphas: logAlphas, parameters: parameters, budget: budget, seconds: seconds[0], pool: pool)
  }
}
