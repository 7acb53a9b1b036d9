import CLIPFiles
import Foundation
import Testing

/// A search whose coordinator and whose processes are killed ends as if nothing had happened.
@Suite("Killed coordinators", .serialized)
struct CoordinatorKillTests {
  /// A search over all shapes of a small space, so that its front does not depend on the order in which they are tried.
  static func recipe(_ folder: TemporaryFolder) throws -> String {
    let text = try TextFile.text(of: SearchKillTests.recipe(folder, trials: 12))
    let lines = text.split(separator: "\n").map {
      $0.hasPrefix("model-space:")
        ? "model-space: {vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16]}" : $0
    }
    return try folder.write(Array(lines.joined(separator: "\n").utf8), "all.yaml")
  }

  /// The front's models, accelerators and figures: all but the numbers of trials, which depend on their order.
  static func front(_ folder: String) throws -> [String] {
    var rows: [[String]] = []
    try DelimitedText.forEachRow(inFile: "\(folder)/front.csv", separator: UInt8(ascii: ",")) {
      rows.append($0.repairedFields)
    }
    let names = try #require(rows.first)
    let kept = names.indices.filter { !["design", "trial", "model"].contains(names[$0]) }
    return rows.dropFirst().map { row in kept.map { row[$0] }.joined(separator: ",") }.sorted()
  }

  private func start(_ arguments: [String], errors: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    if !FileManager.default.fileExists(atPath: errors) {
      _ = FileManager.default.createFile(atPath: errors, contents: nil)
    }
    let log = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try log.seekToEnd()
    process.standardError = log
    try process.run()
    return process
  }

  /// Processes that have taken a task.
  private func runners(_ study: String) -> [pid_t] {
    let names = (try? Folder.names(in: "\(study)/tasks")) ?? []
    return names.filter { $0.hasSuffix(".taken") }.compactMap { name in
      guard !Folder.containsFile("\(study)/tasks/\(name.dropLast(6)).result") else { return nil }
      let json = try? JSONParser.parse(file: "\(study)/tasks/\(name)")
      return json?["process"]?.intValue.map { pid_t($0) }
    }.filter { $0 > 1 && kill($0, 0) == 0 }
  }

  @Test("a dozen kills of coordinator and workers: the same front, and no trial is finished twice")
  func kills() throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder)
    func arguments(_ name: String) -> [String] {
      [
        "search", recipe, "--logs", "\(folder.path)/\(name)", "--candidates", "\(folder.path)/\(name)/candidates",
        "--name", "s", "--threads", "1",
      ]
    }
    let whole = try Program.run(arguments("whole"))
    try #require(whole.status == 0, "\(whole.errors)")
    let study = "\(folder.path)/killed/s", errors = "\(folder.path)/errors.txt"
    var kills: [String] = [], sessions = 0
    while kills.count < 12, sessions < 60 {
      sessions += 1
      let isBegun = Folder.containsFile("\(study)/study.sqlite")
      let process = try start(arguments("killed") + ["--workers", "2"] + (isBegun ? ["--resume"] : []), errors: errors)
      let end = Date().addingTimeInterval(Double.random(in: 0.3...2))
      while process.isRunning, Date() < end { usleep(2000) }
      // Now a worker, now the coordinator, which leaves its workers behind.
      if kills.count % 3 == 2 {
        // A busy machine takes its time to start one.
        let patience = Date().addingTimeInterval(60)
        while process.isRunning, runners(study).isEmpty, Date() < patience { usleep(2000) }
      }
      if kills.count % 3 == 2, process.isRunning, let runner = runners(study).first {
        kill(runner, SIGKILL)
        kills.append("worker")
        let more = Date().addingTimeInterval(0.5)
        while process.isRunning, Date() < more { usleep(2000) }
      }
      guard process.isRunning else {
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\((try? TextFile.text(of: errors)) ?? "")")
        break
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      kills.append("coordinator")
    }
    let last = try Program.run(arguments("killed") + ["--workers", "2", "--resume"])
    try #require(last.status == 0, "\(last.errors)")
    #expect(kills.contains("worker") && kills.contains("coordinator") && kills.count >= 6, "\(kills)")
    #expect(try Self.front(study) == Self.front("\(folder.path)/whole/s"))
    let finished = try Folder.names(in: "\(study)/workers").flatMap { name in
      try TextFile.lines(of: "\(study)/workers/\(name)").compactMap {
        $0.firstMatch(of: /^trial-(\d+)\.\d+: finished$/).flatMap { Int($0.1) }
      }
    }
    #expect(finished.sorted() == Array(1...12), "\(kills)")
    #expect(!Folder.exists("\(study)/tasks"))
  }

  @Test("a second coordinator is refused, on this host and on another; --status says who works at what")
  func second() throws {
    let folder = try TemporaryFolder(), recipe = try Self.recipe(folder)
    let words = [
      "search", recipe, "--logs", "\(folder.path)/logs", "--candidates", "\(folder.path)/c", "--name", "s", "--threads",
      "1",
    ]
    let errors = "\(folder.path)/errors.txt", first = try start(words + ["--workers", "2"], errors: errors)
    let deadline = Date().addingTimeInterval(30)
    while runners("\(folder.path)/logs/s").isEmpty, first.isRunning, Date() < deadline { usleep(2000) }
    // Stopped, it cannot end meanwhile; its workers go on.
    kill(first.processIdentifier, SIGSTOP)
    let again = try Program.run(words + ["--resume"])
    #expect(again.status == 1)
    #expect(
      again.errorLines.last?.contains("study.sqlite: belongs to process \(first.processIdentifier) on ") == true,
      "\(again.errors)")
    let status = try Program.run(words + ["--status"])
    #expect(status.status == 0, "\(status.errors)")
    // Another host: another name and other numbers of processes.
    let script = "hostname far && exec \"$0\" \"$@\""
    let elsewhere = Process(), pipe = Pipe()
    elsewhere.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    elsewhere.arguments =
      ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "/bin/sh", "-c", script, Program.path] + words + [
        "--resume"
      ]
    elsewhere.standardError = pipe
    elsewhere.standardOutput = FileHandle.nullDevice
    try elsewhere.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    elsewhere.waitUntilExit()
    if text.contains("unshare:") || text.contains("hostname:") {
      print("not tried as another host: this machine allows no name spaces (\(text.prefix(80)))")
    } else {
      #expect(
        elsewhere.terminationStatus == 1 && text.contains("belongs to process \(first.processIdentifier) on "),
        "\(text)")
    }
    kill(first.processIdentifier, SIGCONT)
    first.waitUntilExit()
    #expect(first.terminationStatus == 0, "\((try? TextFile.text(of: errors)) ?? "")")
  }
}
