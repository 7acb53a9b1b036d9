import CLIPUnits

/// Progress of work in several stages, each with a rate and an end of its own.
final class StageProgress {
  let console: Console
  private var stage = ""
  private var start = ContinuousClock.now
  private var last = ContinuousClock.now

  init(_ console: Console) { self.console = console }

  /// - Parameters:
  ///   - stage: what is being done
  ///   - unit: what is counted
  func show(_ stage: String, _ unit: String, done: Int, total: Int?) {
    if stage != self.stage {
      self.stage = stage
      // Its first step began when the stage before ended.
      start = last
    }
    last = .now
    let seconds = (ContinuousClock.now - start).seconds
    console.status(
      "\(stage): \(ProgressLine(unit: unit, total: total).text(done: done, seconds: seconds))", isLast: done == total)
  }
}
