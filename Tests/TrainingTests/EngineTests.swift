import CLIPModels
import CLIPCompute
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPTraining

/// Small models of every kind that the towers know, with a batch for them.
struct Sample {
  let configuration: CLIPConfiguration
  let batch: TrainingEngine.Batch

  static func shape(_ change: (inout VisionConfiguration, inout TextConfiguration) -> Void = { _, _ in })
    -> CLIPConfiguration
  {
    var vision = VisionConfiguration(
      imageSize: 20, patchSize: 5, width: 24, layers: 2, heads: 3, headWidth: 8, mlpWidth: 40)
    var text = TextConfiguration(contextLength: 9, vocabularySize: 50, width: 16, layers: 2, heads: 2, mlpWidth: 32)
    change(&vision, &text)
    return CLIPConfiguration(embedDimension: 12, vision: vision, text: text)
  }

  init(_ configuration: CLIPConfiguration, count: Int) {
    self.configuration = configuration
    var random = Philox(seed: 5, purpose: .test)
    let size = configuration.vision.imageSize
    let images = Tensor((0..<count * 3 * size * size).map { _ in random.normal() }, [count, 3, size, size])
    // End tokens, the largest id, stand at different places.
    let ids = (0..<count).flatMap { text -> [Int32] in
      var ids = [Int32](repeating: 0, count: 9)
      for token in 0...(text % 8) { ids[token] = Int32(1 + (text * 7 + token * 3) % 40) }
      ids[text % 8 + 1] = 49
      return ids
    }
    batch = TrainingEngine.Batch(images: images, ids: ids)
  }

  func engine(
    threads: Int = 2, teacherWidths: [Int] = [], locks: TowerLocks = TowerLocks(),
    precision: ProductArithmetic = .float32, roundsTo8Bits: Bool = false
  ) throws -> TrainingEngine {
    let pool = ThreadPool(threads: threads)
    let engine = try TrainingEngine(
      configuration, from: InitialParameters(configuration, seed: 1, pool: pool), teacherWidths: teacherWidths,
      locks: locks, precision: precision, roundsTo8Bits: roundsTo8Bits, on: pool)
    // Biases and norms that do nothing at the start would hide faults.
    var random = Philox(seed: 9, purpose: .test)
    for entry in engine.weights.entries where entry.parameter.shape.count == 1 {
      let old = engine.weights[entry].elements
      engine.weights.set(entry, Tensor(old.map { $0 + 0.1 * random.normal() }, engine.weights[entry].shape))
    }
    return engine
  }
}

@Suite("Training engine")
struct EngineTests {
  enum Kind: String, CaseIterable {
    case plain, quickGELU, layerScale, pooledAfterNorm, pooledBeforeNorm, notCausal, projectionBias, pruned, sigmoid
    case attentionPool, eva, perception, withoutInputBias, attentionOnly
  }

  static func sample(_ kind: Kind, count: Int = 6) -> Sample {
    var shape = Sample.shape { vision, text in
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
      case .withoutInputBias:
        vision.tower.inputBias = .none
        text.tower.inputBias = .withoutKeys
      case .eva:
        vision.tower.inputBias = .withoutKeys
        vision.tower.isGated = true
        vision.tower.hasInnerNorms = true
        vision.rotaryReference = 16
        vision.projectionBias = true
      case .pruned:
        vision.headsPerLayer = [2, 1]
        vision.mlpWidth = [24, 40]
        text.headsPerLayer = [1, 2]
      case .attentionOnly:
        vision.mlpWidth = [0, 40]
        text.mlpWidth = [32, 0]
      default: break
      }
    }
    shape.usesQuickGELU = kind == .quickGELU
    if kind == .sigmoid {
      shape.initialLogitBias = -2
      shape.initialLogitScale = 1
    }
    return Sample(shape, count: count)
  }

  @Test("the gradient of every parameter predicts how the loss changes", arguments: Kind.allCases)
  func finiteDifferences(kind: Kind) throws {
    let sample = Self.sample(kind), engine = try sample.engine()
    let terms = [LossTerm(kind == .sigmoid ? SigmoidLoss() : ContrastiveLoss())]
    _ = try engine.computeGradients(sample.batch, terms)
    let gradients = engine.gradients.entries.map { engine.gradients[$0].elements }
    var random = Philox(seed: 3, purpose: .test)
    for (index, entry) in engine.weights.entries.enumerated() {
      let start = engine.weights[entry].elements
      // Along the gradient itself, where the change is largest against the rounding of float32, and bent a little.
      let length = gradients[index].reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
      guard length > 1e-4 else { continue }
      let direction = gradients[index].map {
        Double($0) / length + 0.3 * Double(random.normal()) / Double(entry.count).squareRoot()
      }
      let predicted = zip(gradients[index], direction).reduce(0.0) { $0 + Double($1.0) * $1.1 }
      let step = min(0.02, 0.01 / length)
      func loss(_ sign: Double) throws -> Double {
        engine.weights.set(
          entry, Tensor(zip(start, direction).map { Float(Double($0) + sign * step * $1) }, engine.weights[entry].shape)
        )
        return try engine.computeGradients(sample.batch, terms).total
      }
      let up = try loss(1), down = try loss(-1)
      let measured = (up - down) / (2 * step)
      engine.weights.set(entry, Tensor(start, engine.weights[entry].shape))
      // Float32 losses of about 2 carry 2e-7 of rounding, divided by the step; the curve bends by its square.
      let rounding = 1e-6 / step
      #expect(
        abs(measured - predicted) < 0.01 * abs(predicted) + rounding, "\(kind) \(entry.name): \(measured), \(predicted)"
      )
    }
  }

  @Test("features in training equal those of inference", arguments: Kind.allCases)
  func forward(kind: Kind) throws {
    let sample = Self.sample(kind, count: 13), engine = try sample.engine(), pool = engine.pool
    let image = try engine.model.imageFeatures(sample.batch.images, on: pool)
    let text = try engine.model.textFeatures(sample.batch.ids, on: pool)
    let logits = engine.model.logits(image: image, text: text)
    let isSigmoid = kind == .sigmoid
    let expected = try isSigmoid ? SigmoidLossOperator.forward(logits) : ContrastiveLossOperator.forward(logits)
    let loss = try engine.computeGradients(sample.batch, [LossTerm(isSigmoid ? SigmoidLoss() : ContrastiveLoss())])
      .total
    #expect(abs(loss - expected) < 3e-6 * expected)
  }

  @Test(
    "gradients are the same bits on any number of threads, kept or recomputed", arguments: Kind.allCases,
    ProductArithmetic.allCases)
  func threads(kind: Kind, precision: ProductArithmetic) throws {
    let sample = Self.sample(kind, count: 37)
    let terms = [LossTerm(kind == .sigmoid ? SigmoidLoss() : ContrastiveLoss())]
    func gradients(_ threads: Int, recomputes: Bool) throws -> [[Float]] {
      let engine = try sample.engine(threads: threads, precision: precision)
      engine.recomputesActivations = recomputes
      _ = try engine.computeGradients(sample.batch, terms)
      return engine.gradients.entries.map { engine.gradients[$0].elements }
    }
    let one = try gradients(1, recomputes: false)
    let three = try gradients(3, recomputes: false), again = try gradients(2, recomputes: true)
    #expect(one == three)
    #expect(one == again)
  }

  @Test("gradients are the same where activations are kept in their memory", arguments: Kind.allCases)
  func lending(kind: Kind) throws {
    let sample = Self.sample(kind, count: 2), terms = [LossTerm(kind == .sigmoid ? SigmoidLoss() : ContrastiveLoss())]
    let plain = try sample.engine(precision: .bfloat16), lending = try sample.engine(precision: .bfloat16)
    lending.isLending = true
    let pass = TowerPass(
      lending.model.vision, sample.batch.images, recomputes: false, in: .bfloat16, on: lending.pool)
    #expect(pass.lent(by: lending.gradients)?.count == lending.model.vision.transformer.chain.count)
    // The second time the gradients' memory holds what the first left there.
    for step in 1...2 {
      for engine in [plain, lending] {
        _ = try engine.computeGradients(sample.batch, terms)
      }
      for entry in plain.gradients.entries {
        #expect(plain.gradients[entry].elements == lending.gradients[entry].elements, "\(kind) \(entry.name)")
      }
      for engine in [plain, lending] { engine.update(step: step, rate: 1e-3) }
    }
  }

  @Test("in bfloat16 loss and gradients are those of float32 but for its rounding", arguments: Kind.allCases)
  func bfloat16(kind: Kind) throws {
    let sample = Self.sample(kind, count: 37)
    let terms = [LossTerm(kind == .sigmoid ? SigmoidLoss() : ContrastiveLoss())]
    let exact = try sample.engine(), rounded = try sample.engine(precision: .bfloat16)
    let loss = try exact.computeGradients(sample.batch, terms).total
    let other = try rounded.computeGradients(sample.batch, terms).total
    // Its eight bits round each factor by up to 0.4 %, in both directions.
    #expect(abs(other - loss) < 0.01 * loss && other != loss, "\(other), \(loss)")
    for entry in exact.gradients.entries {
      let a = exact.gradients[entry].elements, b = rounded.gradients[entry].elements
      let length = a.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 1e-3 else { continue }
      let distance = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
      #expect(distance < 0.1 * length, "\(kind) \(entry.name): \(distance / length)")
    }
  }

  @Test("a locked tower keeps its weights, and what is unlocked gets the gradient it gets anyway")
  func locks() throws {
    let sample = Self.sample(.plain), terms = [LossTerm(ContrastiveLoss())]
    let free = try sample.engine()
    _ = try free.computeGradients(sample.batch, terms)
    for unlocked in 0...4 {
      var locks = TowerLocks()
      locks.locksImage = true
      locks.imageUnlockedGroups = unlocked
      locks.locksText = unlocked == 0
      let engine = try sample.engine(locks: locks)
      let before = engine.weights.entries.map { engine.weights[$0].elements }
      _ = try engine.computeGradients(sample.batch, terms)
      for (index, entry) in engine.weights.entries.enumerated() where engine.isTrained[index] {
        #expect(
          Self.areClose(engine.gradients[entry].elements, free.gradients[entry].elements), "\(unlocked) \(entry.name)")
      }
      engine.update(step: 1, rate: 1e-2)
      for (index, entry) in engine.weights.entries.enumerated() {
        let hasMoved = engine.weights[entry].elements != before[index]
        #expect(hasMoved == engine.isTrained[index], "\(unlocked) \(entry.name)")
      }
      let trained = engine.weights.entries.indices.filter { engine.isTrained[$0] }.map {
        engine.weights.entries[$0].name
      }
      let image = trained.filter { $0.hasPrefix("visual.") }
      switch unlocked {
      case 0: #expect(trained == ["logit_scale"])
      case 1: #expect(image == ["visual.proj"])
      case 2: #expect(image.allSatisfy { $0.contains("resblocks.1") || $0.contains("ln_post") || $0 == "visual.proj" })
      case 4: #expect(image.contains("visual.conv1.weight"))
      default: break
      }
    }
  }

  private static func areClose(_ a: [Float], _ b: [Float]) -> Bool {
    let largest = b.reduce(Float(1e-6)) { max($0, abs($1)) }
    return zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * largest }
  }

  @Test(
    "distillation teaches: each term falls, and a teacher of another width is met through a projection",
    arguments: ["soft-logits", "feature", "affinity", "interactive"], [12, 20])
  func distillation(name: String, width: Int) throws {
    let sample = Self.sample(.plain, count: 8)
    var random = Philox(seed: 4, purpose: .test)
    func features() -> Tensor {
      let tape = Tape()
      return tape.constant(Tensor((0..<8 * width).map { _ in random.normal() }, [8, width])).normalizedRows().value
    }
    var batch = sample.batch
    batch.teachers = [TeacherFeatures(image: features(), text: features(), logitScale: 12)]
    let engine = try sample.engine(teacherWidths: [width])
    let terms = [LossTerm(try LossCatalog.loss(name))]
    let first = try engine.computeGradients(batch, terms).total
    var last = first
    for step in 1...60 {
      last = try engine.computeGradients(batch, terms).total
      engine.update(step: step, rate: 3e-3)
    }
    #expect(last < 0.8 * first, "\(first) to \(last)")
    #expect(engine.weights.entries.contains { $0.name.hasPrefix("distillation.") } == (width != 12))
  }

  @Test("a perfect student has no affinity loss, and no feature loss")
  func perfectStudent() throws {
    let sample = Self.sample(.plain, count: 8), engine = try sample.engine()
    var batch = sample.batch
    batch.teachers = [
      TeacherFeatures(
        image: try engine.model.imageFeatures(batch.images, on: engine.pool),
        text: try engine.model.textFeatures(batch.ids, on: engine.pool), logitScale: engine.model.scale)
    ]
    let value = try engine.computeGradients(batch, [LossTerm(AffinityLoss()), LossTerm(FeatureLoss())])
    #expect(abs(value.total) < 1e-5)
    #expect(engine.gradientNorm() < 1e-3)
  }
}
