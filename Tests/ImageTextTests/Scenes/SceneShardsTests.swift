import CLIPCompute
import CLIPFiles
import Foundation
import CLIPImageText
import CLIPImages
import CLIPTestSupport
import Testing

/// Entries of a tar archive, read by the format's description and by nothing of the writer's.
private func entries(_ archive: [UInt8]) throws -> [(name: String, contents: [UInt8])] {
  var entries: [(String, [UInt8])] = []
  var position = 0
  while position + 512 <= archive.count, archive[position] != 0 {
    let header = Array(archive[position..<position + 512])
    func text(_ range: Range<Int>) -> String {
      String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(text(257..<263) == "ustar" && text(263..<265) == "00" && header[156] == UInt8(ascii: "0"))
    #expect(text(100..<108) == "0000644" && text(136..<148) == "00000000000")
    let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    #expect(Int(text(148..<156), radix: 8) == sum)
    let size = try #require(Int(text(124..<136), radix: 8))
    entries.append((text(0..<100), Array(archive[position + 512..<position + 512 + size])))
    position += 512 + (size + 511) / 512 * 512
  }
  #expect(archive.count % 10240 == 0 && archive.count - position >= 1024)
  #expect(archive[position...].allSatisfy { $0 == 0 })
  return entries
}

@Suite("TarWriter") struct TarWriterTests {
  @Test("contents of every length come back", arguments: [0, 1, 511, 512, 513, 8704, 9216, 3_000_000])
  func lengths(count: Int) throws {
    let folder = try ScratchFolder()
    let contents = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var writer = try TarWriter(path: "\(folder.path)/a.tar")
    try writer.append("first.txt", contents)
    try writer.append(String(repeating: "n", count: 100), [1, 2, 3])
    try writer.finish()
    let found = try entries(folder.bytes("a.tar"))
    #expect(found.map(\.name) == ["first.txt", String(repeating: "n", count: 100)])
    #expect(found[0].contents == contents && found[1].contents == [1, 2, 3])
  }

  @Test("an archive that was not finished leaves nothing behind")
  func unfinished() throws {
    let folder = try ScratchFolder()
    do {
      var writer = try TarWriter(path: "\(folder.path)/a.tar")
      try writer.append("x", [1])
      #expect(throws: InputError.self) { try writer.append(String(repeating: "n", count: 101), []) }
      #expect(throws: InputError.self) { try writer.append("", []) }
    }
    #expect(try Folder.names(in: folder.path).isEmpty)
  }

  @Test("the system's tar lists and extracts it")
  func systemTar() throws {
    guard let tar = ["/usr/bin/tar", "/bin/tar"].first(where: FileManager.default.isExecutableFile) else {
      return
    }
    let folder = try ScratchFolder()
    var writer = try TarWriter(path: "\(folder.path)/a.tar")
    try writer.append("000001.txt", Array("two circles\n".utf8))
    try writer.append("000002.txt", Array("a star\n".utf8))
    try writer.finish()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tar)
    process.arguments = ["-xf", "\(folder.path)/a.tar", "-C", folder.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try folder.bytes("000001.txt") == Array("two circles\n".utf8))
    #expect(try folder.bytes("000002.txt") == Array("a star\n".utf8))
  }
}

@Suite("SceneShards") struct SceneShardsTests {
  private struct NoPicture: Error {}

  @Test("shards hold every sample once, and the same bytes on one thread and on three")
  func contents() throws {
    let generator = try SceneGenerator(seed: 8, imageSize: 32, split: .validation)
    let shards = try SceneShards(generator, samples: 700, samplesPerShard: 300)
    let one = try ScratchFolder()
    let three = try ScratchFolder()
    var reported: [Int] = []
    try shards.write(to: one.path, pool: ThreadPool(threads: 1), encode: { $0.pixels }) { done, total in
      #expect(total == 700)
      reported.append(done)
    }
    try shards.write(to: "\(three.path)/deeper/train", pool: ThreadPool(threads: 3), encode: { $0.pixels })
    #expect(reported == reported.sorted() && reported.last == 700)
    let names = ["00000.tar", "00001.tar", "00002.tar", "README.md", "sizes.json"]
    #expect(try Folder.names(in: one.path) == names)
    for name in names { #expect(try one.bytes(name) == three.bytes("deeper/train/\(name)")) }
    let sizes = try JSONParser.parse(file: "\(one.path)/sizes.json")
    #expect(sizes == ["00000.tar": 300, "00001.tar": 300, "00002.tar": 100])

    let found = try names.prefix(3).flatMap { try entries(one.bytes($0)) }
    #expect(found.count == 2100)
    for index in [0, 299, 300, 699] {
      let sample = generator.sample(index)
      let own = found[index * 3..<index * 3 + 3]
      #expect(own.map(\.name) == ["json", "png", "txt"].map { "\(sample.key).\($0)" })
      #expect(own.map(\.contents)[1] == sample.image.pixels)
      #expect(
        String(decoding: own.map(\.contents)[2], as: UTF8.self) == sample.captions.joined(separator: "\n")
          + "\n")
      #expect(try JSONParser.parse(own.map(\.contents)[0]) == JSONParser.parse(sample.json.text()))
    }
  }

  @Test("a folder that holds a data set is refused, an unfinished one is written again")
  func occupied() throws {
    let generator = try SceneGenerator(seed: 8, imageSize: 32, split: .train)
    let shards = try SceneShards(generator, samples: 10)
    let folder = try ScratchFolder()
    let pool = ThreadPool(threads: 1)
    #expect(throws: NoPicture.self) {
      try shards.write(to: folder.path, pool: pool, encode: { _ in throw NoPicture() })
    }
    #expect(try Folder.names(in: folder.path).isEmpty)
    try AtomicFile.write("half", to: "\(folder.path)/00000.tar")
    try shards.write(to: folder.path, pool: pool, encode: { $0.pixels })
    #expect(try entries(folder.bytes("00000.tar")).count == 30)
    #expect(throws: InputError.self) { try shards.write(to: folder.path, pool: pool, encode: { $0.pixels }) }
    let other = try ScratchFolder()
    try AtomicFile.write("other", to: "\(other.path)/other.tar")
    #expect(
      throws: InputError(
        "the folder already holds a data set (other.tar)", file: other.path,
        advice: "choose another or empty it")
    ) { try shards.write(to: other.path, pool: pool, encode: { $0.pixels }) }
  }

  @Test(
    "numbers that make no data set are refused",
    arguments: [(0, 1), (-5, 10), (10, 0), (Int.max, 1), (200_000, 1)])
  func badNumbers(samples: Int, samplesPerShard: Int) throws {
    let generator = try SceneGenerator(seed: 8, imageSize: 32, split: .train)
    #expect(throws: InputError.self) {
      try SceneShards(generator, samples: samples, samplesPerShard: samplesPerShard)
    }
  }
}
