import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import Testing

@Suite("Pruning sessions")
struct SessionTests {
  private static var requests: [ShapeRequest] {
    [(3, 24, 40, 12), (2, 24, 16, 12), (3, 16, 40, 8), (1, 12, 8, 12), (2, 24, 16, 12)].map {
      layers, width, mlp, embed in
      var request = ShapeRequest()
      request.vision.layers = layers
      request.vision.width = width
      request.vision.mlp = [mlp]
      request.vision.heads = [2]
      request.text.layers = min(layers, 2)
      request.embedDimension = embed
      return request
    }
  }

  @Test(
    "cuts of a session have the bits of single ones, whether or not it holds what the whole model does",
    arguments: [0, 1e9])
  func bits(memory: Double) throws {
    let sample = try PruningSample(pairs: 32)
    let session = PruningSession(try sample.pruner("surgeon"), calibration: sample.calibration, memory: memory)
    for request in Self.requests {
      let one = try session.run(request)
      let alone = try sample.pruner("surgeon").run(request, calibration: sample.calibration)
      #expect(one.plan == alone.plan && one.importance == alone.importance)
      #expect(one.visionErrors == alone.visionErrors && one.textErrors == alone.textErrors)
      #expect(try sample.features(one.model) == sample.features(alone.model))
    }
  }

  @Test("pairs run through in bfloat16 give a cut that is as near to the whole model as one by floats")
  func halfPrecision() throws {
    let sample = try PruningSample(pairs: 200), whole = try sample.features()
    var request = ShapeRequest()
    request.vision.width = 16
    request.vision.mlp = [24]
    request.text.width = 12
    func lost(_ precision: ProductArithmetic) throws -> Double {
      var pruner = try sample.pruner("surgeon")
      pruner.precision = precision
      let cut = try pruner.run(request, calibration: sample.calibration)
      return zip(try sample.features(cut.model), whole).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    let floats = try lost(.float32), halves = try lost(.bfloat16)
    #expect(floats != halves && abs(halves - floats) < 0.03 * floats, "\(halves) beside \(floats)")
  }

  @Test("a session whose store knows all scores passes the pairs through the whole model for no scores")
  func knownScores() throws {
    let sample = try PruningSample(pairs: 32), store = RankingStore()
    let whole = try sample.pruner("surgeon")
    for request in Self.requests { _ = try whole.run(request, calibration: sample.calibration, store: store) }
    var stages: Set<String> = [], again = try sample.pruner("surgeon")
    again.progress = { stage, _, _ in stages.insert(stage) }
    let session = PruningSession(again, calibration: sample.calibration, store: store)
    for request in Self.requests { _ = try session.run(request) }
    #expect(!stages.contains("activations") && stages.contains("compensation"))
  }
}
