import CLIPCompute
import CLIPEvaluation
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPOptimization
import CLIPPruning
import CLIPSearch
import CLIPStudies
import Testing

/// The first points in their turned order, then nothing.
private struct Turned: StrategyMaker, SearchStrategy {
  let name = "turned"
  let computesCosts = true
  var points: [[Int]] = []

  func strategy(for problem: SearchProblem) -> any SearchStrategy { Turned(points: problem.first.reversed()) }

  func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) -> [[Int]] {
    let taken = Set(observations.map(\.point) + pending)
    return Array(points.filter { !taken.contains($0) }.prefix(count))
  }
}

/// The share of captions that score their own picture above the mean.
private struct AboveMean: AccuracyMetric {
  let name = "above-mean"

  func accuracy(of features: FeatureExtraction.Features, on pool: ThreadPool) throws -> MeasuredAccuracy {
    let images = (0..<features.image.shape[0]).map { features.image.rows($0..<$0 + 1).elements }
    let above = features.owner.enumerated().count { caption, image in
      let text = features.text.rows(caption..<caption + 1).elements
      let scores = images.map { zip($0, text).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
      return scores[image] > scores.reduce(0, +) / Float(scores.count)
    }
    return MeasuredAccuracy(Double(above) / Double(features.owner.count), standardError: 0.01)
  }
}

/// Keeps the parts with the highest numbers.
private struct LastParts: ImportanceStrategy {
  let name = "last"
  let compensates = false
  let needsData = false

  func importance(_ context: RankingContext) throws -> Importance {
    func tower(_ shape: some TowerConfiguration) -> TowerImportance {
      func scores(_ count: Int) -> [Double] { (0..<count).map(Double.init) }
      return TowerImportance(
        layers: scores(shape.layers), channels: scores(shape.width), heads: shape.headsPerLayer.map(scores),
        units: shape.mlpWidth.map(scores))
    }
    let model = context.model.configuration
    return Importance(
      vision: tower(model.vision), text: tower(model.text), embedding: (0..<model.embedDimension).map(Double.init))
  }
}

/// Stripes of some width, with a caption that says it.
private struct Stripes: IndexedSource {
  let path: String
  let count: Int

  func sample(at index: Int) throws -> ImageTextSample {
    let width = 1 + index % 8
    let pixels = (0..<32 * 32).flatMap { place -> [UInt8] in
      let isDark = place % 32 / width % 2 == 0
      return isDark ? [0, 0, UInt8(index % 200)] : [255, 255, 255]
    }
    return ImageTextSample(
      key: "\(index)", image: .pixels(PixelImage(rows: 32, columns: 32, pixels: pixels)),
      captions: ["stripes \(width) wide, number \(index)"], file: path)
  }
}

@Suite("A search with a strategy, a metric, an importance and data of one's own")
struct OwnSearchTests {
  @Test("all of them are used, and what they name is recorded")
  func own() throws {
    let fixture = try SearchFixture()
    var recipe = try fixture.recipe(["trials": "3", "precision": "float32"])
    recipe.optimizer = Turned()
    recipe.accuracyMetric = AboveMean()
    recipe.importance = LastParts()
    let data = try SearchData(
      training: Stripes(path: "stripes", count: 200), validation: Stripes(path: "fewer stripes", count: 24))
    let study = try fixture.study(recipe, "own")
    let run = try SearchRun(
      recipe, study, data: data, candidates: "\(fixture.folder)/own", worker: "w", on: ThreadPool(threads: 1),
      version: "test")
    #expect(try run.run() == .finished)
    let trials = try study.trials()
    #expect(trials.count == 3 && trials.allSatisfy { $0.state == .finished })
    let front = try SearchFront(recipe, trials, run.outlook)
    let metrics = front.finished.map(\.record.measurement.float32.metric)
    #expect(metrics == ["above-mean", "above-mean", "above-mean"])
    #expect(front.finished.allSatisfy { (0...1).contains($0.record.measurement.float32.mean) })
    #expect(!front.members.isEmpty)
    // The strategy's order, not the standard's.
    let standard = try fixture.recipe(["trials": "3"])
    let other = try fixture.study(standard, "standard")
    #expect(try fixture.run(standard, other, candidates: "standard") == .finished)
    #expect(try other.trials().map(\.point) == trials.map(\.point).reversed())
  }

  @Test("another metric, importance or data is another candidate")
  func keys() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 1)
    func key(_ change: (inout SearchRecipe) -> Void = { _ in }, pairs: Int = 24) throws -> String {
      var recipe = try fixture.recipe()
      change(&recipe)
      let data = try SearchData(
        training: Stripes(path: "stripes", count: 200), validation: Stripes(path: "fewer", count: pairs))
      return try CandidateTrainer(recipe, data: data, folder: fixture.folder, on: pool, version: "test").key([0, 0, 0])
    }
    let keys = [
      try key(), try key { $0.accuracyMetric = AboveMean() }, try key { $0.importance = LastParts() },
      try key { $0.training.learningRate = 1e-2 }, try key { $0.seed = 9 }, try key(pairs: 25),
    ]
    #expect(Set(keys).count == keys.count)
    #expect(try key() == keys[0])
  }
}
