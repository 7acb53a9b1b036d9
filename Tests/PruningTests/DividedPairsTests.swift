import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPPruning
import CLIPRanks
import CLIPTensors
import CLIPTestRanks
import Foundation
import Testing

/// Pairs that ranks draw together: which ones, and in which order, is what one process draws.
@Suite("Pairs that ranks divide")
struct DividedPairsTests {
  private static let base = Result {
    try LoadedModel(
      LoadedModel.Request(
        pretrained: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
          .deletingLastPathComponent().appendingPathComponent("checkpoints/base").path))
  }

  /// Pictures of one color each; some cannot be used.
  private struct Colors: IndexedSource {
    let count: Int
    let broken: Set<Int>
    var path: String { "colors" }
    func sample(at index: Int) throws -> ImageTextSample {
      if broken.contains(index) { throw SkippedSample(origin: "colors: \(index)", reason: "is broken") }
      let color = [UInt8(index % 250), UInt8(index * 7 % 250), UInt8(index * 31 % 250)]
      return ImageTextSample(
        key: "\(index)", image: .pixels(PixelImage(rows: 2, columns: 2, pixels: color + color + color + color)),
        captions: ["a red circle", "a blue square", "\(index) stars"], file: path)
    }
  }

  /// A set as it compares: of each pair its color and its words.
  struct Drawn: Equatable, Sendable {
    var pairs: [String] = []
    var first: [String] = []
    var count = 0
    var fingerprint = ""
    var skipped = ""

    init(_ set: CalibrationSet) {
      pairs = Self.pairs(set)
      first = Self.pairs(set.prefix(20))
      (count, fingerprint, skipped) = (set.count, "\(set.fingerprint)", set.skipped.summary ?? "")
    }

    private static func pairs(_ set: CalibrationSet) -> [String] {
      let here = set.images.shape[0], context = set.ids.count / max(here, 1), pixels = set.images.count / max(here, 1)
      return (0..<here).map { pair in
        let picture = set.images.rows(pair..<pair + 1).elements
        return
          "\([0, pixels / 3, 2 * pixels / 3].map { picture[$0] }) \(set.ids[pair * context..<(pair + 1) * context])"
      }
    }
  }

  @Test("unusable samples are replaced as on one process, and every pair is on one rank", arguments: [2, 3, 5])
  func drawing(count: Int) throws {
    let model = try Self.base.get(), source = Colors(count: 400, broken: Set((0..<400).filter { $0 % 9 == 4 }))
    let whole = Drawn(try CalibrationSet(source, for: model, count: 70, seed: 3, on: ThreadPool(threads: 1)))
    #expect(whole.count == 70 && !whole.skipped.isEmpty)
    let shared = try ThreadRanks.run(count) { ranks in
      Drawn(try CalibrationSet(source, for: model, count: 70, seed: 3, ranks: ranks, on: ThreadPool(threads: 1)))
    }
    #expect(shared.flatMap(\.pairs).sorted() == whole.pairs.sorted())
    #expect(shared.flatMap(\.first).sorted() == whole.first.sorted())
    for one in shared {
      #expect(one.count == 70 && one.fingerprint == whole.fingerprint && one.skipped == whole.skipped)
      #expect(abs(one.pairs.count - 70 / count) <= 70 / count / 2 + 1)
    }
  }

  @Test("all that a small data set holds; too few, and other data, are refused on all ranks alike")
  func refusals() throws {
    let model = try Self.base.get()
    let few = try ThreadRanks.run(2) { ranks in
      try CalibrationSet(
        Colors(count: 23, broken: [2, 3]), for: model, count: 64, ranks: ranks, on: ThreadPool(threads: 1)
      ).count
    }
    #expect(few == [21, 21])
    func refusal(_ source: @escaping @Sendable (_ rank: Int) -> Colors) throws -> String {
      try #require(throws: RankDisagreement.self) {
        _ = try ThreadRanks.run(2) { ranks in
          try CalibrationSet(source(ranks.rank), for: model, count: 64, ranks: ranks, on: ThreadPool(threads: 1)).count
        }
      }.error.description
    }
    let lacking = try refusal { _ in Colors(count: 20, broken: Set(0..<8)) }
    #expect(lacking.contains("holds 12 usable image-text pairs, calibration needs at least 16"), "\(lacking)")
    let other = try refusal { Colors(count: 40 + $0, broken: []) }
    #expect(other.contains("rank 1 has other calibration data than rank 0"), "\(other)")
  }
}

@Suite("What ranks do together")
struct RankTogetherTests {
  @Test("sums of doubles are the same on all ranks, in the order of the ranks")
  func sums() throws {
    let numbers = [[0.1, 1e16, -3], [0.2, 1, 7], [0.3, -1e16, 0.5]]
    let found = try ThreadRanks.run(3) { try $0.sum(numbers[$0.rank]) }
    for one in found { #expect(one == [0.1 + 0.2 + 0.3, 1e16 + 1 - 1e16, 4.5]) }
    #expect(try ThreadRanks.run(2) { try $0.broadcast([Double($0.rank) + 1]) } == [[1], [1]])
    #expect(try ThreadRanks.run(2) { try $0.gather(numbers[$0.rank]) } == [Array(numbers[..<2]), Array(numbers[..<2])])
  }

  @Test("what fails on one rank is known to all; what fails on all is told as it is")
  func together() throws {
    func fault(_ fails: @escaping @Sendable (Int) -> Bool) throws -> [String] {
      try ThreadRanks.run(3) { ranks in
        do {
          let number = try ranks.together {
            if fails(ranks.rank) { throw InputError("no disk", file: "a") }
            return 7
          }
          return "\(number)"
        } catch let error as RankDisagreement { return error.error.description }
      }
    }
    #expect(try fault { _ in false } == ["7", "7", "7"])
    #expect(try fault { $0 == 2 } == [String](repeating: "rank 2: a: no disk", count: 3))
    #expect(try fault { _ in true } == [String](repeating: "a: no disk", count: 3))
  }
}
