import CLIPFiles
import Foundation
import Testing
import CLIPTraining

/// A folder of its own for a test, removed with it.
final class ScratchRun {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)").path

  init() throws { try Folder.make(path) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws -> String {
    try AtomicFile.write(text, to: "\(path)/\(name)")
    return "\(path)/\(name)"
  }
}

/// The message that `body` throws as an ``InputError``.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch { return error is InputError ? "\(error)" : "not an input error: \(error)" }
}

@Suite("The folder of a run") struct RunFolderTests {
  @Test("a new run's folder is made with all above it, and holds no run yet")
  func new() throws {
    let place = try ScratchRun()
    let folder = try RunFolder("\(place.path)/a/b/first")
    #expect(Folder.exists(folder.checkpoints))
    #expect(folder.checkpoints == "\(place.path)/a/b/first/checkpoints")
    #expect(folder.log == "\(place.path)/a/b/first/log.jsonl")
    #expect(!folder.holdsRun)
    try RunLog(path: folder.log, resumingAt: nil).append(["event": "start"])
    #expect(folder.holdsRun)
  }

  @Test(
    "a second opening is refused with the number of the process, again and again, and allowed after the first closed")
  func lock() throws {
    let place = try ScratchRun()
    var first: RunFolder? = try RunFolder("\(place.path)/run")
    let expected =
      "\(place.path)/run: another process (process \(getpid())) is using this run; "
      + "wait for it, or take another folder"
    // Repeated, with files opened in between: a descriptor closed twice would close one of these.
    for _ in 0..<3 {
      #expect(message { _ = try RunFolder("\(place.path)/run") } == expected)
      let handle = try #require(FileHandle(forReadingAtPath: "\(place.path)/run/lock"))
      #expect(message { _ = try RunFolder("\(place.path)/run") } == expected)
      #expect(try handle.readToEnd() == Data("process \(getpid())\n".utf8))
    }
    #expect(first != nil)
    first = nil
    #expect(message { _ = try RunFolder("\(place.path)/run") } == "no error")
  }

  @Test("another process's lock is respected, and ends when that process is killed")
  func otherProcess() throws {
    let place = try ScratchRun()
    try Folder.make("\(place.path)/run")
    let lock = try place.write("process 4711\n", to: "run/lock")
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    // `exec`: the lock must be held by the process that is killed, and by no child of it.
    child.arguments = ["-c", "exec 9<>'\(lock)'; flock -n 9 || exit 1; echo locked; exec cat"]
    let output = Pipe(), input = Pipe()
    child.standardOutput = output
    child.standardInput = input
    try child.run()
    #expect(output.fileHandleForReading.availableData == Data("locked\n".utf8))
    #expect(
      message { _ = try RunFolder("\(place.path)/run") }
        .hasPrefix("\(place.path)/run: another process (process 4711) is using this run"))
    kill(child.processIdentifier, SIGKILL)
    child.waitUntilExit()
    #expect(message { _ = try RunFolder("\(place.path)/run") } == "no error")
  }

  @Test("temporary files of a killed process go when the run is opened; others stay")
  func leftovers() throws {
    let place = try ScratchRun()
    try Folder.make("\(place.path)/run/checkpoints")
    for name in ["log.jsonl.partial-123", "checkpoints/step_000000007.safetensors.partial-99"] {
      _ = try place.write("x", to: "run/\(name)")
    }
    for name in ["notes.partial-draft", "checkpoints/epoch.partial-", "log.jsonl"] {
      _ = try place.write("", to: "run/\(name)")
    }
    let folder = try RunFolder("\(place.path)/run")
    #expect(try Folder.names(in: folder.path) == ["checkpoints", "lock", "log.jsonl", "notes.partial-draft"])
    #expect(try Folder.names(in: folder.checkpoints) == ["epoch.partial-"])
  }

  @Test("names that lead elsewhere are refused", arguments: ["", ".", "..", "a/b", "/", "a\u{0}b"])
  func names(name: String) throws {
    let place = try ScratchRun()
    #expect(
      message { try Folder.requirePlain(name, option: "--name") }
        == "--name must be a folder's name, found \(name.quoted())")
  }

  @Test("a place where no folder can be made is an input error")
  func unwritable() throws {
    let place = try ScratchRun()
    let file = try place.write("", to: "file")
    #expect(message { _ = try RunFolder("\(file)/run") }.hasPrefix("\(file)"))
    #expect(message { _ = try RunFolder("/proc/run-tests/run") }.contains("cannot make folder"))
    _ = try place.write("", to: "taken")
    #expect(message { _ = try RunFolder("\(place.path)/taken") }.hasPrefix("\(place.path)/taken"))
    try Folder.make("\(place.path)/locked/lock")
    #expect(
      message { _ = try RunFolder("\(place.path)/locked") }
        == "\(place.path)/locked/lock: cannot write: Is a directory")
  }
}
