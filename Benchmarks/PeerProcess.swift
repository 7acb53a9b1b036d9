import CLIPFiles
import Foundation

/// What a side reports of one turn.
struct Turn {
  /// Results a second.
  let perSecond: Double
  /// Of one call.
  let medianMilliseconds: Double
  /// The most memory the process has held so far, in units of 2^20 bytes.
  let peakMegabytes: Double
  /// All that was reported.
  let message: JSONValue
}

/// A process that measures on demand: a peer's script, or this program's own worker.
///
/// It writes `{"ready": true, ...}` once it is warm, answers `measure S` with a line of JSON and ends at `quit`. What it
/// writes to standard error is kept and quoted only when it fails.
final class PeerProcess {
  /// As tables name it.
  let name: String
  /// The first line it wrote.
  private(set) var ready: JSONValue = .null
  private let process = Process()
  private let commands = Pipe(), answers = Pipe()
  private var pending = Data()
  private let errors: URL

  /// Settings that hold OpenBLAS back; no side gets them.
  static let withheldSettings = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS"]

  /// Starts the process and waits until it is ready.
  /// - Throws: ``InputError`` with the reason why it does not run here.
  init(_ name: String, _ executable: String, _ arguments: [String]) throws {
    self.name = name
    errors = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-side-\(UUID().uuidString).log")
    try Data().write(to: errors)
    // `env` finds a bare name such as python3 in PATH.
    process.executableURL = URL(fileURLWithPath: executable.contains("/") ? executable : "/usr/bin/env")
    process.arguments = (executable.contains("/") ? [] : [executable]) + arguments
    process.environment = ProcessInfo.processInfo.environment.filter { !Self.withheldSettings.contains($0.key) }
    process.standardInput = commands
    process.standardOutput = answers
    process.standardError = try FileHandle(forWritingTo: errors)
    do { try process.run() } catch { throw InputError("\(name): cannot start \(executable): \(error)") }
    ready = try line()
    guard ready["ready"]?.boolValue == true else {
      throw InputError("\(name): \(ready["reason"]?.stringValue ?? "did not become ready")")
    }
  }

  /// This program's own side of a question.
  static func worker(_ name: String, _ arguments: [String]) throws -> PeerProcess {
    let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
    return try PeerProcess(name, program, ["worker"] + arguments)
  }

  /// A script of `peers/`.
  static func script(_ name: String, _ file: String, _ arguments: [String], python: String) throws -> PeerProcess {
    try PeerProcess(name, python, ["\(Options.peers)/\(file)"] + arguments)
  }

  /// Has the process measure for about so many seconds.
  func measure(seconds: Double) throws -> Turn {
    try send("measure \(seconds)")
    let answer = try line()
    guard let rate = answer["per_s"]?.doubleValue, let median = answer["median_ms"]?.doubleValue else {
      throw InputError("\(name): expected per_s and median_ms, found \(answer.text().quoted(limit: 200))")
    }
    return Turn(
      perSecond: rate, medianMilliseconds: median, peakMegabytes: answer["peak_rss_mb"]?.doubleValue ?? .nan,
      message: answer)
  }

  /// As the system numbers it.
  var processIdentifier: Int32 { process.processIdentifier }

  /// Ends the process and waits for it.
  func quit() {
    try? send("quit")
    try? commands.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  deinit {
    if process.isRunning { quit() }
    try? FileManager.default.removeItem(at: errors)
  }

  private func send(_ command: String) throws {
    do { try commands.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8)) } catch {
      throw InputError("\(name): \(lastWords)")
    }
  }

  private func line() throws -> JSONValue {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let bytes = Array(pending[..<end])
        pending.removeSubrange(...end)
        return try JSONParser.parse(bytes)
      }
      let more = answers.fileHandleForReading.availableData
      if more.isEmpty { throw InputError("\(name): \(lastWords)") }
      pending.append(more)
    }
  }

  /// The last line of standard error: a Python program's exception.
  private var lastWords: String {
    let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }
    return line.map { "ended early: \(String($0.prefix(200)))" } ?? "ended early"
  }
}
