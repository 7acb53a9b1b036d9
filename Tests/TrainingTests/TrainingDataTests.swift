import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPImageText
import CLIPImages
import CLIPModelShapes
import Testing
import CLIPTokenization
import CLIPTraining

@Suite("Training data")
struct TrainingDataTests {
  /// A data set that knows nothing of pictures: sample `i` has the caption `i`, and some cannot be used.
  private struct Numbers: IndexedSource {
    let count: Int
    var broken: Set<Int> = []
    var path: String { "numbers" }
    func sample(at index: Int) throws -> ImageTextSample {
      if broken.contains(index) { throw SkippedSample(origin: "numbers: \(index)", reason: "is broken") }
      return ImageTextSample(
        key: "\(index)",
        image: .pixels(PixelImage(rows: 2, columns: 2, pixels: [UInt8](repeating: UInt8(index % 256), count: 12))),
        captions: ["a", "b", "c"], file: path)
    }
  }

  private static func data(_ source: Numbers, _ change: (inout TrainingData.Settings) -> Void = { _ in }) throws
    -> TrainingData
  {
    var settings = TrainingData.Settings()
    settings.batchSize = 8
    settings.contextLength = 5
    change(&settings)
    return try TrainingData(
      source, tokenizer: try LoadedModel.tokenizer(nil, for: NamedModels.model("ViT-B-32").configuration),
      preprocessing: Preprocessing(imageSize: 2), settings)
  }

  @Test("an epoch draws each sample once, in another order than the next", arguments: [40, 1 << 25])
  func permutation(count: Int) throws {
    // Beyond some size the order is computed, not kept: there a first part is looked at.
    var data = try Self.data(Numbers(count: count)), position = DataPosition()
    let pool = ThreadPool(threads: 2)
    var epochs: [[Int]] = [[], []]
    for _ in 0..<(count == 40 ? 10 : 50) {
      let epoch = position.epoch
      epochs[epoch] += try data.next(&position, on: pool).map(\.sample)
    }
    if count == 40 {
      #expect(position == DataPosition(epoch: 2))
      for epoch in epochs { #expect(epoch.sorted() == Array(0..<40)) }
      #expect(epochs[0] != epochs[1])
    } else {
      #expect(Set(epochs[0]).count == 400 && epochs[0].allSatisfy { (0..<count).contains($0) })
    }
    #expect(epochs[0] != epochs[0].sorted())
  }

  @Test("what is drawn depends on seed and position only")
  func position() throws {
    func batches(_ threads: Int, from start: DataPosition, seed: UInt64 = 1) throws -> [[[Int32]]] {
      var data = try Self.data(Numbers(count: 50)) { $0.seed = seed }
      var position = start
      return try (0..<4).map { _ in try data.next(&position, on: ThreadPool(threads: threads)).map(\.ids) }
    }
    let all = try batches(1, from: DataPosition())
    let threaded = try batches(3, from: DataPosition()), other = try batches(1, from: DataPosition(), seed: 2)
    #expect(all == threaded)
    #expect(all != other)
    var data = try Self.data(Numbers(count: 50)) { $0.seed = 1 }
    var place = DataPosition()
    _ = try data.next(&place, on: ThreadPool(threads: 1))
    let rest = try batches(2, from: place)
    #expect(Array(all.dropFirst()) == Array(rest.dropLast()))
    // 50 samples are six batches of 8; the last two are left out.
    for _ in 0..<5 { _ = try data.next(&place, on: ThreadPool(threads: 1)) }
    #expect(place == DataPosition(epoch: 1))
  }

  @Test("unusable samples are left out, counted, and others take their place")
  func broken() throws {
    var data = try Self.data(Numbers(count: 40, broken: [3, 17, 30])), position = DataPosition()
    var seen: [Int] = []
    for _ in 0..<4 { seen += try data.next(&position, on: ThreadPool(threads: 2)).map(\.sample) }
    #expect(seen.count == 32 && Set(seen).isDisjoint(with: [3, 17, 30]))
    #expect(data.leftOut.draws > 0 && data.leftOut.samples <= 3)
    var strict = try Self.data(Numbers(count: 8, broken: [3])) { $0.isStrict = true }
    var start = DataPosition()
    #expect(throws: InputError.self) { try strict.next(&start, on: ThreadPool(threads: 1)) }
  }

  @Test(
    "an epoch has as many batches whatever cannot be used, and no batch holds a sample twice",
    arguments: [(40, 8, [3, 17, 30, 31], nil), (40, 8, Array(0..<31), nil), (24, 8, [1, 2], 60), (50, 8, [], 75)])
  func oneClock(count: Int, batch: Int, broken: [Int], samplesPerEpoch: Int?) throws {
    var data = try Self.data(Numbers(count: count, broken: Set(broken))) {
      $0.batchSize = batch
      $0.samplesPerEpoch = samplesPerEpoch
    }
    let perEpoch = (samplesPerEpoch ?? count) / batch
    #expect(data.batchesPerEpoch == perEpoch)
    var position = DataPosition()
    for step in 0..<4 * perEpoch {
      #expect(position.epoch == step / perEpoch && position.batches == step % perEpoch)
      let drawn = try data.next(&position, on: ThreadPool(threads: 2)).map(\.sample)
      #expect(drawn.count == batch && Set(drawn).count == batch && Set(drawn).isDisjoint(with: broken))
    }
    #expect(position == DataPosition(epoch: 4) && data.leftOut.samples == broken.count)
  }

  @Test("an epoch with unusable samples still shows every usable one, and goes on from any of its places")
  func brokenEpoch() throws {
    func data() throws -> TrainingData { try Self.data(Numbers(count: 40, broken: [3, 17, 30])) }
    var whole = try data(), position = DataPosition(), places: [DataPosition] = [], batches: [[[Int32]]] = []
    var seen: Set<Int> = []
    for _ in 0..<10 {
      places.append(position)
      let batch = try whole.next(&position, on: ThreadPool(threads: 2))
      if places.count <= 5 { seen.formUnion(batch.map(\.sample)) }
      batches.append(batch.map(\.ids))
    }
    #expect(seen.count == 37)
    for (number, place) in places.enumerated() {
      var other = try data(), place = place
      #expect(try other.next(&place, on: ThreadPool(threads: 1)).map(\.ids) == batches[number])
    }
  }

  @Test("a batch that could only be filled with the same sample again ends the run, with both numbers")
  func tooFew() throws {
    var data = try Self.data(Numbers(count: 12, broken: Set(1..<12))) { $0.batchSize = 4 }
    var position = DataPosition()
    do {
      _ = try data.next(&position, on: ThreadPool(threads: 1))
      Issue.record("one usable sample filled a batch of 4")
    } catch let error as InputError {
      #expect(error.description.contains("only 1 of its 12 samples can be used, less than a batch of 4"))
      #expect(error.description.contains("is broken"))
    }
  }

  @Test("a data set without a usable sample ends in an error, not in a loop")
  func allBroken() throws {
    var data = try Self.data(Numbers(count: 20, broken: Set(0..<20))), position = DataPosition()
    #expect(throws: InputError.self) { try data.next(&position, on: ThreadPool(threads: 1)) }
    #expect(throws: InputError.self) { try Self.data(Numbers(count: 7)) }
  }

  @Test("all captions are drawn")
  func captions() throws {
    var data = try Self.data(Numbers(count: 80)), position = DataPosition()
    var captions: Set<Int> = []
    for _ in 0..<10 { captions.formUnion(try data.next(&position, on: ThreadPool(threads: 1)).map(\.caption)) }
    #expect(captions == [0, 1, 2])
  }
}
