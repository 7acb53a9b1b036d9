import Foundation
import Testing

/// The built program, run as a user runs it.
struct Program {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
    var errorLines: [String] { errors.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("note: ") } }
  }

  /// The program stands beside the test bundle.
  static let path: String = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
      folder = URL(fileURLWithPath: argument).resolvingSymlinksInPath().deletingLastPathComponent()
    }
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("carbonclip").path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    return "\(root)/.build/release/carbonclip"
  }()

  /// - Parameter place: the folder to run in, in place of the tests' own
  static func run(_ arguments: [String], in place: String? = nil) throws -> Outcome {
    try run(path, arguments, in: place)
  }

  /// A script of the shell, in which `$0` is the program and `$1` a folder that goes away.
  static func shell(_ script: String) throws -> Outcome {
    let folder = try TemporaryFolder()
    return try run("/bin/bash", ["-c", script, path, folder.path])
  }

  private static func run(_ program: String, _ arguments: [String], in place: String? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let place { process.currentDirectoryURL = URL(fileURLWithPath: place) }
    // Through files: a pipe that nobody empties would block the program.
    let folder = try TemporaryFolder()
    let output = "\(folder.path)/out", errors = "\(folder.path)/err"
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try hearingSignals { try process.run() }
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  /// Dispatch's threads, on which tests run, block signals, and what is started there inherits that: Slurm's daemons would never
  /// hear that they are to stop.
  private static func hearingSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t(), before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }
}

/// A folder that goes away with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}
