import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import CLIPRanks
import CLIPTestRanks
import Testing

/// Processes that divide a data set find what one process finds, to the bit.
@Suite("Divided extraction")
struct DividedExtractionTests {
  /// Pictures of noise, some of which cannot be read and some not be decoded.
  private struct Pictures: IndexedSource {
    let count: Int
    var unreadable: Set<Int> = [], damaged: Set<Int> = []
    var path: String { "pictures" }
    func sample(at index: Int) throws -> ImageTextSample {
      if unreadable.contains(index) { throw SkippedSample(origin: "pictures: \(index)", reason: "is broken") }
      var random = Philox(seed: UInt64(index), purpose: .test)
      let pixels = (0..<3 * 32 * 32).map { _ in UInt8(random.integer(below: 256)) }
      let image: ImagePayload =
        damaged.contains(index)
        ? .encoded(SampleBytes([1, 2, 3])) : .pixels(PixelImage(rows: 32, columns: 32, pixels: pixels))
      return ImageTextSample(
        key: "\(index)", image: image, captions: (0...index % 3).map { "picture \(index) said \($0) \"so\"\n" },
        label: index % 2 == 0 ? index % 5 : nil, file: path)
    }
  }

  private static let model = Result {
    try LoadedModel(LoadedModel.Request(pretrained: "\(TrainerTests.root)/checkpoints/base"))
  }

  private static func extraction() throws -> FeatureExtraction {
    var extraction = FeatureExtraction(try model.get())
    extraction.batchSize = 8
    return extraction
  }

  @Test(
    "features, captions, faults and fingerprint are those of one process", arguments: [2, 3, 4], [nil, 1, 21, 90])
  func same(ranks count: Int, limit: Int?) throws {
    var extraction = try Self.extraction()
    extraction.limit = limit
    let source = Pictures(count: 77, unreadable: [0, 8, 9, 76], damaged: [7, 20, 21, 22, 23, 50]), given = extraction
    let one = try extraction.run(source, on: ThreadPool(threads: 2))
    #expect(one.keys.count == min(limit ?? .max, 67))
    let shared = try ThreadRanks.run(count) { ranks in
      var own = given
      own.ranks = ranks
      return try own.run(source, on: ThreadPool(threads: 1))
    }
    for found in shared {
      #expect(AlikeRows.same(found.image.elements, one.image.elements))
      #expect(AlikeRows.same(found.text.elements, one.text.elements))
      #expect(found.captions == one.captions && found.owner == one.owner && found.labels == one.labels)
      #expect(found.keys == one.keys && found.fingerprint == one.fingerprint)
      // One process notes what it cannot read before what it cannot decode of a batch; ranks tell faults in the data's order.
      #expect(found.skipped.count == one.skipped.count)
      #expect(found.skipped.listed.map(\.description).sorted() == one.skipped.listed.map(\.description).sorted())
    }
  }

  @Test("metrics are those of one process, fewer pictures than ranks and texts alone too")
  func metrics() throws {
    let extraction = try Self.extraction(), pool = ThreadPool(threads: 2)
    let prompts = (0..<41).map { "a picture of thing \($0)" }, few = Pictures(count: 3)
    let texts = try extraction.encode(prompts, on: pool).elements
    let small = try extraction.run(few, on: pool)
    let loaded = try Self.model.get(), source = Pictures(count: 40)
    let whole = try Evaluator(loaded).retrieval(source, on: pool)
    let shared = try ThreadRanks.run(4) { ranks in
      var own = extraction, evaluator = Evaluator(loaded)
      own.ranks = ranks
      evaluator.extraction.ranks = ranks
      let pool = ThreadPool(threads: 1)
      return (
        try own.encode(prompts, on: pool).elements, try own.run(few, on: pool).image.elements,
        try evaluator.retrieval(source, on: pool)
      )
    }
    for (found, pictures, result) in shared {
      #expect(AlikeRows.same(found, texts) && AlikeRows.same(pictures, small.image.elements))
      #expect(result.metricsJSON == whole.metricsJSON && result.standardErrorsJSON == whole.standardErrorsJSON)
    }
    #expect(throws: InputError.self) {
      _ = try ThreadRanks.run(2) { ranks in
        var own = extraction
        own.ranks = ranks
        return try own.run(Pictures(count: 3, unreadable: [0, 1, 2]), on: ThreadPool(threads: 1)).keys
      }
    }
  }
}
