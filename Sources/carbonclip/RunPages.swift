import CLIPFiles
import CLIPReports
import CLIPTraining

/// Keeps a run's page and TensorBoard file up to date with its log.
final class RunPages {
  private let folder: String
  private let console: Console
  private var last = ContinuousClock.now
  private var hasFailed = false

  init(folder: String, _ console: Console) {
    self.folder = folder
    self.console = console
  }

  /// Writes after what a reader waits for, but not more than once in ten seconds.
  func follow(_ event: TrainingEvent) {
    switch event {
    case .validation, .checkpoint:
      guard ContinuousClock.now - last > .seconds(10) else { return }
      write()
    default: return
    }
  }

  /// Writes both from the log. A fault is told once and ends nothing: the log has it all.
  func write() {
    last = .now
    do { try Self.write(folder) } catch {
      if !hasFailed { console.note("\(error)") }
      hasFailed = true
    }
  }

  /// Writes a run's page and TensorBoard file.
  /// - Throws: ``InputError`` when the log cannot be read or a file not be written.
  static func write(_ folder: String) throws {
    let log = try TrainingLog(path: "\(folder)/log.jsonl")
    try AtomicFile.write(RunPage.html(log), to: "\(folder)/run.html")
    try TensorBoardEvents.write(log: log, to: "\(folder)/tensorboard")
  }
}
