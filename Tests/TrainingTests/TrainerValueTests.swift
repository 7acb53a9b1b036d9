import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPRecipes
import CLIPScenes
import CLIPTensors
import CLIPTokenization
import CLIPTraining
import CLIPSystem
import Testing

/// Training from values alone: no recipe, no path, and no folder unless one is asked for.
@Suite("Trainer: values")
struct TrainerValueTests {
  /// Scenes in memory, behind a source of a user's own.
  private struct Pairs: IndexedSource {
    let samples: [ImageTextSample]
    let identities = Counter()
    var path: String { "memory" }
    var count: Int { samples.count }
    func sample(at index: Int) throws -> ImageTextSample { samples[index] }

    func identity() throws -> DataIdentity {
      identities.count.withLock { $0 += 1 }
      return DataIdentity(format: "memory", path: path, samples: count, digest: "pairs")
    }

    init(_ count: Int) throws {
      let generator = try SceneGenerator(seed: 3, imageSize: 32, split: .train)
      samples = (0..<count).map { index in
        let scene = generator.sample(index)
        return ImageTextSample(
          key: "\(index)", image: .pixels(scene.image), captions: scene.captions, file: "memory \(index)")
      }
    }
  }

  private final class Counter: Sendable { let count = Lock(0) }

  /// CLIP's loss at a temperature that does not learn.
  private struct FixedTemperatureLoss: Loss {
    static let name = "fixed-temperature"
    var temperature: Float
    var settings: JSONObject { ["temperature": .number(Double(temperature))] }

    func value(_ features: LossFeatures) throws -> Variable {
      let scale = features.tape.constant(Tensor([1 / temperature], []))
      return try features.image.similarity(to: features.text, scale: scale).contrastiveLoss()
    }
  }

  /// Gradient descent with a mean of gradients.
  private struct Momentum: Optimizer {
    static let name = "momentum"
    static let stateNames = ["mean"]
    var share: Float = 0.9
    var settings: JSONObject { ["share": .number(Double(share))] }

    func update(_ step: OptimizerStep) {
      step.forEachRun { run in
        for index in run.weights.indices {
          run.state[0][index] = share * run.state[0][index] + step.factor * run.gradients[index]
          run.weights[index] -= step.rate * run.state[0][index]
        }
      }
    }
  }

  private static let pool = ThreadPool(threads: 2)

  private static func student(seed: UInt64 = 1) throws -> Student {
    let shape = CLIPConfiguration(
      embedDimension: 16,
      vision: VisionConfiguration(
        imageSize: 32, patchSize: 16, width: 16, layers: 2, heads: 2, headWidth: 8, mlpWidth: 64),
      text: TextConfiguration(contextLength: 20, vocabularySize: 866, width: 16, layers: 2, heads: 2, mlpWidth: 64))
    return Student(
      random: shape, seed: seed,
      tokenizer: try Tokenizer.load("\(TrainerTests.root)/data/vocabularies/scenes", cleaning: .lower), name: "small",
      on: pool)
  }

  private static var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = 16
    settings.epochs = 3
    settings.learningRate = 1e-3
    settings.warmup = 2
    settings.saveEveryMinutes = 0
    settings.augments = false
    settings.precision = .float32
    return settings
  }

  private static func elements(_ trainer: Trainer) -> [[Float]] {
    trainer.parameters.entries.map { trainer.parameters[$0].elements }
  }

  @Test("a model in memory learns from a source in memory and is measured on it; nothing is written")
  func noFolder() throws {
    let data = try Pairs(64)
    var losses: [Double] = [], validations = 0
    let trainer = try Trainer(
      Self.student(), data: data, validation: .captions(data), Self.settings, on: Self.pool
    ) { event in
      switch event {
      case .step(let record): losses.append(record.loss)
      case .validation: validations += 1
      default: break
      }
    }
    #expect(try trainer.run() == .finished)
    #expect(trainer.path == nil && losses.count == 12 && validations == 3)
    #expect(losses.last ?? 9 < losses[0])
    let pixels = try data.sample(at: 0).picture()
    let features = try trainer.model.imageFeatures(
      Tensor(Self.student().preprocessing(pixels), [1, 3, 32, 32]), on: Self.pool)
    #expect(abs(features.elements.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    #expect((trainer.lastValidation?.headline.value ?? -1) >= 0)
  }

  @Test("values and a recipe train to the same bits")
  func sameBits() throws {
    let folder = try TemporaryFolder()
    let request = try TrainerTests.request(folder, "augment: false")
    let recipe = try request.trainer(in: "\(folder.path)/logs/a", on: Self.pool, version: "test")
    #expect(try recipe.run() == .finished)
    var settings = TrainingSettings()
    settings.batchSize = 16
    settings.epochs = 2
    settings.samplesPerEpoch = 96
    settings.learningRate = 1e-3
    settings.augments = false
    settings.precision = .float32
    let values = try Trainer(
      request.student(on: Self.pool), data: ImageTextData.open("scenes:train?count=400&size=32").indexed(), settings,
      on: Self.pool)
    #expect(try values.run() == .finished)
    #expect(Self.elements(values) == Self.elements(recipe))
  }

  @Test("a loss of one's own that knows nothing of parts is refused where ranks divide the loss; ours are not")
  func indivisible() throws {
    var settings = Self.settings
    settings.dividesLoss = true
    let data = try Pairs(48)
    let refused = message {
      _ = try Trainer(
        Self.student(), data: data, losses: [LossTerm(FixedTemperatureLoss(temperature: 1))], settings, on: Self.pool)
    }
    #expect(
      refused == "loss \"fixed-temperature\" is computed of whole batches only; leave out local-loss", "\(refused)")
    for loss in LossCatalog.losses { #expect(type(of: loss).isDivisible) }
  }

  @Test("a loss of one's own has parameters, and a run goes on with the same ones only")
  func ownLoss() throws {
    let folder = try TemporaryFolder(), data = try Pairs(48)
    func first(_ temperature: Float) throws -> Double {
      var first: Double?
      let trainer = try Trainer(
        Self.student(), data: data, losses: [LossTerm(FixedTemperatureLoss(temperature: temperature), weight: 0.5)],
        Self.settings, on: Self.pool
      ) { if case .step(let record) = $0 { first = first ?? record.loss } }
      _ = try trainer.run { first != nil }
      return try #require(first)
    }
    // So warm that all pairs look alike: half of log(16).
    #expect(abs(try first(1000) - 0.5 * 2.772_589) < 1e-3)
    #expect(abs(try first(0.05) - first(1000)) > 0.01)

    let path = "\(folder.path)/run"
    func trainer(_ temperature: Float) throws -> Trainer {
      try Trainer(
        Self.student(), data: data, losses: [LossTerm(FixedTemperatureLoss(temperature: temperature))], Self.settings,
        in: path, resume: .latest, on: Self.pool)
    }
    var asked = 0
    #expect(
      try trainer(0.5).run {
        asked += 1
        return asked > 3
      } == .stopped)
    let changed = message { _ = try trainer(0.25) }
    #expect(changed.contains("losses.fixed-temperature.temperature: 0.5 -> 0.25"), "\(changed)")
    #expect(!changed.contains("--"), "\(changed)")
    #expect(try trainer(0.5).run() == .finished)
  }

  @Test(
    "any optimizer, one of one's own too, is taken up to the bit after every step",
    arguments: ["adamw", "lion", "momentum"])
  func optimizers(name: String) throws {
    let folder = try TemporaryFolder(), data = try Pairs(48)
    var settings = Self.settings
    settings.learningRate = 1e-4
    switch name {
    case "lion": settings.optimizer = Lion()
    case "momentum": settings.optimizer = Momentum()
    default: settings.optimizer = AdamW()
    }
    func run(_ name: String, stopAfter: Int?, threads: Int) throws -> (Trainer.Outcome, [[Float]]) {
      var steps = 0
      let trainer = try Trainer(
        Self.student(), data: data, settings, in: "\(folder.path)/\(name)", resume: .latest,
        on: ThreadPool(threads: threads)
      ) { if case .step = $0 { steps += 1 } }
      let outcome = try trainer.run { stopAfter.map { steps >= $0 } ?? false }
      return (outcome, Self.elements(trainer))
    }
    let whole = try run("whole", stopAfter: nil, threads: 2)
    var part = try run("parts", stopAfter: 1, threads: 1)
    for session in 0..<10 where part.0 == .stopped {
      part = try run("parts", stopAfter: 1, threads: session % 3 + 1)
    }
    #expect(part.0 == .finished && part.1 == whole.1)
    #expect(whole.1 != [])
    var other = settings
    other.optimizer = name == "lion" ? AdamW() : Lion()
    let changed = message {
      _ = try Trainer(
        Self.student(), data: data, other, in: "\(folder.path)/whole", resume: .latest, on: Self.pool)
    }
    #expect(changed.contains("opt: \(name) -> "), "\(changed)")
  }

  @Test("Lion moves every weight by the rate, against the sign of the mixed gradient, and decays matrices")
  func lion() throws {
    let sample = Sample(Sample.shape(), count: 6), pool = ThreadPool(threads: 2)
    let engine = try TrainingEngine(
      sample.configuration, from: sample.engine().weights, optimizer: Lion(beta1: 0.9, beta2: 0.99, weightDecay: 0.5),
      on: pool)
    var means = engine.weights.entries.map { [Double](repeating: 0, count: $0.count) }
    for step in 1...3 {
      _ = try engine.computeGradients(sample.batch, [LossTerm(ContrastiveLoss())])
      let before = engine.weights.entries.map { engine.weights[$0].elements }
      let gradients = engine.gradients.entries.map { engine.gradients[$0].elements }
      engine.update(step: step, rate: 1e-3)
      for (number, entry) in engine.weights.entries.enumerated() where entry.name != "logit_scale" {
        let decay = DecayExclusion.openCLIP3.excludes(entry.parameter) ? 0 : 0.5
        let after = engine.weights[entry].elements
        for index in before[number].indices {
          let g = Double(gradients[number][index]), mixed = 0.9 * means[number][index] + 0.1 * g
          means[number][index] = 0.99 * means[number][index] + 0.01 * g
          // What rounding could turn has no sign to hold against.
          guard abs(mixed) > 1e-7 else { continue }
          let expected = Double(before[number][index]) * (1 - 1e-3 * decay) - 1e-3 * (mixed > 0 ? 1 : -1)
          #expect(abs(Double(after[index]) - expected) < 1e-6, "\(entry.name) \(index), step \(step)")
        }
      }
    }
  }

  @Test("runs that share data and features describe the one, and compute the other, once")
  func shared() throws {
    let data = try Pairs(32), source = try DescribedSource(data), store = FeatureStore()
    let folder = try TemporaryFolder()
    _ = try TrainerTests.run(try TrainerTests.request(folder), folder, name: "teacher")
    let teacher = try Teacher(
      LoadedModel(LoadedModel.Request(pretrained: "\(folder.path)/logs/teacher/checkpoints/epoch_2")))
    var computed: [Int] = [], weights: [[[Float]]] = []
    for _ in 0..<2 {
      var settings = Self.settings
      settings.teacherFeatures = .cached
      let trainer = try Trainer(
        Self.student(), data: source, teachers: [teacher], settings, features: store, on: Self.pool
      ) { if case .preparing("teacher features", let done, _) = $0 { computed.append(done) } }
      #expect(try trainer.run() == .finished)
      weights.append(Self.elements(trainer))
    }
    #expect(computed == [32] && data.identities.count.withLock { $0 } == 1)
    #expect(weights[0] == weights[1])
  }

  @Test("settings that make no sense are refused by their keys, and name no flag")
  func refusals() throws {
    let data = try Pairs(32)
    func refusal(
      _ losses: [LossTerm]? = nil, _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> String {
      var settings = Self.settings
      change(&settings)
      let student = try Self.student()
      let text = message { _ = try Trainer(student, data: data, losses: losses, settings, on: Self.pool) }
      #expect(!text.contains("--"), "\(text)")
      return text
    }
    #expect(try refusal { $0.batchSize = 0 } == "batch-size must be from 1 to 65536, found 0")
    #expect(try refusal { $0.learningRate = -1 }.hasPrefix("lr must be from 0"))
    #expect(try refusal { $0.learningRate = .nan }.hasPrefix("lr must be from 0"))
    #expect(try refusal { $0.optimizer = AdamW(beta1: 2) }.hasPrefix("beta1 must be from 0"))
    #expect(try refusal { $0.batchSize = 64 }.contains("lower batch-size"))
    #expect(try refusal { $0.batchSize = 1 }.contains("raise batch-size or accum-freq"))
    #expect(try refusal { $0.cooldownEpochs = 9 }.hasPrefix("epochs-cooldown must be from 0 to 3"))
    #expect(try refusal { $0.equalizesFLOPs = true }.contains("compares with a teacher"))
    #expect(
      try refusal { ($0.quantization, $0.samplesPerEpoch, $0.batchSize) = (.int8, 7, 7) }.contains("needs at least 8"))
    #expect(try refusal([LossTerm(FeatureLoss())]).contains("compares with a teacher"))
    #expect(try refusal([LossTerm(ContrastiveLoss(), weight: -1)]).contains("must be from 0 to 1000000"))
    #expect(try refusal([]).contains("a weight above 0"))
    #expect(
      try refusal {
        $0.learningRate = 1000; $0.warmup = 0; $0.epochs = 50
      } == "no error")
  }
}
