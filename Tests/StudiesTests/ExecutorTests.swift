import Files
import Foundation
import Studies
import Testing

@Suite("Executors")
struct ExecutorTests {
  private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("workers-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private func wait(_ executor: any TrialExecutor) throws {
    while try executor.poll() > 0 { usleep(5000) }
  }

  @Test("workers run as processes, each with a name of its own and a log")
  func processes() throws {
    try withFolder { folder in
      let command = WorkerCommand(program: "/bin/sh") { ["-c", "echo hello $0; touch \(folder)/$0", $0] }
      let executor = WorkerProcesses(command, count: 3, name: "w", logs: "\(folder)/logs")
      try executor.start()
      try wait(executor)
      for number in 1...3 {
        #expect(Folder.containsFile("\(folder)/w-\(number)"))
        #expect(try TextFile.text(of: "\(folder)/logs/worker-\(number).log") == "hello w-\(number)\n")
      }
    }
  }

  @Test("a worker that is killed is started again under another name; one that fails for good tells why")
  func deaths() throws {
    try withFolder { folder in
      // The first kills itself, the second finds its trace and ends well.
      let command = WorkerCommand(program: "/bin/sh") {
        [
          "-c", "if [ -e \(folder)/mark ]; then echo $0 >> \(folder)/done; else touch \(folder)/mark; kill -9 $$; fi",
          $0,
        ]
      }
      let executor = WorkerProcesses(command, count: 1, name: "w", logs: "\(folder)/logs")
      try executor.start()
      try wait(executor)
      #expect(try TextFile.text(of: "\(folder)/done") == "w-2\n")
      let failing = WorkerProcesses(
        WorkerCommand(program: "/bin/sh") { _ in ["-c", "echo 'error: no such data'; exit 1"] }, count: 2, name: "w",
        logs: "\(folder)/more")
      try failing.start()
      let error = try #require(throws: InputError.self) { try wait(failing) }
      #expect(error.description == "no such data")
    }
  }

  @Test("workers that are asked to stop are waited for and not started again")
  func stopping() throws {
    try withFolder { folder in
      let command = WorkerCommand(program: "/bin/sh") {
        ["-c", "trap 'echo saved; exit 0' TERM; touch \(folder)/$0; while true; do sleep 0.02; done", $0]
      }
      let executor = WorkerProcesses(command, count: 2, name: "w", logs: "\(folder)/logs")
      try executor.start()
      while !(Folder.containsFile("\(folder)/w-1") && Folder.containsFile("\(folder)/w-2")) { usleep(5000) }
      executor.stop()
      try wait(executor)
      #expect(try TextFile.text(of: "\(folder)/logs/worker-1.log") == "saved\n")
    }
  }

  @Test("a program that does not exist is one line")
  func missing() throws {
    try withFolder { folder in
      let executor = WorkerProcesses(
        WorkerCommand(program: "/nonexistent/program") { _ in [] }, count: 1, name: "w", logs: folder)
      let error = try #require(throws: InputError.self) { try executor.start() }
      #expect(error.description.hasPrefix("/nonexistent/program: cannot be started"))
    }
  }

  @Test("a Slurm array's script names each worker by its task, quotes what the shell would read, and refuses odd lines")
  func slurmScript() throws {
    let command = WorkerCommand(program: "/opt/it's here/carbonclip") { ["search", "my recipe.yaml", "--worker", $0] }
    let array = SlurmArray(
      command, count: 4, name: "cc-quick", folder: "logs/q/workers", lines: ["--time=1:00:00", "--mem=4G"])
    let script = try array.script(directory: "/data/my study")
    let lines = script.split(separator: "\n").map(String.init)
    #expect(lines.first == "#!/bin/sh")
    #expect(lines.contains("#SBATCH --array=1-4") && lines.contains("#SBATCH --time=1:00:00"))
    #expect(lines.contains("cd '/data/my study' || exit 1"))
    #expect(
      lines.last
        == "exec '/opt/it'\\''s here/carbonclip' 'search' 'my recipe.yaml' '--worker' \"cc-quick-$SLURM_ARRAY_TASK_ID\""
    )
    for odd in ["rm -rf /", "--x\n--y", ""] {
      let hostile = SlurmArray(command, count: 1, name: "x", folder: "f", lines: [odd])
      #expect(throws: InputError.self) { _ = try hostile.script(directory: "/") }
    }
  }
}
