import CLIPFiles
import Foundation
import Testing

@Suite("Bad input")
struct BadInputTests {
  let folder: TemporaryFolder
  var model: String { "\(folder.path)/model" }

  init() throws {
    folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
  }

  /// Exit code 1 and exactly this line.
  private func expectRefusal(
    _ arguments: [String], _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 1, sourceLocation: sourceLocation)
    #expect(outcome.errorLines == ["error: \(message)"], sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  }

  private func evaluate(_ model: String, _ data: String, _ more: [String] = []) -> [String] {
    ["evaluate", "--pretrained", model, "--data", data] + more
  }

  /// A tar archive of the given members.
  private func tar(_ members: [(String, [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, contents) in members {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, _ at: Int) { for (index, byte) in text.utf8.enumerated() { header[at + index] = byte } }
      func octal(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 8)
        return String(repeating: "0", count: width - digits.count) + digits
      }
      put(name, 0)
      put("0000644", 100)
      put(octal(contents.count, 11), 124)
      put("00000000000", 136)
      put("ustar\u{0}00", 257)
      header[156] = UInt8(ascii: "0")
      put("        ", 148)
      let sum = header.reduce(0) { $0 + Int($1) }
      put(octal(sum, 6) + "\u{0} ", 148)
      bytes += header + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
  }

  @Test("a checkpoint that is missing, cut short or lies about its header")
  func checkpoints() throws {
    let missing = "\(folder.path)/none"
    try expectRefusal(
      evaluate(missing, "scenes:test?count=5"), "\(missing): no such file or folder; check the path")
    let weights = "\(model)/open_clip_model.safetensors"
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: weights)))
    for damaged in [
      Array(whole.prefix(5000)), Array(whole.prefix(4)), [], [0, 0, 0, 0, 0, 0, 0, 0x80] + whole.dropFirst(8),
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F] + whole.dropFirst(8), [UInt8](repeating: 0x7B, count: 4000),
    ] {
      try Data(damaged).write(to: URL(fileURLWithPath: weights))
      let outcome = try Program.run(evaluate(model, "scenes:test?count=5"))
      #expect(outcome.status == 1)
      #expect(
        outcome.errorLines.count == 1 && outcome.errorLines[0].hasPrefix("error: \(weights): "), "\(outcome.errors)")
    }
  }

  @Test("a pickle that would run code is refused by the name of what it would run")
  func pickle() throws {
    // cos\nsystem\n(S'true'\ntR. inside a stored zip entry archive/data.pkl, as torch.save lays it out.
    let script =
      "import zipfile\nz=zipfile.ZipFile('\(folder.path)/evil.pt','w')\n"
      + "z.writestr('archive/data.pkl', b'\\x80\\x02cos\\nsystem\\nX\\x04\\x00\\x00\\x00true\\x85R.')\n"
      + "z.writestr('archive/version', b'3\\n')\nz.close()\n"
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", "-c", script]
    python.standardError = FileHandle.nullDevice
    try python.run()
    python.waitUntilExit()
    guard python.terminationStatus == 0 else { return }  // The zip is made with Python where there is one.
    let outcome = try Program.run(evaluate("\(folder.path)/evil.pt", "scenes:test?count=5", ["--model", "micro"]))
    #expect(outcome.status == 1)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("os.system"), "\(outcome.errors)")
  }

  @Test("unknown names are met with the nearest known one")
  func names() throws {
    let outcome = try Program.run(evaluate(model, "scenes:test?count=5", ["--model", "ViT-B-61"]))
    #expect(outcome.status == 1 && outcome.errors.contains("did you mean \"ViT-B-16\"?"), "\(outcome.errors)")
    try expectRefusal(
      evaluate(model, "scenes:tset"), "scenes:tset: unknown scenes \"tset\"; did you mean \"test\"?")
    try expectRefusal(
      evaluate(model, "scenes:test?cuont=5"),
      "scenes:test?cuont=5: unknown setting \"cuont\"; did you mean \"count\"?")
    try expectRefusal(
      evaluate(model, "\(folder.path)/nowhere"), "\(folder.path)/nowhere: no such file or folder; check the path")
  }

  @Test("a wrong use of the command ends with code 64")
  func usage() throws {
    for arguments in [
      ["evaluate"], ["evaluate", "--pretrained", model, "--data", "x", "--threads", "0"], ["nonsense"],
      ["data", "scenes", "--output", "x", "--split", "tset"], evaluate(model, "x", ["--dataset-type", "cvs"]),
      ["parity"],
    ] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 64, "\(arguments)")
      #expect(outcome.errors.contains("Error: "), "\(arguments)")
    }
  }

  @Test("samples that cannot be used are skipped and counted, or end the run with --strict")
  func samples() throws {
    let written = try Program.run(["data", "scenes", "--output", "\(folder.path)/s", "--count", "1", "--split", "test"])
    #expect(written.status == 0)
    let first = try firstPicture(in: "\(folder.path)/s/00000.tar")
    let png = try #require(first)
    let shard = try folder.write(
      tar([
        ("a.png", png), ("a.txt", Array("fine".utf8)),
        ("b.png", []), ("b.txt", Array("empty picture".utf8)),
        ("c.jpg", Array("not a picture".utf8)), ("c.txt", Array("mislabelled".utf8)),
        ("d.png", png), ("d.txt", [0xFF, 0xFE, 0x80]),
        ("e.png", png), ("e.txt", [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)),
        ("../f.png", png), ("../f.txt", Array("outside".utf8)),
        ("g.png", Array(png.prefix(png.count / 2))), ("g.txt", Array("cut short".utf8)),
      ]), "bad.tar")
    let lenient = try Program.run(evaluate(model, shard, ["--json"]))
    #expect(lenient.status == 0, "\(lenient.errors)")
    let result = try JSONParser.parse(lenient.output)
    #expect(result["images"] == 1)
    #expect((result["skipped"]?.intValue ?? 0) >= 6)
    #expect(lenient.errors.contains("b: the image is empty (0 bytes)"), "\(lenient.errors)")
    #expect(lenient.errors.contains("c: is not a JPEG, PNG or WebP image"), "\(lenient.errors)")
    let strict = try Program.run(evaluate(model, shard, ["--strict"]))
    #expect(strict.status == 1 && strict.errorLines.count == 1, "\(strict.errors)")
  }

  /// The bytes of the first `.png` member of an archive.
  private func firstPicture(in path: String) throws -> [UInt8]? {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var position = 0
    while position + 512 <= bytes.count, bytes[position] != 0 {
      let name = String(decoding: bytes[position..<position + 100].prefix { $0 != 0 }, as: UTF8.self)
      let digits = String(decoding: bytes[position + 124..<position + 135], as: UTF8.self)
      let size = Int(digits.filter(\.isNumber), radix: 8) ?? 0
      if name.hasSuffix(".png") { return Array(bytes[position + 512..<position + 512 + size]) }
      position += 512 + (size + 511) / 512 * 512
    }
    return nil
  }

  @Test("a table without the caption column names the columns it has")
  func table() throws {
    let csv = try folder.write(Array("filepath\tcaption\na.jpg\tx\n".utf8), "pairs.csv")
    let outcome = try Program.run(evaluate(model, csv))
    #expect(outcome.status == 1 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("title") && outcome.errors.contains("caption"), "\(outcome.errors)")
  }

  @Test("a place that cannot be written to is refused, and nothing is left behind")
  func output() throws {
    let outcome = try Program.run([
      "embed", "--pretrained", model, "--data", "scenes:test?count=5", "--output", "/proc/none/features.safetensors",
    ])
    #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
  }
}
