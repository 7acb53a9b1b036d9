import CLIPCompute
import CLIPEvaluation
import CLIPParity
import CLIPFiles
import Foundation
import CLIPTensors
import Testing
import CLIPWeights

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

  /// Rows of small whole numbers: their products are exact in float32, and many are equal.
  private static func wholeNumbers(_ rows: Int, _ seed: UInt64) -> [Int] {
    var random = Philox(seed: seed, purpose: .test)
    return (0..<rows * 8).map { _ in random.integer(below: 5) - 2 }
  }

  @Test(
    "ranks equal places in a sorted list, ties among them, over several slices and any number of threads",
    arguments: [1, 2, 3, 7])
  func sorted(threads: Int) throws {
    let images = 301, captions = 700
    let i = Self.wholeNumbers(images, 1), t = Self.wholeNumbers(captions, 2)
    // Every seventh image has no caption.
    let owner = (0..<captions).map { caption in
      let image = caption * 11 % images
      return image % 7 == 0 ? image + 1 : image
    }
    let metrics = try RetrievalMetrics(
      image: Tensor(i.map(Float.init), [images, 8]), text: Tensor(t.map(Float.init), [captions, 8]), owner: owner,
      on: ThreadPool(threads: threads))
    func score(_ image: Int, _ caption: Int) -> Int {
      (0..<8).reduce(0) { $0 + i[image * 8 + $1] * t[caption * 8 + $1] }
    }
    for caption in 0..<captions {
      let scores = (0..<images).map { score($0, caption) }
      let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      #expect(metrics.imageRanks[caption] == order.firstIndex(of: owner[caption]))
    }
    for image in 0..<images {
      let scores = (0..<captions).map { score(image, $0) }
      let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      #expect(metrics.textRanks[image] == order.firstIndex { owner[$0] == image } ?? captions)
    }
  }

  @Test("one image with one caption is found")
  func single() throws {
    let metrics = try RetrievalMetrics(
      image: Self.features(1, 1), text: Self.features(1, 2), owner: [0], on: ThreadPool(threads: 2))
    #expect(metrics.imageRecall(at: 1) == 1 && metrics.textRecall(at: 1) == 1 && metrics.meanRecallAt1 == 1)
    #expect(metrics.imageRankSummary.mean == 1 && metrics.imageRankSummary.median == 1)
    #expect(Bootstrap.errors(of: metrics, draws: 10).meanRecallAt1 == 0)
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

  @Test("neither does one whose products round differently at the matrix's edges")
  func collapsedToAnyPoint() throws {
    var random = Philox(seed: 9, purpose: .test)
    let point = (0..<97).map { _ in random.normal() / 10 }
    let images = 131, captions = 3 * images
    let metrics = try RetrievalMetrics(
      image: Tensor((0..<images).flatMap { _ in point }, [images, 97]),
      text: Tensor((0..<captions).flatMap { _ in point }, [captions, 97]), owner: (0..<captions).map { $0 / 3 },
      on: ThreadPool(threads: 2))
    #expect(metrics.imageRecall(at: 1) < 0.05)
    #expect(metrics.textRecall(at: 1) < 0.05)
  }

  @Test("scores that overflow are not taken for hits")
  func overflow() throws {
    let big = Float.greatestFiniteMagnitude
    let image = Tensor([big, big, big, big], [2, 2]), text = Tensor([big, -big, big, -big], [2, 2])
    let metrics = try RetrievalMetrics(image: image, text: text, owner: [1, 1], on: ThreadPool(threads: 1))
    #expect(metrics.imageRecall(at: 1) == 0)
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
    for (image, text) in [([], [3, 8]), ([3, 8], []), ([3, 8], [3, 7]), ([3, 8, 1], [3, 8])] as [(Shape, Shape)] {
      #expect(
        throws: InputError(
          "retrieval needs features [images, embed] and [captions, embed]; found \(image) and \(text)")
      ) {
        try RetrievalMetrics(image: Tensor(zeros: image), text: Tensor(zeros: text), owner: [0, 1, 2], on: pool)
      }
    }
  }

  @Test("recorded features of a wrong shape are refused with the file's name")
  func damagedFixture() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = "\(folder.path)/retrieval.safetensors"
    try SafetensorsWriter.write(
      [
        OutgoingTensor("a.image", Tensor([1], [])), OutgoingTensor("a.text", Tensor(zeros: [1, 4])),
        OutgoingTensor("a.owner", integers: [0], [1]),
      ], to: path)
    try Data("{\"a\": {}}".utf8).write(to: folder.appendingPathComponent("retrieval.json"))
    #expect(
      throws: InputError(
        "retrieval needs features [images, embed] and [captions, embed]; found [] and [1, 4]", file: path)
    ) { try RetrievalParity.run(folder.path, on: ThreadPool(threads: 1)) }
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

  @Test("captions of one image are drawn together: the error is that of a ratio over images")
  func clusters() throws {
    // A caption's hit depends on its image mostly: the captions of an image are alike.
    let images = 60
    let image = Self.features(images, 3)
    let owner = (0..<images).flatMap { Array(repeating: $0, count: 1 + $0 % 5) }
    let text = Tensor(
      owner.flatMap { own in
        let shown = own % 3 == 0 ? (own + 1) % images : own
        return image.elements[shown * 8..<shown * 8 + 8]
      }, [owner.count, 8])
    let metrics = try RetrievalMetrics(image: image, text: text, owner: owner, on: ThreadPool(threads: 1))
    let share = metrics.imageRecall(at: 1), count = Double(owner.count)
    var squares = 0.0
    for own in 0..<images {
      let captions = owner.indices.filter { owner[$0] == own }
      let found = captions.count { metrics.imageRanks[$0] == 0 }
      let residual = Double(found) - share * Double(captions.count)
      squares += residual * residual
    }
    // The linearized variance of a ratio of sums: Cochran, Sampling Techniques, 1977, section 6.3.
    let expected = squares.squareRoot() / count
    let found = Bootstrap.errors(of: metrics, draws: 4000, seed: 1).imageRecallAt1
    #expect(abs(found - expected) < 0.08 * expected)
    #expect(expected > 1.3 * Bootstrap.binomialError(share: share, count: owner.count))
  }
}
