import CLIPCompute
import CLIPFiles
import CLIPImageText
import Testing

@Suite struct BatchLoaderTests {
  /// Counts up; every multiple of `bad` cannot be read, and `end` damages the data set.
  private struct Counting: IndexedSource {
    let path = "counting"
    let count: Int
    var bad = Int.max
    var end = Int.max

    func sample(at index: Int) throws -> ImageTextSample {
      if index == end { throw InputError("the disk is gone", file: path) }
      if index > 0, index % bad == 0 {
        throw SkippedSample(origin: "counting: \(index)", reason: "cannot be read")
      }
      return ImageTextSample(
        key: "\(index)", image: .encoded(SampleBytes([UInt8(truncatingIfNeeded: index)])),
        captions: ["\(index)"],
        file: "counting", member: "\(index)")
    }
  }

  private func batches(
    _ source: Counting, threads: Int = 2, strict: Bool = false, limit: Int? = nil, failing: Int = .max
  ) throws -> (batches: [[Int]], skipped: SkippedSamples, fingerprint: Fingerprint) {
    var loader = try BatchLoader(
      source, batchSize: 4, pool: ThreadPool(threads: threads), strict: strict, limit: limit
    ) { sample, worker in
      #expect((0..<threads).contains(worker))
      let number = Int(sample.key) ?? -1
      if number > 0, number % failing == 0 { throw InputError("not an image") }
      return number
    }
    var batches: [[Int]] = []
    while let batch = try loader.next() { batches.append(batch) }
    #expect(try loader.next() == nil)
    return (batches, loader.skipped, loader.fingerprint)
  }

  @Test("batches are full and in order, but for the last", arguments: [1, 2, 5])
  func order(threads: Int) throws {
    #expect(
      try batches(Counting(count: 10), threads: threads).batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    #expect(try batches(Counting(count: 8), threads: threads).batches == [[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(try batches(Counting(count: 0), threads: threads).batches == [])
  }

  @Test("samples that cannot be read or prepared are replaced by the next and noted", arguments: [1, 2, 5])
  func leavesOut(threads: Int) throws {
    let (batches, skipped, fingerprint) = try batches(
      Counting(count: 13, bad: 5), threads: threads, failing: 3)
    #expect(batches == [[0, 1, 2, 4], [7, 8, 11]])
    #expect(skipped.count == 6)
    #expect(Set(skipped.listed.map(\.origin)) == Set([3, 5, 6, 9, 10, 12].map { "counting: \($0)" }))
    #expect(skipped.listed.first { $0.origin == "counting: 3" }?.reason == "not an image")
    // What cannot be decoded is data all the same.
    #expect(fingerprint == (try Fingerprint.of(Counting(count: 13, bad: 5))))
    #expect(fingerprint.count == 11)
  }

  @Test("a strict loader stops at the first sample that cannot be used")
  func strict() {
    #expect(
      FormatFixtures.message { _ = try batches(Counting(count: 13, bad: 5), strict: true) }
        == "counting: 5: cannot be read; without --strict such samples are left out")
    #expect(
      FormatFixtures.message { _ = try batches(Counting(count: 13), strict: true, failing: 6) }
        == "counting: 6: not an image; without --strict such samples are left out")
  }

  @Test("a limit counts the samples delivered")
  func limit() throws {
    #expect(try batches(Counting(count: 13, bad: 2), limit: 5).batches == [[0, 1, 3, 5], [7]])
    #expect(try batches(Counting(count: 13), limit: 0).batches == [])
  }

  @Test("a damaged data set ends the run even when it is not strict")
  func damage() {
    #expect(
      FormatFixtures.message { _ = try batches(Counting(count: 13, end: 6)) } == "counting: the disk is gone")
  }

  @Test("thousands of unusable samples are counted, the first hundred listed")
  func boundedList() throws {
    let (batches, skipped, _) = try batches(Counting(count: 5000, bad: 1))
    #expect(batches == [[0]])
    #expect(skipped.count == 4999)
    #expect(skipped.listed.count == 100)
    #expect(skipped.summary == "4999 samples skipped; the first: counting: 1: cannot be read")
  }

  @Test("a summary tells what else was wrong with several samples, not the first symptom only")
  func reasons() {
    var skipped = SkippedSamples()
    for number in 0..<3 { skipped.add(SkippedSample(origin: "a.tar: \(number)", reason: "no caption")) }
    #expect(skipped.summary == "3 samples skipped; the first: a.tar: 0: no caption")
    for number in 0..<4 { skipped.add(SkippedSample(origin: "b.tar: \(number)", reason: "no image")) }
    skipped.add(SkippedSample(origin: "b.tar: 9", reason: "once"))
    #expect(skipped.summary == "8 samples skipped; the first: a.tar: 0: no caption; 4 more: no image")
  }
}
