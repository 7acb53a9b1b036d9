import CLIPFiles
import Foundation
import Testing

/// `train` under `mpirun`, with each MPI that is installed; with none these tests are skipped.
@Suite("Training over MPI", .serialized)
struct RankedTrainingTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Launchers that are there: Debian names them by their library.
  static let launchers: [String] = ["mpirun.openmpi", "mpirun.mpich"].compactMap { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static func arguments(_ folder: TemporaryFolder, name: String, batch: Int, steps: Int = 12) throws -> [String] {
    let model = try folder.write(
      Array(
        """
        {"embed_dim": 32, "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16},
         "text_cfg": {"context_length": 24, "vocab_size": 866, "width": 32, "heads": 2, "layers": 2}}
        """.utf8), "model.json")
    return [
      "train", "--model", model, "--tokenizer", "\(root)/data/vocabularies/scenes", "--train-data",
      "scenes:train?count=1600&size=32", "--val-data", "scenes:validation?count=40&size=32", "--batch-size", "\(batch)",
      "--epochs", "1", "--train-num-samples", "\(32 * steps)", "--lr", "1e-3", "--log-every-n-steps", "1", "--threads",
      "1", "--logs", "\(folder.path)/logs", "--name", name, "--precision", "fp32",
    ]
  }

  /// A process under a launcher, with what root and few processors ask for.
  static func process(_ launcher: String, ranks: Int, _ arguments: [String], errors: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: launcher)
    let isOpenMPI = launcher.hasSuffix("openmpi")
    process.arguments = (isOpenMPI ? ["--oversubscribe"] : []) + ["-n", "\(ranks)", Program.path] + arguments
    var environment = ProcessInfo.processInfo.environment
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    // A signal to mpirun must leave ranks the time to save.
    environment["OMPI_MCA_odls_base_sigkill_timeout"] = "5"
    process.environment = environment
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    return process
  }

  static func run(
    _ launcher: String, ranks: Int, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> (status: Int32, errors: String) {
    let errors = "\(folder.path)/errors"
    let process = try process(launcher, ranks: ranks, arguments, errors: errors)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try TextFile.text(of: errors))
  }

  static func losses(_ folder: TemporaryFolder, _ name: String) throws -> [Int: Double] {
    var losses: [Int: Double] = [:]
    for line in try TextFile.lines(of: "\(folder.path)/logs/\(name)/log.jsonl") {
      let event = try JSONParser.parse(line)
      if event["event"]?.stringValue == "step", let step = event["step"]?.intValue {
        losses[step] = event["loss"]?.doubleValue
      }
    }
    return losses
  }

  /// What a step told the other ranks, in bytes, as the log says.
  static func traffic(_ folder: TemporaryFolder, _ name: String) throws -> Int {
    let end = try TextFile.lines(of: "\(folder.path)/logs/\(name)/log.jsonl").last.map { try JSONParser.parse($0) }
    return Int(end?["ranks"]?["bytes_per_step"]?.doubleValue ?? 0)
  }

  static func weights(_ folder: TemporaryFolder, _ name: String) throws -> [UInt8] {
    try TextFile.bytes(of: "\(folder.path)/logs/\(name)/checkpoints/epoch_1/open_clip_model.safetensors")
  }

  @Test(
    "ranks on the same whole batch train as one process does, and the same bits each time", arguments: launchers,
    [2, 4])
  func same(launcher: String, ranks: Int) throws {
    let folder = try TemporaryFolder()
    let alone = try Program.run(try Self.arguments(folder, name: "alone", batch: 32))
    try #require(alone.status == 0, "\(alone.errors)")
    for name in ["one", "two"] {
      let run = try Self.run(
        launcher, ranks: ranks, try Self.arguments(folder, name: name, batch: 32 / ranks), in: folder)
      try #require(run.status == 0, "\(run.errors)")
    }
    let whole = try Self.losses(folder, "alone"), shared = try Self.losses(folder, "one")
    #expect(whole.count == 12 && shared.count == 12)
    for step in 1...10 {
      let expected = try #require(whole[step]), found = try #require(shared[step])
      #expect(abs(found - expected) <= 1e-5 * expected, "step \(step): \(found), alone \(expected)")
    }
    #expect(try Self.weights(folder, "one") == Self.weights(folder, "two"))
  }

  @Test("a rank that is killed ends the others, and the run goes on from where it was saved", arguments: launchers)
  func killedRank(launcher: String) throws {
    let folder = try TemporaryFolder()
    let arguments =
      try Self.arguments(folder, name: "run", batch: 16, steps: 100) + ["--save-every-minutes", "0.0005"]
    let process = try Self.process(launcher, ranks: 2, arguments, errors: "\(folder.path)/errors")
    try process.run()
    // Until something is saved.
    let points = "\(folder.path)/logs/run/checkpoints"
    while process.isRunning, ((try? Folder.names(in: points)) ?? []).isEmpty { usleep(10_000) }
    let ranks = try Self.children(of: process.processIdentifier, named: "run")
    try #require(ranks.count == 2, "\(ranks)")
    kill(ranks[1], SIGKILL)
    let start = Date()
    process.waitUntilExit()
    #expect(process.terminationStatus != 0)
    #expect(Date().timeIntervalSince(start) < 60)
    while Self.isAlive(ranks[0]), Date().timeIntervalSince(start) < 60 { usleep(100_000) }
    #expect(!Self.isAlive(ranks[0]), "the other rank lives on")
    let more = try Self.run(
      launcher, ranks: 2, try Self.arguments(folder, name: "run", batch: 16, steps: 100) + ["--resume", "latest"],
      in: folder)
    #expect(more.status == 0, "\(more.errors)")
    #expect(try Self.losses(folder, "run").count == 100)
  }

  @Test("a signal to the launcher saves and stops all ranks; one process goes on", arguments: launchers)
  func signal(launcher: String) throws {
    let folder = try TemporaryFolder()
    let arguments = try Self.arguments(folder, name: "run", batch: 16, steps: 100)
    let process = try Self.process(launcher, ranks: 2, arguments, errors: "\(folder.path)/errors")
    try process.run()
    while process.isRunning, (try? Self.losses(folder, "run"))?.isEmpty ?? true { usleep(10_000) }
    // To the ranks themselves, as Slurm does it: launchers differ in what they pass on.
    for rank in try Self.children(of: process.processIdentifier, named: "run") { kill(rank, SIGTERM) }
    process.waitUntilExit()
    let before = try Self.losses(folder, "run").count
    #expect(before < 100)
    #expect(try Folder.names(in: "\(folder.path)/logs/run/checkpoints").contains { $0.hasPrefix("step_") })
    let rest = try Program.run(
      try Self.arguments(folder, name: "run", batch: 32, steps: 100) + ["--resume", "latest"])
    #expect(rest.status == 0, "\(rest.errors)")
    #expect(try Self.losses(folder, "run").count == 100)
  }

  @Test("ranks without their library, and what one rank alone cannot do, end in one line", arguments: launchers)
  func faults(launcher: String) throws {
    let folder = try TemporaryFolder()
    var process = try Self.process(
      launcher, ranks: 2, try Self.arguments(folder, name: "run", batch: 16), errors: "\(folder.path)/errors")
    process.environment?["CARBONCLIP_MPI"] = "/nowhere/libmpi.so"
    try process.run()
    process.waitUntilExit()
    let missing = try TextFile.text(of: "\(folder.path)/errors")
    #expect(process.terminationStatus != 0 && missing.contains("/nowhere/libmpi.so"), "\(missing)")

    // A full disk on rank 0.
    let full = "/dev/full"
    process = try Self.process(
      launcher, ranks: 2, try Self.arguments(folder, name: "run", batch: 16) + ["--logs", "\(full)/logs"],
      errors: "\(folder.path)/errors")
    try process.run()
    process.waitUntilExit()
    let text = try TextFile.text(of: "\(folder.path)/errors")
    #expect(process.terminationStatus != 0)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("error: rank 0: ") && $0.contains(full) } == 1, "\(text)")
  }

  /// Whether a process runs; one that has ended and that nobody asked about does not.
  private static func isAlive(_ process: Int32) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let rest = text.range(of: ") ", options: .backwards).map({ text[$0.upperBound...] })
    else { return false }
    return rest.first != "Z"
  }

  /// The ranks that a launcher started: processes below it whose command line holds a word.
  static func children(of parent: Int32, named word: String) throws -> [Int32] {
    var found: [Int32] = []
    let numbers = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.sorted()
    var below: Set<Int32> = [parent]
    // Twice: a parent may have a higher number than its child.
    for _ in 0..<3 {
      for number in numbers where !below.contains(number) {
        guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
          let rest = text.range(of: ") ", options: .backwards).map({ text[$0.upperBound...].split(separator: " ") }),
          rest.count > 1, let own = Int32(rest[1]), below.contains(own)
        else { continue }
        below.insert(number)
      }
    }
    for number in below.sorted() where number != parent {
      guard let line = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8) else { continue }
      let words = line.split(separator: "\0").map(String.init)
      if words.first == Program.path, words.contains(word) { found.append(number) }
    }
    return found
  }
}
