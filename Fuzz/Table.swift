/// The outcome of all readers, a line each, as docs/fuzzing.md shows it.
struct Table {
  private var total = Campaign.Tally()
  private(set) var seconds = 0.0

  init() {
    print("| reader | cases | accepted | refused | signals | hangs | other faults | longest message | peak MB | s |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
  }

  var findings: Int { total.findings }

  mutating func add(_ name: String, _ tally: Campaign.Tally) {
    total.cases += tally.cases
    total.accepted += tally.accepted
    total.refused += tally.refused
    total.signals += tally.signals
    total.hangs += tally.hangs
    total.faults += tally.faults
    total.longestMessage = max(total.longestMessage, tally.longestMessage)
    total.peakBytes = max(total.peakBytes, tally.peakBytes)
    total.seconds += tally.seconds
    seconds += tally.seconds
  }

  func line(_ name: String, _ tally: Campaign.Tally) -> String {
    let cells = [
      tally.cases, tally.accepted, tally.refused, tally.signals, tally.hangs, tally.faults, tally.longestMessage,
      tally.peakBytes >> 20, Int(tally.seconds.rounded()),
    ]
    return "| \(name) | \(cells.map(String.init).joined(separator: " | ")) |"
  }

  var lastLine: String { line("**all**", total) }
}
