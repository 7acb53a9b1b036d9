import CLIPCompute
import CLIPFiles
import CLIPLayers
import CLIPModelShapes
import CLIPPruning
import CLIPRanks
import CLIPTensors
import CLIPTestRanks
import Foundation
import Testing

/// Several processes that cut one model, here as threads: what comes out is what one process makes.
@Suite("Pruning by ranks")
struct RankedPruningTests {
  /// What a cut left.
  struct Cut: Equatable, Sendable {
    let plan: PruningPlan
    let importance: Importance
    let weights: [[Float]]
    let errors: [Double]

    init(_ result: Pruner.Result) {
      plan = result.plan
      importance = result.importance
      weights = result.parameters.entries.map { result.parameters[$0].elements }
      errors = result.visionErrors + result.textErrors
    }

    /// The largest difference of any parameter from another cut's, relative to its largest entry.
    func distance(from other: Cut) -> Double {
      zip(weights, other.weights).map { PruningSample.distance($0, $1) }.max() ?? .infinity
    }
  }

  /// Axes of both towers, sizes that every strategy reaches.
  static var sizes: ShapeRequest {
    var request = ShapeRequest()
    request.vision.layers = 2
    request.vision.width = 16
    request.vision.heads = [2]
    request.vision.mlp = [25]
    request.text.width = 12
    request.text.mlp = [20]
    request.embedDimension = 8
    return request
  }

  /// Cuts a sample to sizes or a share of its multiply-adds, alone or as a rank.
  static func cut(
    _ strategy: String, _ kind: PruningSample.Kind = .plain, pairs: Int = 96, to request: ShapeRequest = sizes,
    share: Double? = nil, by compensation: CompensationOptions? = CompensationOptions(), ranks: ThreadRanks? = nil,
    store: RankingStore = RankingStore(), change: (inout Pruner) -> Void = { _ in }
  ) throws -> Cut {
    let sample = try PruningSample(kind, pairs: pairs, threads: 1)
    var pruner = try sample.pruner(strategy, compensation)
    pruner.ranks = ranks
    change(&pruner)
    let budget = share.map { Budget(.macs, limit: Int(Double(Budget.Kind.macs.cost(sample.configuration)) * $0)) }
    return Cut(try pruner.run(request, budget: budget, calibration: sample.calibration, store: store))
  }

  /// How far weights may be off: what the sums' rounding comes to in directions that the ridge alone holds, which is less
  /// where it holds them more.
  private static func tolerance(ridge: Double) -> Double { ridge < 1e-3 ? 5e-3 : 3e-4 }

  private static func options(ridge: Double, _ parts: String = "all") throws -> CompensationOptions {
    var options = try CompensationOptions(parsing: parts)
    options.ridge = ridge
    return options
  }

  private static func expectSame(_ shared: [Cut], as whole: Cut, within tolerance: Double) {
    for one in shared { #expect(one == shared[0], "ranks differ") }
    #expect(shared[0].plan == whole.plan)
    let distance = shared[0].distance(from: whole)
    #expect(distance <= tolerance, "weights differ by \(distance)")
    for (found, expected) in zip(shared[0].errors, whole.errors) {
      #expect(abs(found - expected) <= 1e-4 * abs(expected) + 1e-9, "error \(found), alone \(expected)")
    }
  }

  @Test(
    "ranks cut to sizes as one process does, the same bits on all of them",
    arguments: ImportanceCatalog.names.flatMap { name in [2, 4].map { (name, $0) } }, [1e-4, 1e-2])
  func cutting(strategy: (name: String, ranks: Int), ridge: Double) throws {
    let options = try Self.options(ridge: ridge)
    // Of many pairs some are as near as others, and recall changes by what rounding says.
    let pairs = strategy.name == "reference" ? 24 : 96
    let whole = try Self.cut(strategy.name, pairs: pairs, by: options)
    #expect(whole.plan != PruningPlan(keepingAllOf: whole.plan.dense) && whole.errors.contains { $0 > 1e-3 })
    let shared = try ThreadRanks.run(strategy.ranks) {
      try Self.cut(strategy.name, pairs: pairs, by: options, ranks: $0)
    }
    Self.expectSame(shared, as: whole, within: Self.tolerance(ridge: ridge))
  }

  @Test("a budget is spent alike", arguments: ["surgeon", "activation"], [2, 4])
  func budget(strategy: String, count: Int) throws {
    let options = try Self.options(ridge: 1e-2)
    let whole = try Self.cut(strategy, to: ShapeRequest(), share: 0.5, by: options)
    let shared = try ThreadRanks.run(count) {
      try Self.cut(strategy, to: ShapeRequest(), share: 0.5, by: options, ranks: $0)
    }
    Self.expectSame(shared, as: whole, within: Self.tolerance(ridge: 1e-2))
  }

  /// Towers that read all rows, that have norms and layer scales elsewhere, and some parts of compensation alone.
  @Test(
    "whatever the tower", arguments: [PruningSample.Kind.pooledAfterNorm, .layerScale, .uneven, .attentionPool, .gated])
  func kinds(kind: PruningSample.Kind) throws {
    var request = ShapeRequest()
    request.vision.width = 16
    request.vision.mlp = [16]
    request.text.mlp = [0]
    request.embedDimension = 8
    let wanted = request
    for parts in ["all", "mean,layernorm", "ridge,rotation"] {
      let options = try Self.options(ridge: 1e-2, parts)
      let whole = try Self.cut("activation", kind, to: wanted, by: options)
      let shared = try ThreadRanks.run(3) { try Self.cut("activation", kind, to: wanted, by: options, ranks: $0) }
      Self.expectSame(shared, as: whole, within: Self.tolerance(ridge: 1e-2))
    }
  }

  @Test("run after run the same bits", arguments: [2, 3])
  func repeated(count: Int) throws {
    func run() throws -> [Cut] {
      try ThreadRanks.run(count) { try Self.cut("surgeon", to: ShapeRequest(), share: 0.6, ranks: $0) }
    }
    #expect(try run() == run())
  }

  @Test("a session of ranks has the bits of single cuts", arguments: [0, 1e9])
  func session(memory: Double) throws {
    let cuts = try ThreadRanks.run(2) { ranks in
      let sample = try PruningSample(pairs: 48, threads: 1)
      var pruner = try sample.pruner("surgeon")
      pruner.ranks = ranks
      let session = PruningSession(pruner, calibration: sample.calibration, memory: memory)
      var smaller = Self.sizes
      smaller.text.layers = 1
      let requests = [Self.sizes, smaller, Self.sizes]
      let divergence = try session.divergence(of: try session.run(smaller))
      #expect(divergence > 0 && divergence.isFinite)
      return try requests.map { [Cut(try session.run($0)), Cut(try pruner.run($0, calibration: sample.calibration))] }
    }
    for one in cuts.flatMap({ $0 }) { #expect(one[0] == one[1]) }
    #expect(cuts[0] == cuts[1])
  }

  /// 2,100 pictures of 17 tokens are more rows than 32,768.
  @Test("of more rows than are looked at, ranks look at as many as one process, at others")
  func samples() throws {
    var request = ShapeRequest()
    request.vision.width = 20
    request.vision.mlp = [32]
    let wanted = request
    let whole = try Self.cut("magnitude", pairs: 2100, to: wanted)
    let shared = try ThreadRanks.run(2) { try Self.cut("magnitude", pairs: 2100, to: wanted, ranks: $0) }
    #expect(shared[0] == shared[1] && shared[0].plan == whole.plan)
    let distance = shared[0].distance(from: whole)
    #expect(distance > 0 && distance < 0.05, "\(distance)")
  }

  @Test("ranks with other pairs, sizes, settings, weights or programs are refused before anything is computed")
  func disagreement() throws {
    func refusal(_ change: @escaping @Sendable (_ rank: Int, inout Pruner, inout ShapeRequest) throws -> Int) throws
      -> String
    {
      let error = try #require(throws: RankDisagreement.self) {
        _ = try ThreadRanks.run(3) { ranks in
          let sample = try PruningSample(pairs: 32, threads: 1)
          var pruner = try sample.pruner("surgeon"), request = Self.sizes
          pruner.ranks = ranks
          pruner.progress = { stage, _, _ in Issue.record("\(stage) was begun") }
          let pairs = try change(ranks.rank, &pruner, &request)
          _ = try pruner.run(request, calibration: sample.calibration.prefix(pairs))
        }
      }
      return error.error.description
    }
    let pairs = try refusal { rank, _, _ in rank == 1 ? 31 : 32 }
    #expect(pairs.contains("rank 1 has other calibration pairs than rank 0"), "\(pairs)")
    let sizes = try refusal { rank, _, request in
      if rank == 2 { request.vision.width = 17 }
      return 32
    }
    #expect(sizes.contains("rank 2 has other sizes"), "\(sizes)")
    let program = try refusal { rank, pruner, _ in
      pruner.version = "\(min(rank, 1))"
      return 32
    }
    #expect(program.contains("rank 1 has another version of the program"), "\(program)")
    let settings = try refusal { rank, pruner, _ in
      if rank == 1 { pruner.precision = .bfloat16 }
      return 32
    }
    #expect(settings.contains("rank 1 has other settings"), "\(settings)")
    let weights = try refusal { rank, pruner, _ in
      if rank == 1 {
        let ranks = pruner.ranks
        pruner = try PruningSample(pairs: 32, threads: 1, seed: 2).pruner("surgeon")
        pruner.ranks = ranks
      }
      return 32
    }
    #expect(weights.contains("rank 1 has other weights"), "\(weights)")
    let few = try refusal { _, _, _ in 2 }
    #expect(few.contains("3 ranks cannot divide 2 pairs"), "\(few)")
    let shape = try refusal { _, _, request in
      request.vision.width = 25
      return 32
    }
    #expect(shape.contains("--vision-width must be from 1 to 24, found 25") && !shape.contains("rank"), "\(shape)")
  }

  /// Looks at pairs and knows nothing of ranks.
  private struct Alone: ImportanceStrategy {
    var name: String { "alone" }
    func importance(_ context: RankingContext) throws -> Importance { throw InputError("was asked") }
  }

  @Test("a strategy that cannot divide the pairs is refused")
  func indivisible() throws {
    let error = try #require(throws: RankDisagreement.self) {
      _ = try ThreadRanks.run(2) { ranks in
        let sample = try PruningSample(threads: 1)
        var pruner = try Pruner(try sample.model, sample.state, importance: Alone(), on: sample.pool)
        pruner.ranks = ranks
        _ = try pruner.run(Self.sizes, calibration: sample.calibration)
      }
    }
    #expect(error.error.description.contains("--strategy alone looks at pairs that several ranks cannot divide"))
  }

  @Test("one rank that is asked to stop stops all; rank 0 has kept the scores, and they go on", arguments: [3, 9, 25])
  func stopping(after steps: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ranked-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/scores.jsonl"
    @Sendable func run(_ ranks: ThreadRanks, stop: Int?) throws -> Cut {
      var asked = 0
      let store = ranks.rank == 0 ? try RankingStore(path: path) : RankingStore()
      return try Self.cut("surgeon", to: ShapeRequest(), share: 0.6, ranks: ranks, store: store) { pruner in
        pruner.shouldStop = {
          asked += 1
          return ranks.rank == 1 && stop.map { asked > $0 } ?? false
        }
      }
    }
    let ends = try ThreadRanks.run(3) { ranks in
      do {
        _ = try run(ranks, stop: steps)
        return "ran"
      } catch is CancellationError { return "stopped" }
    }
    #expect(ends == ["stopped", "stopped", "stopped"])
    let resumed = try ThreadRanks.run(3) { try run($0, stop: nil) }
    let whole = try ThreadRanks.run(3) { try Self.cut("surgeon", to: ShapeRequest(), share: 0.6, ranks: $0) }
    #expect(resumed == whole)
  }
}
