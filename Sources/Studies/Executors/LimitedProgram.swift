internal import CLIPFiles
internal import CLIPSystem

/// A program that is run to its end, without a shell, for so long at the most.
package struct LimitedProgram {
  private let words: [String]
  private let seconds: Double

  /// - Parameters:
  ///   - words: the program, looked for as a shell would, and its arguments
  ///   - seconds: after these it is ended by force, with all that it started in its process group
  package init(_ words: [String], seconds: Double) {
    self.words = words
    self.seconds = seconds
  }

  /// What it printed on standard output.
  /// - Parameters:
  ///   - errors: the file that its standard error goes to; it is told from there what went wrong
  ///   - shouldStop: asked often
  /// - Throws: `InputError` where it cannot be started, takes too long, or ends with a fault, with the last line of its
  ///   standard error; `CancellationError` when stopped.
  package func output(errors: String, shouldStop: () -> Bool) throws -> String {
    guard let program = words.first else { throw InputError("no program was named") }
    let work = try WorkFolder(), file = "\(work.path)/output.txt"
    defer { withExtendedLifetime(work) {} }
    let child = try ChildProcess(program, Array(words.dropFirst()), output: file, errors: errors)
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      if let status = child.status() {
        // What it left running must not go on unseen.
        child.endGroup()
        guard status == .ended(0) else {
          let last = ((try? TextFile.lines(of: errors)) ?? []).last { !$0.isEmpty }
          let how: String =
            switch status {
            case .ended(let code): "ended with status \(code)"
            case .signal(let number): "was ended by signal \(number)"
            }
          throw InputError("\(how)\(last.map { ": \($0.shortened(to: 300))" } ?? "")", file: program)
        }
        return try TextFile.text(of: file, limit: 1 << 20)
      }
      if shouldStop() {
        child.endGroup()
        child.end(within: 0)
        throw CancellationError()
      }
      if ContinuousClock.now > deadline {
        child.endGroup()
        child.end(within: 0)
        throw InputError("took longer than \(Int(seconds.rounded(.up))) s and was ended", file: program)
      }
      Pause.milliseconds(10)
    }
  }
}
