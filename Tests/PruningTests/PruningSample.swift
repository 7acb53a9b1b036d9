import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPLayers
import CLIPModelShapes
import CLIPPruning
import CLIPTensors
import CLIPTraining
import CLIPWeights

/// A small random model of any kind, its parameters, and pairs to look at.
struct PruningSample {
  var configuration: CLIPConfiguration
  var parameters: [String: Tensor]
  let calibration: CalibrationSet
  let pool: ThreadPool

  enum Kind: String, CaseIterable {
    case plain, quickGELU, layerScale, pooledAfterNorm, pooledBeforeNorm, notCausal, projectionBias, uneven, noPreNorm
    case attentionPool, gated, eva, perception

    /// Where a norm stands over heads or hidden units, those that are zero are part of it.
    static let withoutInnerNorms = allCases.filter { $0 != .eva }
  }

  init(_ kind: Kind = .plain, pairs: Int = 24, threads: Int = 2, seed: UInt64 = 1) throws {
    var vision = VisionConfiguration(
      imageSize: 20, patchSize: 5, width: 24, layers: 3, heads: 3, headWidth: 8, mlpWidth: 40)
    var text = TextConfiguration(contextLength: 9, vocabularySize: 50, width: 16, layers: 2, heads: 2, mlpWidth: 32)
    switch kind {
    case .layerScale:
      vision.layerScaleInit = 0.3
      text.layerScaleInit = 0.5
    case .pooledAfterNorm:
      vision.poolType = .avg
      vision.finalLayerNormAfterPool = true
    case .pooledBeforeNorm: vision.poolType = .avg
    case .notCausal: text.noCausalMask = true
    case .projectionBias: text.projectionBias = true
    case .uneven:
      vision.headsPerLayer = [2, 3, 1]
      vision.mlpWidth = [24, 40, 32]
      text.headsPerLayer = [1, 2]
    case .noPreNorm: vision.hasPreLayerNorm = false
    case .attentionPool:
      vision.poolType = .attention
      vision.attentionPool = .init(heads: 2, hidden: 20)
      vision.hasClassToken = false
      vision.hasPatchBias = true
    case .perception:
      vision.poolType = .attention
      vision.attentionPool = .init(heads: 4, hidden: 20, headWidth: 6)
      vision.rotaryReference = 4
      vision.rotaryOffset = 1
      vision.rotaryStartsWithColumns = true
      vision.projectionBias = true
      vision.tower.usesTanhGELU = true
      text.tower.usesTanhGELU = true
    case .gated, .eva:
      vision.tower.isGated = true
      vision.tower.hasInnerNorms = kind == .eva
      vision.tower.inputBias = .withoutKeys
      vision.rotaryReference = 16
      vision.projectionBias = true
    default: break
    }
    var shape = CLIPConfiguration(embedDimension: 12, vision: vision, text: text)
    shape.usesQuickGELU = kind == .quickGELU
    configuration = shape
    pool = ThreadPool(threads: threads)
    let initial = InitialParameters(shape, seed: seed, pool: pool)
    var random = Philox(seed: seed, purpose: .test), parameters: [String: Tensor] = [:]
    for parameter in ParameterList(shape).parameters {
      let start = initial.parameter(parameter.name, Shape(parameter.shape))
      // Biases and norms that do nothing would hide faults.
      let isSmall = parameter.shape.count == 1
      parameters[parameter.name] =
        isSmall ? Tensor(start.elements.map { $0 + 0.1 * random.normal() }, start.shape) : start
    }
    self.parameters = parameters
    let images = Tensor((0..<pairs * 3 * 20 * 20).map { _ in random.normal() }, [pairs, 3, 20, 20])
    let ids = (0..<pairs).flatMap { text -> [Int32] in
      var ids = [Int32](repeating: 0, count: 9)
      for token in 0...(text % 8) { ids[token] = Int32(1 + (text * 7 + token * 3) % 40) }
      ids[text % 8 + 1] = 49
      return ids
    }
    calibration = CalibrationSet(images: images, ids: ids)
  }

  var state: StateDictionary {
    StateDictionary(
      ParameterList(configuration).parameters.compactMap { entry in
        parameters[entry.name].map { (entry.name, $0) }
      })
  }

  var model: CLIPModel { get throws { try CLIPModel(configuration, from: state) } }

  func pruner(_ strategy: String, _ compensation: CompensationOptions? = nil, seed: UInt64 = 0) throws -> Pruner {
    try Pruner(
      try model, state, importance: ImportanceCatalog.strategy(strategy), compensation: compensation, seed: seed,
      on: pool)
  }

  /// Features of both towers, one after another.
  func features(_ model: CLIPModel) throws -> [Float] {
    try model.vision(calibration.images, on: pool).elements + model.text(calibration.ids, on: pool).elements
  }

  func features() throws -> [Float] { try features(try model) }

  /// The model cut as a plan says and nothing else.
  func cut(_ plan: PruningPlan) throws -> CLIPModel {
    try CLIPModel(plan.configuration, from: PrunedParameters(state, plan))
  }

  mutating func edit(_ name: String, _ change: (inout [Float], [Int]) -> Void) {
    guard let tensor = parameters[name] else { return }
    var elements = tensor.elements
    change(&elements, tensor.shape.extents)
    parameters[name] = Tensor(elements, tensor.shape)
  }

  /// The largest difference relative to the largest entry.
  static func distance(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = b.map { abs($0) }.max() ?? 1
    return Double((zip(a, b).map { abs($0 - $1) }.max() ?? 0) / max(scale, 1e-30))
  }
}
