import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
import CLIPPruning
import CLIPTensors
import CLIPTokenization
import CLIPTraining
import Foundation
import Testing

/// A small model that knows scenes, and what it is cut with.
private enum Base {
  static let pool = ThreadPool(threads: 2)
  static let path = "scenes:train?count=2000&size=32"

  static func source() throws -> any IndexedSource { try ImageTextData.open(path).indexed() }

  /// Trained once for all tests, in seconds.
  static let model = Result {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let shape = CLIPConfiguration(
      embedDimension: 32,
      vision: VisionConfiguration(
        imageSize: 32, patchSize: 8, width: 48, layers: 2, heads: 4, headWidth: 12, mlpWidth: 128),
      text: TextConfiguration(contextLength: 20, vocabularySize: 866, width: 32, layers: 1, heads: 2, mlpWidth: 64))
    let student = Student(
      random: shape, seed: 1, tokenizer: try Tokenizer.load("\(root)/data/vocabularies/scenes", cleaning: .lower),
      name: "small", on: pool)
    var settings = TrainingSettings()
    settings.batchSize = 64
    settings.epochs = 1
    settings.samplesPerEpoch = 64 * 300
    settings.learningRate = 2e-3
    settings.warmup = 20
    settings.saveEveryMinutes = 0
    settings.augments = false
    settings.precision = .float32
    let trainer = try Trainer(student, data: source(), settings, on: pool)
    _ = try trainer.run()
    return LoadedModel(
      trainer.model, parameters: trainer.parameters, tokenizer: student.tokenizer, preprocess: student.preprocess,
      name: "base")
  }

  static func budget(_ share: String) throws -> Budget {
    try Budget(.imageMacs, parsing: share, of: model.get().model.configuration)
  }

  static func settings(steps: Int, seed: UInt64 = 0) -> MaskSettings {
    var settings = MaskSettings()
    settings.samples = 64 * steps
    settings.training.learningRate = 1e-3
    settings.training.precision = .float32
    settings.training.seed = seed
    return settings
  }

  static func learn(_ share: String, steps: Int, seed: UInt64 = 0, threads: Int = 2) throws -> LearnedMasks {
    try MaskLearning(
      model.get(), budget: budget(share), settings(steps: steps, seed: seed), on: ThreadPool(threads: threads)
    ).run(source())
  }
}

@Suite("Learned masks", .serialized)
struct MaskLearningTests {
  @Test("the target is met, by gates that have made up their minds", arguments: ["40%", "15%"])
  func target(share: String) throws {
    let masks = try Base.learn(share, steps: 250), budget = try Base.budget(share), dense = masks.dense
    let wanted = Double(budget.limit) / Double(dense.imageMultiplyAdds)
    #expect(abs(masks.expectedShare - wanted) < 0.05, "\(masks.expectedShare), wanted \(wanted)")
    let result = try masks.cut(), shape = result.plan.configuration
    #expect(shape.imageMultiplyAdds <= budget.limit, "\(shape.imageMultiplyAdds) of \(budget.limit)")
    #expect(Double(shape.imageMultiplyAdds) > 0.85 * Double(budget.limit), "\(shape.imageMultiplyAdds)")
    #expect(shape.text == dense.text && shape.embedDimension == dense.embedDimension)
    let open = result.importance.vision
    let all = open.channels + open.heads.flatMap { $0 } + open.units.flatMap { $0 }
    #expect(all.count { $0 > 0.2 && $0 < 0.8 } < all.count / 4, "\(all.count { $0 > 0.2 && $0 < 0.8 }) of \(all.count)")
    // Texts are as they were.
    let ids = Array(repeating: Int32(3), count: 20)
    let before = try Base.model.get().model.textFeatures(ids, on: Base.pool).elements
    #expect(try result.model.textFeatures(ids, on: Base.pool).elements == before)
  }

  /// Learning masks costs nothing here, as in a family: after the cut all train alike. Random cuts have the very sizes that the
  /// masks came to, so only what stays and its weights differ.
  @Test("a cut by learned masks is nearer to the whole model than random cuts of its sizes that train alike")
  func beatsRandom() throws {
    let base = try Base.model.get(), share = "25%", masks = try Base.learn(share, steps: 200)
    let learned = try masks.cut(), shape = learned.plan.configuration
    let pairs = try CalibrationSet(
      ImageTextData.open("scenes:validation?count=256&size=32"), for: base, count: 256, on: Base.pool)
    let pruner = try Pruner(base, importance: RandomImportance(), on: Base.pool)
    func tuned(_ model: LoadedModel, steps: Int) throws -> Double {
      var settings = Base.settings(steps: steps).training
      settings.samplesPerEpoch = 64 * steps
      settings.saveEveryMinutes = 0
      let trainer = try Trainer(
        Student(model), data: Base.source(), teachers: [Teacher(base)], losses: MaskSettings().losses, settings,
        on: Base.pool)
      _ = try trainer.run()
      return try pruner.divergence(of: trainer.model, on: pairs)
    }
    let own = try tuned(learned.loaded(from: base, name: "masks"), steps: 100)
    var request = ShapeRequest()
    request.vision.width = shape.vision.width
    request.vision.heads = shape.vision.headsPerLayer
    request.vision.mlp = shape.vision.mlpWidth
    var random: [Double] = []
    for seed in 0..<3 {
      let cut = try Pruner(base, importance: RandomImportance(), seed: UInt64(seed), on: Base.pool).run(
        request, calibration: nil)
      #expect(cut.plan.configuration == shape)
      random.append(try tuned(cut.loaded(from: base, name: "random"), steps: 100))
    }
    // Of three, since one random cut may be lucky.
    let mean = random.reduce(0, +) / Double(random.count)
    #expect(own < mean, "masks \(own), random \(random)")
  }

  @Test("the same seed gives the same bits on any number of threads, another seed others")
  func deterministic() throws {
    func elements(_ seed: UInt64, threads: Int) throws -> [[Float]] {
      let block = try Base.learn("50%", steps: 6, seed: seed, threads: threads).cut().parameters
      return block.entries.map { block[$0].elements }
    }
    let one = try elements(3, threads: 1), three = try elements(3, threads: 3), other = try elements(4, threads: 1)
    let areSame = one == three, differ = one != other
    #expect(areSame && differ)
  }

  @Test("what was learned is written and read; a damaged file, or one of another model, is refused")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("masks-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let masks = try Base.learn("50%", steps: 4), path = "\(folder)/masks.safetensors", budget = try Base.budget("50%")
    try masks.write(to: path)
    let read = try LearnedMasks(file: path, of: masks.dense, budget: budget, on: Base.pool)
    let a = try masks.cut(), b = try read.cut()
    #expect(a.plan == b.plan && a.importance == b.importance)
    let areSame =
      a.parameters.entries.map { a.parameters[$0].elements } == b.parameters.entries.map { b.parameters[$0].elements }
    #expect(areSame)
    var other = masks.dense
    other.vision.mlpWidth = [64, 128]
    #expect(throws: InputError.self) { try LearnedMasks(file: path, of: other, budget: budget, on: Base.pool) }
    let bytes = try TextFile.bytes(of: path)
    try Data(bytes.prefix(bytes.count / 2)).write(to: URL(fileURLWithPath: path))
    #expect(throws: InputError.self) { try LearnedMasks(file: path, of: masks.dense, budget: budget, on: Base.pool) }
  }

  @Test("a shape that was found before is cut to; learning stops between steps when asked")
  func shapes() throws {
    let masks = try Base.learn("50%", steps: 4)
    var shape = try masks.shape()
    shape.vision.headsPerLayer = [1, 4]
    shape.vision.width = 30
    #expect(try masks.cut(to: shape).model.configuration == shape)
    var learning = try MaskLearning(
      Base.model.get(), budget: Base.budget("50%"), Base.settings(steps: 50), on: Base.pool)
    var asked = 0, last = 0
    learning.shouldStop = {
      asked += 1
      return asked > 3
    }
    learning.progress = { done, total in
      last = done
      #expect(total == 64 * 50)
    }
    #expect(throws: CancellationError.self) { try learning.run(Base.source()) }
    #expect(last == 64 * 3)
  }

  @Test("models, budgets and settings that this cannot do are refused in one line")
  func refused() throws {
    func message(_ budget: Budget, _ change: (inout MaskSettings) -> Void = { _ in }) throws -> String {
      var settings = MaskSettings()
      change(&settings)
      let error = #expect(throws: InputError.self) {
        try MaskLearning(Base.model.get(), budget: budget, settings, on: Base.pool)
      }
      return error?.description ?? ""
    }
    let half = try Base.budget("50%")
    #expect(try message(Budget(.macs, limit: 1000)).contains("cuts the image tower alone"))
    #expect(try message(half) { $0.samples = 0 }.contains("mask-samples must be from 1 to"))
    #expect(try message(half) { $0.samples = 63 }.contains("less than a batch of 64"))
    #expect(try message(half) { $0.rate = .nan }.contains("mask-lr must be from"))
    for kind in [PruningSample.Kind.attentionPool, .eva] {
      let shape = try PruningSample(kind).configuration
      let error = #expect(throws: InputError.self) {
        try MaskLearning.check(Budget(.imageMacs, limit: 1000), of: shape)
      }
      #expect(error?.description.contains("has no gates for") ?? false)
    }
    // Weights that grow beyond all bounds.
    var settings = Base.settings(steps: 40)
    settings.training.learningRate = 1000
    settings.training.warmup = 0
    let learning = try MaskLearning(Base.model.get(), budget: half, settings, on: Base.pool)
    let error = #expect(throws: InputError.self) { try learning.run(Base.source()) }
    #expect(error?.description.contains("diverged") ?? false, "\(error?.description ?? "")")
  }
}
