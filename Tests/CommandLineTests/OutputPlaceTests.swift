import CLIPFiles
import Foundation
import Testing

/// Where commands write, and what stands there afterwards, whatever happens.
@Suite("Output places", .serialized)
struct OutputPlaceTests {
  @Test("an empty value is a wrong use, for every flag and argument")
  func empty() throws {
    let folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/model")
    for arguments in [
      ["convert", "--pretrained", "\(folder.path)/model", "--output", ""], ["evaluate", "--data", ""], ["search", ""],
      ["embed", "--pretrained", "", "--data", "scenes:test?count=2", "--output", "x"], ["train", "--name", ""],
      ["family", "recipe.yaml", "--page", ""], ["report", ""],
    ] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 64 && outcome.errors.contains("is empty"), "\(arguments): \(outcome.errors)")
    }
    let recipe = try folder.write(Array("train-data: \"\"\nmodel: ViT-B-32\n".utf8), "train.yaml")
    let outcome = try Program.run(["train", recipe, "--logs", folder.path])
    #expect(outcome.status != 0 && outcome.errors.contains("train-data must not be empty"), "\(outcome.errors)")
  }

  @Test(
    "a named pipe is refused before any work is done, and a name that leads elsewhere in every command that has one")
  func refused() throws {
    let folder = try TemporaryFolder(), pipe = "\(folder.path)/pipe"
    try Checkpoint.write(to: "\(folder.path)/model")
    #expect(mkfifo(pipe, 0o600) == 0)
    for command in [["embed", "--data", "scenes:test?count=2&size=32"], ["convert"]] {
      let outcome = try Program.run(command + ["--pretrained", "\(folder.path)/model", "--output", pipe])
      #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("\(pipe): is "), "\(outcome.errors)")
    }
    let study = try Program.run([
      "search", "\(KillTests.root)/recipes/quickstart.yaml", "--status", "--logs", folder.path, "--name", "../esc",
    ])
    #expect(study.status == 64 && study.errors.contains("--name must be a folder's name, found \"../esc\""))
  }

  /// Two models of one shape that differ in every file that matters.
  private func models(_ folder: TemporaryFolder) throws -> [String] {
    let first = "\(folder.path)/a", second = "\(folder.path)/b"
    try Checkpoint.write(to: first)
    let made = try Program.run(["convert", "--pretrained", first, "--output", second, "--precision", "bf16"])
    try #require(made.status == 0, "\(made.errors)")
    for name in try Folder.names(in: second) where name.hasSuffix(".json") {
      let text = try TextFile.text(of: "\(second)/\(name)")
      try AtomicFile.write(text.replacing("0.48145466", with: "0.5"), to: "\(second)/\(name)")
    }
    return [first, second]
  }

  private func state(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    // A killed command may leave what it was writing; the next one takes it away.
    for name in try Folder.names(in: folder) where !Folder.exists("\(folder)/\(name)") && !name.contains(".partial-") {
      files[name] = try TextFile.bytes(of: "\(folder)/\(name)")
    }
    return files
  }

  @Test(
    "convert --overwrite that is killed leaves the old model, the new one, or one that says it is incomplete",
    arguments: [false, true])
  func torn(hasFolder: Bool) throws {
    let folder = try TemporaryFolder(), sources = try models(folder), output = "\(folder.path)/out"
    var whole: [[String: [UInt8]]] = []
    for source in sources {
      let made = try Program.run(["convert", "--pretrained", source, "--output", output, "--overwrite"])
      try #require(made.status == 0, "\(made.errors)")
      whole.append(try state(output))
    }
    #expect(whole[0] != whole[1])
    if hasFolder { try Folder.make("\(output)/mine") }
    var kills = 0, seen: Set<Int> = []
    for round in 0..<24 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = ["convert", "--pretrained", sources[round % 2], "--output", output, "--overwrite"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 1000...120_000))
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
      let now = try state(output)
      if now["INCOMPLETE"] == nil {
        let place = whole.firstIndex(of: now)
        #expect(place != nil)
        if let place { seen.insert(place) }
      } else {
        let outcome = try Program.run(["convert", "--pretrained", output, "--output", "\(folder.path)/x"])
        #expect(outcome.status == 1 && outcome.errors.contains("is incomplete"), "\(outcome.errors)")
      }
    }
    let last = try Program.run(["convert", "--pretrained", sources[0], "--output", output, "--overwrite"])
    #expect(last.status == 0 && kills > 0)
    #expect(try state(output) == whole[0])
    #expect(try (Folder.names(in: folder.path) + Folder.names(in: output)).allSatisfy { !$0.contains("partial") })
    #expect(Folder.exists("\(output)/mine") == hasFolder)
  }
}
