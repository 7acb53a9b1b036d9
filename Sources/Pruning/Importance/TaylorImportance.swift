import CLIPModels
import CLIPCompute
import CLIPModelShapes
import CLIPTensors
import CLIPTraining

/// Scores by the first-order change of the distillation loss when a part is set to zero, `E[(a · ∂L/∂a)²]` over batches.
///
/// At the teacher itself a matching loss has no gradient, so the loss is interactive contrast with the model's own features
/// (``InteractiveLoss``). For a part that a matrix reads, `a · ∂L/∂a` is the sum of weight times gradient over its columns.
///
/// Source: Molchanov et al., "Importance estimation for neural network pruning" (arXiv:1906.10771), equation 8, with gates
/// instead of weights.
public struct TaylorImportance: ImportanceStrategy {
  static let entry = ImportanceCatalog.Entry(
    "taylor",
    "first-order change of the distillation loss"
  ) { TaylorImportance() }
  /// `taylor`, in flags, recipes and reports.
  public var name: String { Self.entry.name }
  /// True: ranks take the batches in turn.
  public let isDivisible = true

  /// The strategy; it has no parameters.
  public init() {}

  private static let batch = 32
  private static let batches = 16

  /// Scores from the gradients of up to 16 batches of 32 pairs.
  /// - Throws: ``InputError`` without pairs; `CancellationError` when asked to stop.
  public func importance(_ context: RankingContext) throws -> Importance {
    let data = try context.requiredCalibration(), model = context.configuration
    let engine = try TrainingEngine(model, from: AnyParameters(context.parameters), on: context.pool)
    let term = [LossTerm(InteractiveLoss())]
    var scores = Importance(zerosFor: model)
    let batches = min(Self.batches, max(1, data.count / Self.batch)), turns = context.ranks?.count ?? 1
    for first in stride(from: 0, to: batches, by: turns) {
      try context.checkStop()
      let numbers = first..<min(first + turns, batches)
      guard let pairs = try own(numbers, data, context) else { continue }
      let teacher = TeacherFeatures(
        image: try engine.model.imageFeatures(pairs.images, on: context.pool),
        text: try engine.model.textFeatures(pairs.ids, on: context.pool), logitScale: engine.model.scale)
      _ = try engine.computeGradients(.init(images: pairs.images, ids: pairs.ids, teachers: [teacher]), term)
      add(engine, "visual.transformer.resblocks", model.vision, to: &scores.vision)
      add(engine, "transformer.resblocks", model.text, to: &scores.text)
      addProjections(engine, model, to: &scores)
      context.progress("gradients", numbers.upperBound, batches)
    }
    return try context.ranks.map { scores.replacing(try $0.sum(scores.numbers)) } ?? scores
  }

  /// The batch that is this rank's, whole; a batch's pairs lie on all ranks. Nil where there are more ranks than batches.
  private func own(_ batches: Range<Int>, _ data: CalibrationSet, _ context: RankingContext) throws -> CalibrationSet? {
    let rank = context.ranks?.rank ?? 0
    var own: CalibrationSet?
    for number in batches {
      let pairs = try data.pairs(
        number * Self.batch..<min((number + 1) * Self.batch, data.count), context.ranks)
      if number - batches.lowerBound == rank { own = pairs }
    }
    return own
  }

  private func add(
    _ engine: TrainingEngine, _ path: String, _ shape: some TowerConfiguration, to scores: inout TowerImportance
  ) {
    for layer in 0..<shape.layers {
      let block = "\(path).\(layer)"
      let units = columnProducts(engine, "\(block).mlp.c_proj.weight")
      let outputs = columnProducts(engine, "\(block).attn.out_proj.weight")
      var whole = units.reduce(0, +) + outputs.reduce(0, +)
      for bias in ["\(block).mlp.c_proj.bias", "\(block).attn.out_proj.bias"] {
        whole += products(engine, bias).reduce(0, +)
      }
      for (unit, value) in units.enumerated() { scores.units[layer][unit] += value * value }
      for head in scores.heads[layer].indices {
        let value = outputs[head * shape.headWidth..<(head + 1) * shape.headWidth].reduce(0, +)
        scores.heads[layer][head] += value * value
      }
      scores.layers[layer] += whole * whole
      for reader in ["\(block).attn.in_proj_weight", "\(block).mlp.c_fc.weight"]
        + (shape.tower.isGated ? ["\(block).mlp.c_gate.weight"] : [])
      {
        for (channel, value) in columnProducts(engine, reader).enumerated() {
          scores.channels[channel] += value * value
        }
      }
    }
  }

  private func addProjections(_ engine: TrainingEngine, _ model: CLIPConfiguration, to scores: inout Importance) {
    func add(_ values: [Double], to sums: inout [Double]) {
      for index in sums.indices { sums[index] += values[index] * values[index] }
    }
    func add(_ path: String, _ tower: (type: TextConfiguration.Projection, hasBias: Bool), to channels: inout [Double])
    {
      guard tower.type == .linear else { return }
      if tower.hasBias {
        add(columnProducts(engine, "\(path).weight"), to: &channels)
        add(rowProducts(engine, "\(path).weight"), to: &scores.embedding)
      } else {
        add(rowProducts(engine, path), to: &channels)
        add(columnProducts(engine, path), to: &scores.embedding)
      }
    }
    add("visual.proj", (model.vision.projType, model.vision.projectionBias), to: &scores.vision.channels)
    add("text_projection", (model.text.projType, model.text.projectionBias), to: &scores.text.channels)
  }

  /// Weight times gradient, element by element.
  private func products(_ engine: TrainingEngine, _ name: String) -> [Double] {
    guard let weight = engine.weights[name], let gradient = engine.gradients[name] else { return [] }
    return zip(weight.elements, gradient.elements).map { Double($0) * Double($1) }
  }

  private func columnProducts(_ engine: TrainingEngine, _ name: String) -> [Double] {
    guard let width = engine.weights[name]?.shape[1] else { return [] }
    var sums = [Double](repeating: 0, count: width)
    for (index, value) in products(engine, name).enumerated() { sums[index % width] += value }
    return sums
  }

  private func rowProducts(_ engine: TrainingEngine, _ name: String) -> [Double] {
    guard let shape = engine.weights[name]?.shape else { return [] }
    var sums = [Double](repeating: 0, count: shape[0])
    for (index, value) in products(engine, name).enumerated() { sums[index / shape[1]] += value }
    return sums
  }
}
