import ArgumentParser
import CLIPCompute

/// How many threads a command that runs no model works on.
struct ThreadOptions: ParsableArguments {
  /// What any command's `--threads` may be: more would only keep other programs from starting theirs.
  static let range = 1...1024

  @Option(help: "Threads to work on; by default one a processor.")
  var threads: Int?

  func validate() throws { try Self.check(threads) }

  /// - Throws: a message for the command line when there are none or too many.
  static func check(_ threads: Int?) throws {
    guard let threads, !range.contains(threads) else { return }
    throw ValidationError(
      "--threads must be from \(range.lowerBound) to \(range.upperBound), found \(threads)")
  }

  var pool: ThreadPool { ThreadPool(threads: threads) }
}
