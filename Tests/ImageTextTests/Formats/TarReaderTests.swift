import CLIPCompute
import CLIPFiles
import CLIPImageText
import Testing

@Suite struct TarReaderTests {
  typealias Tar = FormatFixtures.Tar

  private let folder: FormatFixtures.Scratch

  init() throws { folder = try FormatFixtures.Scratch() }

  private func keys(_ bytes: [UInt8]) throws -> [String] {
    let shard = try folder.write(bytes, to: "a.tar")
    return try FormatFixtures.read(WebDataset(shard)).samples.map(\.key)
  }

  /// What reading says, in order and through the index, without the folder's path; both must say the same.
  private func message(_ bytes: [UInt8]) throws -> String {
    let shard = try folder.write(bytes, to: "a.tar")
    let streamed = FormatFixtures.message { _ = try FormatFixtures.read(WebDataset(shard)) }
    let indexed = FormatFixtures.message { _ = try WebDataset(shard).indexed() }
    #expect(streamed == indexed)
    return streamed.replacing("\(folder.path)/", with: "")
  }

  @Test("members are found behind folders, links, devices, comments and hidden files")
  func passesOver() throws {
    var tar = Tar()
    tar.add("images/", type: "5")
    tar.add("old-folder/", type: "\0")
    tar.add("link.jpg", type: "2")
    tar.add("hard.jpg", type: "1")
    tar.add("device.jpg", type: "3")
    tar.add("pipe.jpg", type: "6")
    tar.add("comment", Array("19 comment=ignored\n".utf8), type: "g")
    tar.add("images/._a.jpg", FormatFixtures.image())
    tar.add("README", text: "no dot")
    tar.add("__notes__.json", text: "{}")
    tar.add("images/a.jpg", FormatFixtures.image(1))
    tar.add("images/a.txt", text: "a caption")
    let shard = try folder.write(tar.closed, to: "a.tar")
    let (samples, skipped) = try FormatFixtures.read(WebDataset(shard))
    #expect(samples.map(\.key) == ["images/a"])
    #expect(samples.map(\.imageBytes) == [FormatFixtures.image(1)])
    #expect(
      skipped.listed.map(\.reason) == [
        "member \"link.jpg\": is a symbolic link to \"\"; pack with tar --dereference",
        "member \"hard.jpg\": is a hard link to \"\"; pack with tar --hard-dereference",
      ])
  }

  @Test("long names come from the prefix field, GNU's L members and pax headers")
  func longNames() throws {
    let long = String(repeating: "d", count: 90)
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image(), prefix: long)
    tar.add("\(long)/a.txt", text: "prefix")
    tar.add("././@LongLink", Array("\(long)/\(long)/b.jpg\0".utf8), type: "L")
    tar.add("\(long)/truncated", FormatFixtures.image())
    tar.add("././@LongLink", Array("\(long)/\(long)/b.txt\0".utf8), type: "L")
    tar.add("\(long)/truncated", Array("GNU".utf8))
    tar.addPax([("mtime", "1.5"), ("path", "é/\(long)/c.jpg")])
    tar.add("c", FormatFixtures.image())
    tar.addPax([("path", "é/\(long)/c.txt")])
    tar.add("c", Array("pax".utf8))
    #expect(try keys(tar.closed) == ["\(long)/a", "\(long)/\(long)/b", "é/\(long)/c"])
    // Read by index, a sample begins at its long name's header.
    let source = try WebDataset("\(folder.path)/a.tar").indexed()
    #expect(try (0..<3).map { try source.sample(at: 2 - $0).captions } == [["pax"], ["GNU"], ["prefix"]])
  }

  @Test("a long name belongs to the next member only, even when that is a link")
  func longNameOfLink() throws {
    var tar = Tar()
    tar.add("././@LongLink", Array("long/link.jpg\0".utf8), type: "L")
    tar.add("link", type: "2")
    tar.add("a.jpg", FormatFixtures.image())
    tar.add("a.txt", text: "a caption")
    #expect(try keys(tar.closed) == ["a"])
  }

  @Test("sizes are read in octal, in base 256 and from pax headers")
  func sizes() throws {
    let image = FormatFixtures.image()
    var tar = Tar()
    tar.add(
      "a.jpg", image,
      size: [0x80] + [UInt8](repeating: 0, count: 9) + [UInt8(image.count >> 8), UInt8(image.count & 255)])
    tar.add("a.txt", text: "base 256")
    tar.addPax([("size", "\(image.count)")])
    tar.add("b.jpg", image, size: Array("00000000000".utf8))
    tar.add("b.txt", text: "pax")
    tar.add("c.jpg", image, size: Array("       1274 ".utf8))
    tar.add("c.txt", text: "spaces")
    let shard = try folder.write(tar.closed, to: "a.tar")
    let (samples, _) = try FormatFixtures.read(WebDataset(shard))
    #expect(samples.map(\.imageBytes) == [image, image, image])
    #expect(samples.flatMap(\.captions) == ["base 256", "pax", "spaces"])
  }

  @Test(
    "a size beyond the archive is refused, however large",
    arguments: [
      (Array("77777777777".utf8), "8589934591"),
      ([0x80, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] as [UInt8], "4611686018427387903"),
    ])
  func giganticSize(field: [UInt8], size: String) throws {
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image(), size: field)
    #expect(
      try message(tar.closed)
        == "a.tar: member \"a.jpg\": expected \(size) bytes of data, but the archive ends after 2048; it was cut short or damaged: fetch it again"
    )
  }

  @Test(
    "a damaged header is refused with its place",
    arguments: [
      ([0xFF] + [UInt8](repeating: 0xFF, count: 11), "a negative size"),
      ([0x80] + [UInt8](repeating: 0xFF, count: 11), "a size beyond 2^62 bytes"),
      (Array("12x45678901".utf8), "a size that is no octal number"),
    ])
  func wrongSize(field: [UInt8], problem: String) throws {
    var tar = Tar()
    tar.add("a.jpg", [])
    tar.add("a.txt", [], size: field)
    #expect(try message(tar.closed) == "a.tar: byte 512: \(problem); the archive is damaged: fetch it again")
  }

  @Test("a header whose checksum does not match is refused")
  func checksum() throws {
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image())
    tar.add("a.txt", text: "text")
    tar.bytes[1536] ^= 1
    #expect(
      try message(tar.closed)
        == "a.tar: byte 1536: not a tar header: its checksum does not match; the archive is damaged: fetch it again"
    )
  }

  @Test(
    "pax records of a wrong length are refused",
    arguments: ["99 path=a\n", "x path=a\n", "3 a", "5 a=b", "0 path=a\n", "8 path a\n"])
  func wrongPax(record: String) throws {
    var tar = Tar()
    tar.add("PaxHeaders/x", Array(record.utf8), type: "x")
    #expect(try message(tar.closed).hasPrefix("a.tar: byte 512: a pax record "))
  }

  @Test(
    "a size in a pax header that is no size, or goes beyond the archive, is refused",
    arguments: ["-1", "9223372036854775808", "4611686018427387904", "1e9", "", " 5", "4611686018427387903", "99999"])
  func wrongPaxSize(size: String) throws {
    var tar = Tar()
    tar.addPax([("size", size)])
    tar.add("a.jpg", FormatFixtures.image())
    let message = try message(tar.closed)
    #expect(
      message.contains("a pax size that is no size") || message.contains("but the archive ends after"), "\(message)")
  }

  @Test("an archive cut short is refused, wherever the cut is")
  func truncated() throws {
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image())
    tar.add("a.txt", text: "a caption")
    let whole = tar.closed
    for length in stride(from: 1, to: tar.bytes.count, by: 37) {
      #expect(try message(Array(whole[..<length])) != "no error", "cut after \(length) bytes")
    }
    #expect(
      try message(Array(whole[..<600]))
        == "a.tar: member \"a.jpg\": expected 700 bytes of data, but the archive ends after 88; it was cut short or damaged: fetch it again"
    )
    #expect(
      try message(Array(whole[..<1800]))
        == "a.tar: the archive ends inside a header; it was cut short: fetch it again")
    #expect(
      try message(tar.bytes)
        == "a.tar: the archive ends without its end mark; it was cut short: fetch it again, or repack it with tar"
    )
    #expect(try message(Array(whole.dropLast(512))) == "no error")
  }

  @Test(
    "what is no archive is told apart: empty, compressed, an error page",
    arguments: [
      ([UInt8](), "a.tar: is empty, not a tar archive; fetch it again"),
      (
        [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 7, count: 600),
        "a.tar: is compressed with gzip, not a tar archive; unpack it first: gzip -dc < FILE > NEW"
      ),
      (
        [UInt8](repeating: 1, count: 2000),
        "a.tar: is not a tar archive; check that the download was not an error page"
      ),
      (
        Array(String(repeating: "<html>404</html>", count: 40).utf8),
        "a.tar: is an HTML page, not a tar archive; the download gave an error page: fetch it again"
      ),
    ])
  func noArchive(bytes: [UInt8], expected: String) throws { #expect(try message(bytes) == expected) }

  @Test("archives joined with cat are refused, since all but the first would be lost")
  func concatenated() throws {
    var tar = Tar()
    tar.add("a.jpg", FormatFixtures.image())
    tar.add("a.txt", text: "text")
    #expect(
      try message(tar.closed + tar.closed)
        == "a.tar: byte 3584: more members after the end mark; join archives with tar -A, or name them both with ::"
    )
    #expect(try message(tar.closed + [UInt8](repeating: 0, count: 10_240)) == "no error")
  }

  @Test("any damage to an archive gives samples or an error, never a crash", arguments: [3, 5])
  func fuzz(seed: UInt64) throws {
    var tar = Tar()
    tar.addPax([("path", "a.jpg"), ("size", "5")])
    tar.add("x", [1, 2, 3, 4, 5])
    tar.add("a.txt", text: "one\ntwo")
    tar.add("././@LongLink", Array("b.jpg\0".utf8), type: "L")
    tar.add("y", [1, 2, 3])
    tar.add("b.json", text: #"{"captions": ["three", "four"]}"#)
    tar.add("b.cls", text: "7")
    let sound = tar.closed
    var random = Philox(seed: seed, purpose: .test)
    for round in 0..<400 {
      var bytes = sound
      for _ in 0...Int.random(in: 0..<6, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
        // Keep the checksum right most of the time, or nothing behind it would ever be reached.
        if round % 4 != 0 { FormatFixtures.mendChecksums(&bytes) }
      }
      if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      let shard = try folder.write(bytes, to: "fuzz-\(round).tar")
      do {
        let source = try WebDataset(shard), streamed = try FormatFixtures.read(source),
          index = try source.indexed()
        #expect(index.count == streamed.samples.count + streamed.skipped.count)
        for number in 0..<index.count {
          do { _ = try index.sample(at: number) } catch { #expect(error is SkippedSample) }
        }
      } catch { #expect(error is InputError) }
    }
  }
}

extension FormatFixtures {
  /// Writes the right checksum into every block that looks like a header.
  static func mendChecksums(_ bytes: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count - 511, by: 512) where bytes[start + 257] == UInt8(ascii: "u") {
      for index in 148..<156 { bytes[start + index] = 0x20 }
      let sum = String(bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }, radix: 8)
      for (index, digit) in (String(repeating: "0", count: 6 - sum.count) + sum + "\0 ").utf8.enumerated() {
        bytes[start + 148 + index] = digit
      }
    }
  }
}
