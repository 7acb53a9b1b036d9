import CLIPCompute
import CLIPFiles
import CLIPTensors
import CLIPTraining
import Testing

@Suite("Training in 8 bits")
struct RoundedTrainingTests {
  private static func terms(_ kind: EngineTests.Kind) -> [LossTerm] {
    [LossTerm(kind == .sigmoid ? SigmoidLoss() : ContrastiveLoss())]
  }

  @Test(
    "gradients are the same bits on any number of threads, kept or recomputed",
    arguments: EngineTests.Kind.allCases.map { ($0, ProductArithmetic.float32) } + [
      (.plain, .bfloat16), (.eva, .bfloat16),
    ])
  func threads(kind: EngineTests.Kind, precision: ProductArithmetic) throws {
    let sample = EngineTests.sample(kind, count: 19)
    func gradients(_ threads: Int, recomputes: Bool) throws -> [[Float]] {
      let engine = try sample.engine(threads: threads, precision: precision, roundsTo8Bits: true)
      engine.recomputesActivations = recomputes
      _ = try engine.computeGradients(sample.batch, Self.terms(kind))
      return engine.gradients.entries.map { engine.gradients[$0].elements }
    }
    let one = try gradients(1, recomputes: false)
    let three = try gradients(3, recomputes: false), again = try gradients(2, recomputes: true)
    #expect(one == three)
    #expect(one == again)
  }

  @Test("loss and gradients are those of float32 but for the rounding", arguments: EngineTests.Kind.allCases)
  func closeness(kind: EngineTests.Kind) throws {
    let sample = EngineTests.sample(kind, count: 13), terms = Self.terms(kind)
    let exact = try sample.engine(), rounded = try sample.engine(roundsTo8Bits: true)
    let loss = try exact.computeGradients(sample.batch, terms).total
    let other = try rounded.computeGradients(sample.batch, terms).total
    #expect(abs(other - loss) < 0.03 * loss && other != loss, "\(other), \(loss)")
    let pairs = exact.gradients.entries.flatMap { entry in
      zip(exact.gradients[entry].elements, rounded.gradients[entry].elements).map { (Double($0), Double($1)) }
    }
    let length = pairs.reduce(0.0) { $0 + $1.0 * $1.0 }.squareRoot()
    let distance = pairs.reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(distance < 0.3 * length, "\(kind): \(distance / length)")
    // The weights that are trained are not rounded.
    let same = exact.weights.entries.allSatisfy { exact.weights[$0].elements == rounded.weights[$0].elements }
    #expect(same)
  }

  @Test("training lowers the loss of the rounded model, a locked tower's among it", arguments: [false, true])
  func learns(locksImage: Bool) throws {
    let sample = EngineTests.sample(.plain, count: 16), terms = Self.terms(.plain)
    var locks = TowerLocks()
    locks.locksImage = locksImage
    let engine = try sample.engine(locks: locks, roundsTo8Bits: true)
    let before = engine.weights.entries.map { engine.weights[$0].elements }
    let first = try engine.computeGradients(sample.batch, terms).total
    for step in 1...40 {
      _ = try engine.computeGradients(sample.batch, terms)
      engine.update(step: step, rate: 3e-3)
    }
    try engine.calibrate(images: sample.batch.images, ids: sample.batch.ids)
    let last = try engine.computeGradients(sample.batch, terms).total
    #expect(last < 0.7 * first, "\(first) to \(last)")
    for (index, entry) in engine.weights.entries.enumerated() where !engine.isTrained[index] {
      #expect(engine.weights[entry].elements == before[index], "\(entry.name)")
    }
  }

  /// A trained model of a few steps, and a request that trains it on in 8 bits.
  private static func request(_ folder: TemporaryFolder, _ more: String) throws -> TrainingRequest {
    let trained = try TrainerTests.request(folder)
    _ = try TrainerTests.run(trained, folder, name: "trained")
    return try TrainerTests.request(
      folder, "pretrained: \(folder.path)/logs/trained/checkpoints/epoch_2\n\(more)", epochs: 10, preset: .finetune)
  }

  @Test(
    "a run that is stopped and taken up again ends with the same bits, scales among them",
    arguments: ProductArithmetic.allCases)
  func resumes(precision: ProductArithmetic) throws {
    let folder = try TemporaryFolder()
    let request = try Self.request(folder, "quantize: int8\ncalibrate-every: 20\nprecision: \(precision.rawValue)")
    let whole = try TrainerTests.run(request, folder, name: "whole", threads: 1)
    #expect(whole.outcome == .finished && whole.losses.count == 60)
    var losses: [Int: Double] = [:], last: TrainerTests.Run?
    // Stops on both sides of later calibrations, and at one.
    for (session, steps) in [7, 12, 1, 1, 30, 100].enumerated() {
      let part = try TrainerTests.run(
        request, folder, name: "parts", resume: .latest, stopAfter: steps, threads: session % 3 + 1)
      losses.merge(part.losses) { $1 }
      last = part
    }
    #expect(last?.outcome == .finished)
    #expect(losses == whole.losses)
    #expect(last?.weights == whole.weights)
    let card = try TextFile.text(of: "\(folder.path)/logs/whole/checkpoints/epoch_10/README.md")
    #expect(card.contains("8 bits: weights and activations rounded"))
    #expect(card.contains("of bfloat16, summed up in float32") == (precision == .bfloat16))
    let plain = try TrainerTests.run(
      try TrainerTests.request(
        folder, "pretrained: \(folder.path)/logs/trained/checkpoints/epoch_2", epochs: 10, preset: .finetune), folder,
      name: "plain")
    #expect(plain.weights != whole.weights)
  }

  @Test("what a run rounds by is part of its settings: not gone on with otherwise, but by force")
  func settings() throws {
    let folder = try TemporaryFolder(), rounded = try Self.request(folder, "quantize: int8")
    #expect(rounded.settings.json["quantize"]?.stringValue == "int8")
    #expect(!TrainingSettings(preset: .finetune).json.contains("quantize"))
    let plain = try TrainerTests.request(
      folder, "pretrained: \(folder.path)/logs/trained/checkpoints/epoch_2", epochs: 10, preset: .finetune)
    for (name, first, second) in [("a", plain, rounded), ("b", rounded, plain)] {
      _ = try TrainerTests.run(first, folder, name: name, stopAfter: 3)
      let error = try #require(throws: InputError.self) {
        _ = try TrainerTests.run(second, folder, name: name, resume: .latest)
      }
      #expect(error.description.contains("quantize"), "\(error)")
      let forced = try second.trainer(
        in: "\(folder.path)/logs/\(name)", resume: .latest, allowsChanges: true, on: ThreadPool(threads: 2),
        version: "test")
      #expect(try forced.run() == .finished)
    }
  }

  @Test("random weights and other bits are refused by name, and too few pairs")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let random = try #require(throws: InputError.self) { _ = try TrainerTests.request(folder, "quantize: int8") }
    #expect(random.description.contains("quantize") && random.description.contains("--pretrained"), "\(random)")
    #expect(throws: InputError.self) {
      _ = try TrainerTests.request(folder, "pretrained: x\nquantize: int4", preset: .finetune)
    }
    let alone = try #require(throws: InputError.self) {
      _ = try TrainerTests.request(folder, "pretrained: x\ncalibrate-every: 3", preset: .finetune)
    }
    #expect(alone.description.contains("calibrate-every has no meaning without quantize"), "\(alone)")
  }
}
