import CLIPCompute
import CLIPFiles
import Foundation

/// This program's own side, in a process of its own as the peers' are, and by the same protocol: so memory can be
/// compared, and no side computes while another measures.
enum Worker {
  /// - Parameter arguments: the question, then options
  static func run(_ arguments: [String]) throws {
    let options = try Options(Array(arguments.dropFirst()))
    switch arguments.first {
    case "inference": try InferenceWorker.run(options)
    case "training": try TrainingWorker.run(options)
    case "preprocess": try PreprocessWorker.run(options)
    case "tokenizer": try TokenizerWorker.run(options)
    case "gemm": try GemmWorker.run(options)
    case "load": try LoadWorker.run(options)
    default: throw InputError("a worker needs a question")
    }
  }

  /// Warms up, reports ready, then measures on demand until told to quit.
  /// - Parameters:
  ///   - items: how many results a call of `body` gives
  ///   - ready: what to tell besides
  static func serve(items: Double, ready: JSONObject = [:], _ body: () throws -> Void) throws {
    var last = 0.0
    for _ in 0..<3 where last < long { last = try seconds(of: body) }
    var message = ready
    message["ready"] = true
    tell(message)
    while let line = readLine() {
      let words = line.split(separator: " ")
      if words.first == "quit" { return }
      guard words.count == 2, words[0] == "measure", let seconds = Double(words[1]) else { continue }
      if last < long { try body() }  // the other sides had the caches since
      var times: [Double] = [], total = 0.0
      while total < seconds {
        let time = try Worker.seconds(of: body)
        times.append(time)
        total += time
      }
      let median = Samples(times).median
      tell([
        "per_s": .number(items / median), "median_ms": .number(median * 1e3),
        "peak_rss_mb": .number(memory("VmHWM") ?? .nan),
      ])
    }
  }

  /// A call of so many seconds does not notice cold caches.
  private static let long = 0.5

  static func tell(_ message: JSONObject) {
    print(JSONValue.object(message).text())
    fflush(nil)
  }

  static func seconds(of body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure { try body() }.seconds
  }

  /// A line of this process's `/proc/self/status` in units of 2^20 bytes, such as `VmHWM`, the peak of resident memory.
  static func memory(_ field: String) -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
  }

  /// This side's name in tables' footnotes.
  static var version: String { "ours, OpenBLAS kernels \(MatrixKernels.name)" }
}
