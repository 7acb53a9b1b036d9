public import CLIPModels
public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
internal import CLIPQuantization
public import CLIPRanks
internal import CLIPSystem
public import CLIPTensors

/// A model that learns: weights, gradients, optimizer, and the way from a batch to the next weights.
///
/// Knows nothing of data sets, schedules or files: see ``Trainer``.
/// `@unchecked Sendable`: one step at a time.
public final class TrainingEngine: @unchecked Sendable {
  /// The model's shape.
  public let configuration: CLIPConfiguration
  /// The model's parameters, then those of the losses.
  public let weights: ParameterBlock
  /// Of the last batch, laid out as ``weights``; those of losses too.
  public let gradients: ParameterBlock
  /// What moves the weights.
  public let optimizer: any Optimizer
  /// What ``optimizer`` keeps of earlier steps, in the order of its names.
  public let optimizerState: [ParameterBlock]
  /// Runs on ``weights``, as they are at the moment.
  public let model: CLIPModel
  /// Which weights stay as they are.
  public let locks: TowerLocks
  /// Whether activations are computed again in the backward pass instead of kept.
  public var recomputesActivations = false
  /// Whether kept activations may lie in the gradients' memory: worth it for large models.
  package var isLending: Bool
  /// The threads to work on.
  public let pool: ThreadPool
  /// Whether each rank computes its samples' part of the loss, against the features of all, instead of all of it.
  package var dividesLoss = false
  /// The processes that share the batch; nil where this one has all of it.
  public let ranks: (any RankGroup)?
  /// What the products of towers that learn are computed in.
  public let precision: ProductArithmetic
  /// What training in 8 bits rounds activations by; nil before ``calibrate(images:ids:)``.
  private var scales: FakeQuantization?
  /// Where training rounds to 8 bits: the weights rounded, and the model that reads them.
  private let rounded: (weights: ParameterBlock, model: CLIPModel)?

  /// - Parameters:
  ///   - source: the first weights
  ///   - teacherWidths: widths of the teachers' features, in order; one that differs from the model's gets projections
  ///   - roundsTo8Bits: computes gradients as they are where weights and activations are rounded to 8 bits
  ///   - seed: of those projections
  ///   - ranks: the processes that share each batch
  /// - Throws: an error naming a parameter that the source lacks.
  public init(
    _ configuration: CLIPConfiguration, from source: any ParameterSource, teacherWidths: [Int] = [],
    locks: TowerLocks = TowerLocks(), optimizer: any Optimizer = AdamW(),
    precision: ProductArithmetic = .float32, roundsTo8Bits: Bool = false, seed: UInt64 = 0,
    ranks: (any RankGroup)? = nil, on pool: ThreadPool
  ) throws {
    self.configuration = configuration
    self.ranks = ranks
    self.locks = locks
    self.pool = pool
    self.precision = precision
    let projections = TeacherProjections(teacherWidths, embedDimension: configuration.embedDimension)
    let parameters = ParameterList(configuration).parameters
    weights = ParameterBlock(zerosFor: parameters + projections.parameters)
    for entry in weights.entries.prefix(parameters.count) {
      weights.set(entry, try source.parameter(entry.name, Shape(entry.parameter.shape)))
    }
    for entry in weights.entries.dropFirst(parameters.count) {
      weights.set(entry, TeacherProjections.initialWeight(entry.parameter, seed: seed))
    }
    gradients = ParameterBlock(zerosFor: weights.entries.map(\.parameter))
    isLending = gradients.isLarge && !locks.locksImage && !locks.locksText
    self.optimizer = optimizer
    optimizerState = type(of: optimizer).stateNames.map { [gradients] _ in
      ParameterBlock(zerosFor: gradients.entries.map(\.parameter))
    }
    model = try CLIPModel(configuration, from: weights)
    if roundsTo8Bits {
      let block = ParameterBlock(zerosFor: weights.entries.map(\.parameter))
      rounded = (block, try CLIPModel(configuration, from: block))
    } else {
      rounded = nil
    }
    isTrained = weights.entries.map { !locks.locks($0.parameter, of: configuration) }
  }

  /// Which of ``weights``'s entries move.
  public let isTrained: [Bool]

  /// A batch as the engine takes it.
  public struct Batch: Sendable {
    /// `[batch, 3, imageSize, imageSize]`, normalized.
    public var images: Tensor
    /// `[batch, contextLength]`, row by row.
    public var ids: [Int32]
    /// What each teacher says of the batch, in the order by which ``LossTerm/teacher`` counts.
    public var teachers: [TeacherFeatures]

    /// A batch, with what its teachers say of it.
    public init(images: Tensor, ids: [Int32], teachers: [TeacherFeatures] = []) {
      self.images = images
      self.ids = ids
      self.teachers = teachers
    }
  }

  /// The value of a batch's loss.
  public struct LossValue: Sendable {
    /// `Σ weight * term`.
    public let total: Double
    /// Each term before its weight.
    public let terms: [(name: String, value: Double)]
  }

  /// Sets ``gradients`` to those of a batch's loss.
  ///
  /// Of several ranks each gives its part of the batch, as many samples as the others. Features are gathered, the loss is
  /// that of the whole batch, and gradients are summed while the backward pass goes on; all ranks end with the same ones.
  /// - Throws: ``ShapeError`` or ``TokenRangeError`` for a batch that does not fit the model, ``InputError`` where ranks
  ///   cannot reach one another.
  public func computeGradients(_ batch: Batch, _ terms: [LossTerm]) throws -> LossValue {
    var batch = batch
    if let ranks { batch.teachers = try batch.teachers.map { try $0.gathered(from: ranks) } }
    try roundWeights(batch)
    let tape = Tape(), vision = try visionPass(batch.images), texts = try textPass(batch.ids)
    let ranges = isLending ? vision?.lent(by: gradients) : nil, others = isLending ? texts?.lent(by: gradients) : nil
    if let ranges, let others {
      vision?.keep(in: gradients)
      texts?.keep(in: gradients)
      gradients.clear(leaving: ranges + others)
    } else {
      gradients.clear()
    }
    let ownImage = try features(vision, of: locks.firstVisionBlock(configuration.vision.layers), tape) {
      try model.vision(batch.images, on: pool)
    }
    let ownText = try features(texts, of: locks.firstTextBlock(configuration.text.layers), tape) {
      try model.text(batch.ids, on: pool)
    }
    // Behind both towers, so that what their gradients are summed from is there before either goes back.
    let fault = SumFault()
    let image = try gathered(ownImage, fault), text = try gathered(ownText, fault)
    let own = ranks.flatMap { dividesLoss ? (rows: rows(of: ownImage, $0), image: ownImage, text: ownText) : nil }
    let scale = tape.variable(model.logitScale), bias = model.logitBias.map(tape.variable)
    let factor = scale.exponential()
    let lossImage = own?.image ?? image, lossText = own?.text ?? text
    let projections = batch.teachers.indices.map { number in
      TeacherProjections.names(number).map { name in weights[name].map(tape.variable) }
    }
    let values = try terms.map { term in
      let projected =
        term.needsTeacher && batch.teachers.indices.contains(term.teacher) ? projections[term.teacher] : [nil, nil]
      return try term.loss.value(
        LossFeatures(
          tape: tape, image: image, text: text, logitScale: factor, logitBias: bias,
          teacher: term.needsTeacher && batch.teachers.indices.contains(term.teacher)
            ? batch.teachers[term.teacher] : nil,
          projectedImage: projected[0].map { lossImage.linear($0).normalizedRows() } ?? lossImage,
          projectedText: projected[1].map { lossText.linear($0).normalizedRows() } ?? lossText, own: own))
    }
    let total = Variable.sum(zip(terms, values).map { (Float($0.weight), $1) }, on: tape)
    let result = try summed(
      LossValue(
        total: Double(total.value.scalar),
        terms: zip(terms, values).map { ($0.name, Double($1.value.scalar)) }))
    let found = tape.gradients(of: total)
    keep(found[scale], "logit_scale")
    if let bias { keep(found[bias], "logit_bias") }
    for (number, pair) in projections.enumerated() {
      for (name, variable) in zip(TeacherProjections.names(number), pair) {
        if let variable { keep(found[variable], name) }
      }
    }
    if let error = fault.error { throw error }
    try finishSums()
    return result
  }

  private func keep(_ gradient: Tensor?, _ name: String) {
    guard let gradient, let entry = gradients.entries.first(where: { $0.name == name }) else { return }
    gradients.set(entry, gradient)
  }

  /// Finds the scales that activations are rounded by from now on, as ``QuantizedModel`` finds them.
  ///
  /// - Parameters:
  ///   - images: `[pairs, 3, imageSize, imageSize]`
  ///   - ids: `[pairs, contextLength]`, row by row
  /// - Throws: `InputError` for too few pairs, and where an activation is not finite.
  public func calibrate(images: Tensor, ids: [Int32]) throws {
    guard rounded != nil else { return }
    scales = FakeQuantization(try QuantizedModel(model, images: images, ids: ids, on: pool))
  }

  /// The scales as a run keeps them, by name; none where nothing is rounded, or nothing was calibrated yet.
  var keptScales: [(name: String, tensor: Tensor)] {
    scales?.steps.map { ("\(Self.scaleName)\($0.place)", $0.steps) } ?? []
  }

  /// Takes scales that were kept.
  /// - Parameter tensor: the kept tensor of a name and shape
  func restoreScales(_ tensor: (String, Shape) throws -> Tensor) throws {
    guard rounded != nil else { return }
    scales = FakeQuantization(
      steps: try FakeQuantization.places(of: model).map {
        ($0.place, try tensor(Self.scaleName + $0.place, [$0.count]))
      })
  }

  /// Takes the scales of rank 0, where it has any.
  func shareScales(_ ranks: any RankGroup) throws {
    guard rounded != nil, try ranks.gather(scales == nil ? 0 : 1)[0] == 1 else { return }
    let places = FakeQuantization.places(of: model), own = Dictionary(uniqueKeysWithValues: keptScales)
    var steps: [(place: String, steps: Tensor)] = []
    for place in places {
      var tensor = own[Self.scaleName + place.place] ?? Tensor(repeating: 0, [place.count])
      try tensor.withUnsafeMutableElements { try ranks.broadcast(UnsafeMutableRawBufferPointer($0)) }
      steps.append((place.place, tensor))
    }
    scales = FakeQuantization(steps: steps)
  }

  static let scaleName = "int8/"

  /// The weights as 8 bits hold them now. Before any calibration the batch serves as one.
  private func roundWeights(_ batch: Batch) throws {
    guard let rounded else { return }
    if scales == nil { try calibrate(images: batch.images, ids: batch.ids) }
    for entry in weights.entries { rounded.weights.set(entry, weights[entry]) }
    scales?.roundWeights(of: model, into: rounded.weights, on: pool)
  }

  /// Nil where images go through a tower that neither learns nor rounds.
  private func visionPass(_ images: Tensor) throws -> TowerPass<VisionTower>? {
    let size = configuration.vision.imageSize
    guard images.shape.rank == 4, Array(images.shape.extents.dropFirst()) == [3, size, size] else {
      throw ShapeError("vision tower", expected: "[batch, 3, \(size), \(size)]", found: images.shape)
    }
    return try pass(
      rounded?.model.vision ?? model.vision, images, locks.firstVisionBlock(configuration.vision.layers),
      scales?.vision(model))
  }

  /// Nil where texts go through a tower that neither learns nor rounds.
  private func textPass(_ ids: [Int32]) throws -> TowerPass<TextTower>? {
    try pass(
      rounded?.model.text ?? model.text, try model.text.batch(ids), locks.firstTextBlock(configuration.text.layers),
      scales?.text(model))
  }

  private func pass<Tower: TrainableTower>(
    _ tower: Tower, _ input: Tower.Input, _ first: TowerLocks.Start?, _ scales: TowerRounding?
  ) throws -> TowerPass<Tower>? {
    if first == nil, scales == nil { return nil }
    return TowerPass(
      tower, input, recomputes: first == nil || recomputesActivations, in: precision, rounding: scales,
      returnsMemory: gradients.isLarge, on: pool)
  }

  private func features<Tower: TrainableTower>(
    _ pass: TowerPass<Tower>?, of first: TowerLocks.Start?, _ tape: Tape, _ fixed: () throws -> Tensor
  ) throws -> Variable {
    let values: Variable, begin = ranks.map(beginSum)
    if let pass, let first {
      values = tape.source(pass.forward()) { [gradients] upstream in
        pass.backward(upstream, gradients: gradients, firstBlock: first.block, finished: begin)
      }
    } else {
      values = tape.constant(try pass?.forward() ?? fixed())
    }
    return values.normalizedRows()
  }

  /// The Euclidean length of all gradients together; not finite when any of them is not.
  public func gradientNorm() -> Double { GradientNorm.of(gradients, isTrained: isTrained, on: pool) }

  /// Moves the weights by one step of the optimizer.
  ///
  /// The logit scale is kept from 1 to 100, as CLIP's training does (arXiv:2103.00020, section 2.5).
  /// - Parameters:
  ///   - step: how many steps there will have been, from 1
  ///   - factor: what gradients are multiplied by: see ``clippingFactor(norm:limit:)``
  public func update(step: Int, rate: Double, factor: Double = 1) {
    optimizer.update(
      OptimizerStep(
        weights: weights, gradients: gradients, state: optimizerState, number: step, rate: Float(rate),
        factor: Float(factor), isTrained: isTrained, pool: pool))
    let scale = weights.memory(of: model.logitScale).start
    scale.pointee = min(max(scale.pointee, 0), logf(100))
  }

  /// What gradients are multiplied by so that their norm is at most `limit`, as PyTorch's `clip_grad_norm_` does it.
  public static func clippingFactor(norm: Double, limit: Double?) -> Double {
    guard let limit else { return 1 }
    return min(1, limit / (norm + 1e-6))
  }
}
