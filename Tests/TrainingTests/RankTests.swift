import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPModels
import CLIPRanks
import CLIPTensors
import CLIPTraining
import CLIPTestRanks
import Testing

/// Several processes that train one model, here as threads: what they compute is what one process computes.
@Suite("Ranks")
struct RankTests {
  /// A part of a batch, as one rank has it.
  private static func part(_ batch: TrainingEngine.Batch, _ rank: Int, of count: Int) -> TrainingEngine.Batch {
    func rows(_ tensor: Tensor) -> Tensor {
      let own = tensor.shape.extents[0] / count, width = tensor.count / tensor.shape.extents[0]
      return Tensor(
        Array(tensor.elements[rank * own * width..<(rank + 1) * own * width]),
        Shape([own] + tensor.shape.extents.dropFirst()))
    }
    let ids = batch.ids.count / count
    return TrainingEngine.Batch(
      images: rows(batch.images), ids: Array(batch.ids[rank * ids..<(rank + 1) * ids]),
      teachers: batch.teachers.map {
        TeacherFeatures(
          image: rows($0.image), text: rows($0.text), logitScale: $0.logitScale, logitBias: $0.logitBias)
      })
  }

  private static func engine(
    _ sample: Sample, precision: ProductArithmetic = .float32, teacherWidths: [Int] = [],
    locks: TowerLocks = TowerLocks(), ranks: (any RankGroup)? = nil
  ) throws -> TrainingEngine {
    let pool = ThreadPool(threads: 1)
    return try TrainingEngine(
      sample.configuration, from: InitialParameters(sample.configuration, seed: 1, pool: pool),
      teacherWidths: teacherWidths, locks: locks, precision: precision, ranks: ranks, on: pool)
  }

  @Test(
    "gradients of a batch that ranks share are those of the whole batch, the same bits on all of them",
    arguments: EngineTests.Kind.allCases, [2, 3])
  func gradients(kind: EngineTests.Kind, count: Int) throws {
    let sample = EngineTests.sample(kind, count: 12), terms = [LossTerm(ContrastiveLoss())]
    let whole = try Self.engine(sample), value = try whole.computeGradients(sample.batch, terms)
    let shared = try ThreadRanks.run(count) { ranks in
      let engine = try Self.engine(sample, ranks: ranks)
      let loss = try engine.computeGradients(Self.part(sample.batch, ranks.rank, of: count), terms).total
      return (loss: loss, gradients: engine.gradients.entries.map { engine.gradients[$0].elements })
    }
    for one in shared {
      #expect(one.loss == shared[0].loss && one.gradients == shared[0].gradients)
    }
    #expect(abs(shared[0].loss - value.total) <= 1e-6 * abs(value.total))
    for (entry, gradient) in zip(whole.gradients.entries, shared[0].gradients) {
      let expected = whole.gradients[entry].elements, most = expected.reduce(0) { max($0, abs($1)) }
      let off = zip(expected, gradient).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(off <= 2e-5 * most + 1e-7, "\(kind) \(entry.name): off by \(off) of \(most)")
    }
  }

  @Test("with a teacher, projections and a locked tower too")
  func distillation() throws {
    let sample = EngineTests.sample(.plain, count: 8)
    var random = Philox(seed: 3, purpose: .test)
    func features(_ width: Int) -> Tensor {
      Tensor((0..<8 * width).map { _ in random.normal() }, [8, width]).normalizedRows()
    }
    var batch = sample.batch
    batch.teachers = [TeacherFeatures(image: features(20), text: features(20), logitScale: 20)]
    let terms = LossTerm.distillation(teachers: 1), given = batch
    let locks = {
      var locks = TowerLocks()
      locks.locksText = true
      locks.textUnlockedLayers = 2
      return locks
    }()
    let whole = try Self.engine(sample, teacherWidths: [20], locks: locks)
    let value = try whole.computeGradients(batch, terms)
    let shared = try ThreadRanks.run(2) { ranks in
      let engine = try Self.engine(sample, teacherWidths: [20], locks: locks, ranks: ranks)
      let loss = try engine.computeGradients(Self.part(given, ranks.rank, of: 2), terms).total
      return (loss: loss, gradients: engine.gradients.entries.map { engine.gradients[$0].elements })
    }
    #expect(shared[0].gradients == shared[1].gradients)
    #expect(abs(shared[0].loss - value.total) <= 1e-6 * abs(value.total))
    for (number, entry) in whole.gradients.entries.enumerated() where whole.isTrained[number] {
      let expected = whole.gradients[entry].elements, most = expected.reduce(0) { max($0, abs($1)) }
      let off = zip(expected, shared[0].gradients[number]).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(off <= 2e-5 * most + 1e-7, "\(entry.name): off by \(off) of \(most)")
    }
  }

  /// Losses of every kind, each alone and with its neighbours: a part that is right in sum only would show.
  static let divided: [(kind: EngineTests.Kind, terms: [LossTerm])] = [
    (.plain, [LossTerm(ContrastiveLoss())]), (.sigmoid, [LossTerm(SigmoidLoss())]),
    (.plain, [LossTerm(SoftLogitsLoss())]), (.plain, [LossTerm(AffinityLoss(), weight: 2)]),
    (.plain, [LossTerm(InteractiveLoss())]), (.plain, [LossTerm(FeatureLoss(), weight: 4)]),
    (.sigmoid, [LossTerm(SigmoidLoss()), LossTerm(SoftLogitsLoss(), weight: 0.5)] + LossTerm.distillation()),
  ]

  @Test(
    "a loss that ranks divide is the whole loss, with its gradients", arguments: 0..<RankTests.divided.count, [2, 4])
  func localLoss(number: Int, count: Int) throws {
    let (kind, terms) = Self.divided[number], sample = EngineTests.sample(kind, count: 12)
    var random = Philox(seed: 3, purpose: .test)
    func features(_ width: Int) -> Tensor {
      Tensor((0..<12 * width).map { _ in random.normal() }, [12, width]).normalizedRows()
    }
    var batch = sample.batch
    batch.teachers = [TeacherFeatures(image: features(20), text: features(20), logitScale: 20, logitBias: -1)]
    let given = batch, whole = try Self.engine(sample, teacherWidths: [20])
    let value = try whole.computeGradients(batch, terms)
    let shared = try ThreadRanks.run(count) { ranks in
      let engine = try Self.engine(sample, teacherWidths: [20], ranks: ranks)
      engine.dividesLoss = true
      let loss = try engine.computeGradients(Self.part(given, ranks.rank, of: count), terms)
      return (
        loss: [loss.total] + loss.terms.map(\.value),
        gradients: engine.gradients.entries.map { engine.gradients[$0].elements }
      )
    }
    for one in shared { #expect(one.loss == shared[0].loss && one.gradients == shared[0].gradients) }
    for (found, expected) in zip(shared[0].loss, [value.total] + value.terms.map(\.value)) {
      #expect(abs(found - expected) <= 2e-6 * abs(expected), "\(found), whole \(expected)")
    }
    var largest: Float = 0
    for (entry, gradient) in zip(whole.gradients.entries, shared[0].gradients) {
      let expected = whole.gradients[entry].elements, most = expected.reduce(0) { max($0, abs($1)) }
      let off = zip(expected, gradient).reduce(0) { max($0, abs($1.0 - $1.1)) }
      largest = max(largest, most)
      #expect(off <= 2e-5 * most + 1e-7, "\(terms.map(\.name)) \(entry.name): off by \(off) of \(most)")
    }
    #expect(largest > 1e-3)
  }

  struct Run: Equatable {
    var losses: [Int: Double] = [:]
    var weights: [[Float]] = []
  }

  /// Trains as several ranks, whose batches make 16 together; the runs of all ranks.
  private static func run(
    _ folder: TemporaryFolder, _ name: String, ranks count: Int, _ more: String = "", resume: Trainer.Resume = .never,
    stopAfter: Int? = nil
  ) throws -> [Run] {
    let request = try TrainerTests.request(folder, more).with("batch-size", .integer(16 / count)).made()
    return try ThreadRanks.run(count) { ranks in
      var run = Run()
      let trainer = try request.trainer(
        in: "\(folder.path)/logs/\(name)", resume: resume, on: ThreadPool(threads: 1), ranks: ranks, version: "test"
      ) { event in
        if case .step(let record) = event { run.losses[record.step] = record.loss }
      }
      // One rank alone is asked to stop; all do.
      _ = try trainer.run { ranks.rank == count - 1 && stopAfter.map { trainer.steps >= $0 } ?? false }
      run.weights = trainer.parameters.entries.map { trainer.parameters[$0].elements }
      return run
    }
  }

  /// Without augmentation and with it, from features of a teacher too.
  @Test("ranks train as one process does: losses within 1e-5, and run after run the same bits", arguments: [2, 4])
  func training(count: Int) throws {
    let folder = try TemporaryFolder(), whole = try Self.run(folder, "whole", ranks: 1)
    let shared = try Self.run(folder, "shared", ranks: count)
    #expect(whole[0].losses.count == 12)
    for one in shared {
      #expect(one.weights == shared[0].weights && one.losses == shared[0].losses)
    }
    for step in 1...10 {
      let expected = try #require(whole[0].losses[step]), found = try #require(shared[0].losses[step])
      #expect(abs(found - expected) <= 1e-5 * expected, "step \(step): \(found), alone \(expected)")
    }
    #expect(try Self.run(folder, "again", ranks: count) == shared)
  }

  /// Alone, in micro-batches, with SigLIP's loss, and with a teacher whose features are projected.
  @Test(
    "ranks that divide the loss train as one process does",
    arguments: [2, 4], ["", "accum-freq: 2\n", "siglip: true\n"])
  func dividedTraining(count: Int, more: String) throws {
    let folder = try TemporaryFolder(), whole = try Self.run(folder, "whole", ranks: 1, more)
    let shared = try Self.run(folder, "shared", ranks: count, more + "local-loss: true\n")
    for one in shared { #expect(one.weights == shared[0].weights && one.losses == shared[0].losses) }
    for step in 1...min(10, whole[0].losses.count) {
      let expected = try #require(whole[0].losses[step]), found = try #require(shared[0].losses[step])
      #expect(abs(found - expected) <= 1e-5 * expected, "step \(step): \(found), alone \(expected)")
    }
  }

  @Test("a teacher's features are divided among ranks, and are the same")
  func teacher() throws {
    let folder = try TemporaryFolder()
    _ = try Self.run(folder, "teacher", ranks: 1)
    let more = "distill-pretrained: \(folder.path)/logs/teacher/checkpoints/epoch_2\nseed: 5\nfeature-cache: "
    let whole = try Self.run(folder, "whole", ranks: 1, more + "\(folder.path)/one")
    let shared = try Self.run(folder, "shared", ranks: 3 - 1, more + "\(folder.path)/two")
    for step in 1...10 {
      let expected = try #require(whole[0].losses[step]), found = try #require(shared[0].losses[step])
      #expect(abs(found - expected) <= 1e-5 * expected, "step \(step): \(found), alone \(expected)")
    }
    // What rank 0 wrote serves a process alone, which then computes nothing.
    let alone = try Self.run(folder, "alone", ranks: 1, more + "\(folder.path)/two")
    #expect(zip(alone, whole).allSatisfy { AlikeRows.same($0.losses, $1.losses) } && alone.count == whole.count)
    #expect(!AlikeRows.areEverywhere || alone == whole)
    let online = try Self.run(
      folder, "online", ranks: 2, more + "\(folder.path)/two\ndistill-features: online\naugment: false")
    #expect(online[0].losses.count == 12)
  }

  @Test("a run of two ranks is taken up by one process, and by four ranks")
  func otherNumber() throws {
    let folder = try TemporaryFolder(), whole = try Self.run(folder, "whole", ranks: 1)
    let parts: [(Int, Int?)] = [(2, 4), (1, 7), (4, 9), (2, nil)]
    var losses: [Int: Double] = [:]
    for (count, end) in parts {
      let part = try Self.run(folder, "parts", ranks: count, resume: .latest, stopAfter: end)
      losses.merge(part[0].losses) { $1 }
    }
    #expect(losses.count == 12)
    for step in 1...12 {
      let expected = try #require(whole[0].losses[step]), found = try #require(losses[step])
      #expect(abs(found - expected) <= 1e-4 * expected, "step \(step): \(found), alone \(expected)")
    }
    // Another whole batch is another run.
    let error = try #require(throws: InputError.self) {
      _ = try ThreadRanks.run(2) { ranks in
        let request = try TrainerTests.request(folder)
        _ = try request.trainer(
          in: "\(folder.path)/logs/parts", resume: .latest, on: ThreadPool(threads: 1), ranks: ranks, version: "test")
      }
    }
    #expect(error.description.contains("batch-size"), "\(error)")
  }

  @Test("ranks with other settings, weights or data are refused before the first step")
  func disagreement() throws {
    let folder = try TemporaryFolder()
    let changes: [(String, JSONValue)] = [
      ("lr", .number(2e-3)), ("seed", .integer(7)), ("train-data", "scenes:train?count=300&size=32"),
    ]
    for (key, value) in changes {
      let error = try #require(throws: RankDisagreement.self) {
        _ = try ThreadRanks.run(3) { ranks in
          let request = try TrainerTests.request(folder)
          let own = ranks.rank == 1 ? try request.with(key, value).made() : request
          _ = try own.trainer(in: "\(folder.path)/logs/run", on: ThreadPool(threads: 1), ranks: ranks, version: "test")
        }
      }
      #expect(error.error.description.contains("rank 1 has other settings"), "\(error)")
    }
    let error = try #require(throws: RankDisagreement.self) {
      _ = try ThreadRanks.run(2) { ranks in
        let request = try TrainerTests.request(folder)
        _ = try request.trainer(
          in: "\(folder.path)/logs/run", on: ThreadPool(threads: 1), ranks: ranks, version: "\(ranks.rank)")
      }
    }
    #expect(error.error.description.contains("version"), "\(error)")
    #expect(!Folder.exists("\(folder.path)/logs/run"))
  }

  /// A data set that knows nothing of pictures: sample `i` has its own caption, and some cannot be used.
  private struct Numbers: IndexedSource {
    let count: Int
    let broken: Set<Int>
    var path: String { "numbers" }
    func sample(at index: Int) throws -> ImageTextSample {
      if broken.contains(index) { throw SkippedSample(origin: "numbers: \(index)", reason: "is broken") }
      return ImageTextSample(
        key: "\(index)",
        image: .pixels(PixelImage(rows: 2, columns: 2, pixels: [UInt8](repeating: UInt8(index % 256), count: 12))),
        captions: ["a", "b", "c"], file: path)
    }
  }

  @Test("ranks divide the samples of a batch without loss or repetition, unusable ones too")
  func samples() throws {
    let source = Numbers(count: 96, broken: [3, 4, 5, 17, 40, 41, 90])
    @Sendable func draw(_ ranks: (any RankGroup)?) throws -> (samples: [[Int]], left: LeftOutSamples, at: DataPosition)
    {
      var settings = TrainingData.Settings()
      settings.batchSize = 12
      settings.contextLength = 5
      settings.ranks = ranks
      var data = try TrainingData(
        source, tokenizer: try LoadedModel.tokenizer(nil, for: NamedModels.model("ViT-B-32").configuration),
        preprocessing: Preprocessing(imageSize: 2), settings)
      var position = DataPosition(), batches: [[Int]] = []
      let pool = ThreadPool(threads: 1)
      for _ in 0..<14 { batches.append(try data.next(&position, on: pool).map(\.sample)) }
      return (batches, data.leftOut, position)
    }
    let whole = try draw(nil)
    #expect(whole.left.draws > 7)
    for count in [2, 3, 4] {
      let shared = try ThreadRanks.run(count) { try draw($0) }
      for batch in whole.samples.indices {
        #expect(shared.allSatisfy { $0.samples[batch].count == 12 / count })
        #expect(shared.flatMap { $0.samples[batch] }.sorted() == whole.samples[batch].sorted())
      }
      for one in shared { #expect(one.left == whole.left && one.at == whole.at) }
    }
  }
}

@Suite("Launched ranks")
struct RankLaunchTests {
  @Test("who started ranks, how many, and whose library they speak")
  func launches() {
    #expect(RankLaunch([:]) == nil)
    let open = RankLaunch(["OMPI_COMM_WORLD_SIZE": "4", "PMIX_RANK": "0"])
    #expect(open?.launcher == "mpirun" && open?.ranks == 4 && open?.libraries.first == "libmpi.so.40")
    let mpich = RankLaunch(["PMI_SIZE": "2", "PMI_RANK": "1"])
    #expect(mpich?.launcher == "mpirun" && mpich?.ranks == 2 && mpich?.libraries.first == "libmpich.so.12")
    let slurm = RankLaunch(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "3", "PMIX_RANK": "3"])
    #expect(slurm?.launcher == "srun" && slurm?.ranks == 8 && slurm?.libraries.first == "libmpi.so.40")
    // The script of a job is no step.
    #expect(RankLaunch(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
    #expect(RankLaunch(["PMI_SIZE": "2", "CARBONCLIP_MPI": "/opt/libmpi.so"])?.libraries == ["/opt/libmpi.so"])
    #expect(RankLaunch(["OMPI_COMM_WORLD_SIZE": "many"]) == nil)
  }
}
