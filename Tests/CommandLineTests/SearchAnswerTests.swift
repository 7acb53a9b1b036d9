import CLIPFiles
import Foundation
import Testing

/// What a search says of its answer, of what is missing, and of what it cannot write.
@Suite("A search's answer", .serialized)
struct SearchAnswerTests {
  private static func arguments(_ folder: TemporaryFolder, _ recipe: String, _ name: String) -> [String] {
    [
      "search", recipe, "--logs", "\(folder.path)/logs", "--candidates", "\(folder.path)/candidates", "--name", name,
      "--threads", "1",
    ]
  }

  private static func changed(_ recipe: String, _ folder: TemporaryFolder, _ name: String, _ line: String) throws
    -> String
  {
    let key = line.prefix { $0 != ":" } + ":"
    let lines = try TextFile.text(of: recipe).split(separator: "\n").filter { !$0.hasPrefix(key) }.map(String.init)
    return try folder.write(Array((lines + [line]).joined(separator: "\n").utf8), name)
  }

  @Test("settings of the wrong kind, missing test data and empty recipes are refused by --dry-run with status 1")
  func refused() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 3)
    for (index, line) in [
      "hardware: [camera]", "hardware: {}", "scenario: [camera]", "scenario: {a: 1}", "test-data: ../../etc/passwd",
      "finetune: [lr]",
    ].enumerated() {
      let changed = try Self.changed(recipe, folder, "r\(index).yaml", line)
      let found = try Program.run(Self.arguments(folder, changed, "x") + ["--dry-run"])
      let key = String(line.prefix { $0 != ":" })
      #expect(
        found.status == 1 && found.errorLines.count == 1 && found.errors.contains(key), "\(line): \(found.errors)")
    }
    let empty = try folder.write([], "empty.yaml")
    for (words, example) in [
      (["search", empty], "mode: carbon"), (["estimate", empty], "model: ViT-B-16"),
      (["family", empty], "search: recipes/micro-full.yaml"),
      (["estimate", "--model", "micro-s", "--scenario", empty], "lifetime: 3 years"),
      (["estimate", "--model", "micro-s", "--design", empty], "clusters: 1"),
      (["estimate", "--model", "micro-s", "--sweep", "--space", empty], "clusters: [1, 2, 4]"),
    ] {
      let found = try Program.run(words)
      #expect(found.status == 1 && found.errors.contains("write settings such as \"\(example)\""), "\(found.errors)")
    }
  }

  @Test("a limit of accuracy that excludes all is named with the best value; a later search shows what it took over")
  func limits() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 2)
    let changed = try Self.changed(recipe, folder, "limit.yaml", "limits: [\"accuracy >= 90 %\"]")
    let found = try Program.run(Self.arguments(folder, changed, "limit"))
    #expect(found.status == 0, "\(found.errors)")
    #expect(
      found.output.contains("accuracy >= 90.0 % excludes all 2 models that were measured; the best has"),
      "\(found.output)")
    let again = try Program.run(Self.arguments(folder, recipe, "again"))
    #expect(again.status == 0 && again.errors.contains("known"), "\(again.errors)")
    func cost(_ name: String) throws -> JSONValue? {
      try JSONParser.parse(try TextFile.text(of: "\(folder.path)/logs/\(name)/search.json"))["footprint"]
    }
    let first = try cost("limit"), second = try cost("again")
    #expect(first?["taken_over"]?["trials"] == nil && second?["taken_over"]?["trials"]?.intValue == 2)
    let making = second?["taken_over"]?["energy_kwh"]?.doubleValue ?? 0
    #expect(making > 0 && making <= (first?["energy_kwh"]?.doubleValue ?? 0))
  }

  @Test("weights too large for half precision are written in single, and that is said; no empty folder stays behind")
  func large() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 2)
    let done = try Program.run(Self.arguments(folder, recipe, "s"))
    try #require(done.status == 0, "\(done.errors)")
    let base = "\(folder.path)/base/checkpoints/epoch_1/open_clip_model.safetensors"
    // The whole model is trial 1: its checkpoint is the base model's own file.
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: base)))
    let length = bytes[0..<8].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = try JSONParser.parse(String(decoding: bytes[8..<8 + length], as: UTF8.self))
    let start = try #require(header["ln_final.bias"]?["data_offsets"]?.arrayValue?.first?.intValue) + 8 + length
    withUnsafeBytes(of: Float(1e5).bitPattern.littleEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    try Data(bytes).write(to: URL(fileURLWithPath: base))
    let words = ["export", "\(folder.path)/logs/s", "--trial", "1", "--candidates", "\(folder.path)/candidates"]
    let small = try Program.run(words + ["--output", "\(folder.path)/small"])
    #expect(small.status == 0 && small.errors.contains("written in float32"), "\(small.errors)")
    #expect(Folder.containsFile("\(folder.path)/small/open_clip_model.safetensors"))
  }

  @Test("each trial of a long search leaves no more memory than its own rows")
  func memory() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 36)
    let process = Process(), begun = Date()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = Self.arguments(folder, recipe, "s")
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    var sizes: [Int] = []
    while process.isRunning, Date().timeIntervalSince(begun) < 600 {
      usleep(100_000)
      guard let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8),
        let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
      else { continue }
      sizes.append(pages * 4)
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && sizes.count > 20)
    // The second half holds at most a few MB more than the first, caches of prices among it.
    let half = sizes.count / 2
    let first = sizes[..<half].max() ?? 0, second = sizes[half...].max() ?? 0
    #expect(second < first + 32_000, "\(first) KB, then \(second) KB")
  }
}
