import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import CLIPTensors
import CLIPTraining
import Testing

/// Keeps the parts of a tower whose numbers leave the wanted rest.
private struct EveryNth: ImportanceStrategy {
  var rest: Int
  var name: String { "every-nth-\(rest)" }
  var compensates: Bool { false }
  var needsData: Bool { false }
  /// For scores that do not fit the model.
  var surplus = 0

  func importance(_ context: RankingContext) throws -> Importance {
    func scores(_ count: Int) -> [Double] { (0..<count + surplus).map { $0 % 2 == rest ? 1 : 0 } }
    func tower(_ shape: some TowerConfiguration) -> TowerImportance {
      TowerImportance(
        layers: scores(shape.layers), channels: scores(shape.width), heads: shape.headsPerLayer.map(scores),
        units: shape.mlpWidth.map(scores))
    }
    let model = context.model.configuration
    return Importance(vision: tower(model.vision), text: tower(model.text), embedding: scores(model.embedDimension))
  }
}

@Suite("A strategy of one's own, and models that were pruned before")
struct OwnStrategyTests {
  private var request: ShapeRequest {
    var request = ShapeRequest()
    request.vision.width = 12
    request.vision.mlp = [20]
    return request
  }

  @Test("a strategy with a parameter says what stays", arguments: [0, 1])
  func own(rest: Int) throws {
    let sample = try PruningSample()
    let pruner = try Pruner(try sample.model, sample.state, importance: EveryNth(rest: rest), on: sample.pool)
    #expect(!pruner.needsData)
    let plan = try pruner.run(request, calibration: nil).plan
    #expect(plan.vision.channels == (0..<24).filter { $0 % 2 == rest })
    #expect(plan.vision.units.allSatisfy { $0 == (0..<40).filter { $0 % 2 == rest } })
  }

  @Test("rankings of the same strategy with another parameter are kept apart")
  func keys() throws {
    let sample = try PruningSample()
    func key(_ rest: Int) throws -> String {
      try Pruner(try sample.model, sample.state, importance: EveryNth(rest: rest), on: sample.pool).rankingKey(nil)
    }
    #expect(try key(0) == key(0))
    #expect(try key(0) != key(1))
  }

  @Test("scores that do not fit the model are refused")
  func misfit() throws {
    let sample = try PruningSample()
    let pruner = try Pruner(
      try sample.model, sample.state, importance: EveryNth(rest: 0, surplus: 1), on: sample.pool)
    #expect(throws: InputError.self) { try pruner.run(request, calibration: nil) }
  }

  @Test("a pruned model is pruned again, in memory")
  func again() throws {
    let sample = try PruningSample(pairs: 32)
    let first = try sample.pruner("surgeon").run(request, calibration: sample.calibration)
    var smaller = ShapeRequest()
    smaller.vision.layers = 2
    smaller.text.mlp = [16]
    let second = try Pruner(first.model, first.parameters, on: sample.pool).run(
      smaller, calibration: sample.calibration)
    let shape = second.model.configuration
    #expect(shape.vision.width == 12 && shape.vision.layers == 2 && shape.text.mlpWidth == [16, 16])
    let features = try second.model.imageFeatures(sample.calibration.images, on: sample.pool)
    #expect(features.isFinite && features.shape[0] == sample.calibration.count)
    // What is cut and nothing else is the first model's: both cuts in one are the same weights.
    let bare = try Pruner(
      try sample.model, sample.state, importance: EveryNth(rest: 0), on: sample.pool
    ).run(request, calibration: nil)
    let twice = try Pruner(bare.model, bare.parameters, importance: EveryNth(rest: 0), on: sample.pool).run(
      ShapeRequest(), calibration: nil)
    #expect(try sample.features(twice.model) == sample.features(bare.model))
  }
}
