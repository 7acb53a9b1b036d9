import Compute
import Evaluation
import Files
import Foundation
import Tensors
import Testing

@Suite("Retrieval metrics")
struct RetrievalMetricsTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

  /// Unit-length random rows.
  private static func features(_ rows: Int, _ seed: UInt64) -> Tensor {
    var random = Philox(seed: seed, purpose: .test)
    let values = (0..<rows).flatMap { _ -> [Float] in
      let row = (0..<8).map { _ in random.normal() }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { $0 / norm }
    }
    return Tensor(values, [rows, 8])
  }

  @Test("every recorded figure of CLIP_benchmark and open_clip is met exactly")
  func recorded() throws {
    let report = try RetrievalParity.run(Self.folder, on: ThreadPool(threads: 2))
    #expect(report.quantities.count == 28)
    #expect(report.isWithinTolerance)
  }

  @Test("ranks equal a count by definition, on any number of threads", arguments: [1, 2, 3])
  func bruteForce(threads: Int) throws {
    let images = 37, captions = 111
    let image = Self.features(images, 1), text = Self.features(captions, 2), owner = (0..<captions).map { $0 * 7 % images }
    let metrics = try RetrievalMetrics(image: image, text: text, owner: owner, on: ThreadPool(threads: threads))
    let i = image.elements.map(Double.init), t = text.elements.map(Double.init)
    func score(_ a: Int, _ b: Int) -> Double { (0..<8).reduce(0) { $0 + i[a * 8 + $1] * t[b * 8 + $1] } }
    for caption in 0..<captions {
      let own = score(owner[caption], caption)
      #expect(metrics.imageRanks[caption] == (0..<images).count { score($0, caption) > own + 1e-7 })
    }
    for image in 0..<images {
      let best = (0..<captions).filter { owner[$0] == image }.map { score(image, $0) }.max() ?? -2
      #expect(metrics.textRanks[image] == (0..<captions).count { score(image, $0) > best + 1e-7 })
    }
  }

  @Test("a model that maps everything to one point earns chance, not perfection")
  func collapsed() throws {
    let point = Tensor(repeating: 0.5, [20, 4]), captions = Tensor(repeating: 0.5, [100, 4])
    let metrics = try RetrievalMetrics(
      image: point, text: captions, owner: (0..<100).map { $0 / 5 }, on: ThreadPool(threads: 2))
    #expect(metrics.imageRecall(at: 1) == 0.05)
    #expect(metrics.textRecall(at: 1) == 0.05)
    #expect(metrics.imageRecall(at: 10) == 0.5)
  }

  @Test("nothing to score, owners out of range and features that are not finite are refused")
  func refusals() {
    let pool = ThreadPool(threads: 1), image = Self.features(3, 1)
    #expect(throws: InputError("retrieval needs at least one image and one caption; found 3 and 0")) {
      try RetrievalMetrics(image: image, text: Tensor(zeros: [0, 8]), owner: [], on: pool)
    }
    #expect(throws: InputError("every caption must belong to one of the 3 images")) {
      try RetrievalMetrics(image: image, text: Self.features(1, 2), owner: [3], on: pool)
    }
    #expect(throws: InputError.self) {
      try RetrievalMetrics(image: Tensor(repeating: .nan, [3, 8]), text: Self.features(1, 2), owner: [0], on: pool)
    }
  }

  @Test("the bootstrap's error of text retrieval is the binomial one, and the same for the same seed")
  func bootstrap() throws {
    let metrics = try RetrievalMetrics(
      image: Self.features(400, 3), text: Self.features(400, 3), owner: Array(0..<400), on: ThreadPool(threads: 1))
    #expect(Bootstrap.errors(of: metrics, draws: 50).textRecallAt1 == 0)
    let random = try RetrievalMetrics(
      image: Self.features(40, 3), text: Self.features(200, 4), owner: (0..<200).map { $0 % 40 },
      on: ThreadPool(threads: 1))
    let errors = Bootstrap.errors(of: random, draws: 2000, seed: 5)
    #expect(errors == Bootstrap.errors(of: random, draws: 2000, seed: 5))
    let share = random.textRecall(at: 1)
    let binomial = Bootstrap.binomialError(share: share, count: 40)
    // The error of a standard deviation over 2,000 draws is 1.6 %; six of them.
    #expect(abs(errors.textRecallAt1 - binomial) < 0.1 * binomial)
  }
}
