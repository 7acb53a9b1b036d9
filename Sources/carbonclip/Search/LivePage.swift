import CLIPCompute
import CLIPFiles
import CLIPReports
import CLIPSearch
import CLIPStudies

/// Keeps a study's page up to date while the search is at work: written anew after each trial where that takes up to a
/// second, else after every so many that it takes no more than a second a trial.
final class LivePage {
  private let recipe: SearchRecipe
  private let study: Study
  private let place: StudyPlace
  private let pool: ThreadPool
  private let console: Console
  /// Prices what the page shows; known once the search has begun.
  var outlook: HardwareOutlook?
  private var written = 0, every = 1, hasFailed = false

  init(_ recipe: SearchRecipe, _ study: Study, _ place: StudyPlace, on pool: ThreadPool, _ console: Console) {
    self.recipe = recipe
    self.study = study
    self.place = place
    self.pool = pool
    self.console = console
  }

  /// After a trial.
  func follow(_ event: SearchEvent) {
    switch event {
    case .finished, .failed:
      if let ended = try? ended() { follow(ended: ended) }
    default: break
    }
  }

  /// After trials of other processes.
  func follow(ended: Int) {
    guard ended > 0, ended >= written + every || written == 0 else { return }
    written = ended
    let start = ContinuousClock.now
    write(isAtWork: true)
    every = max(1, Int((ContinuousClock.now - start).seconds.rounded(.up)))
  }

  /// Who stops a search does not wait longer for its page.
  private static let longestWait = 5

  /// The page of a search that stopped, which does not load itself again.
  func stop() {
    guard written > 0 else { return }
    if every <= Self.longestWait { return write(isAtWork: false) }
    // What it was after the last trials that it was written for.
    let path = "\(place.folder)/\(SearchFiles.page)"
    if let text = try? TextFile.text(of: path) { try? AtomicFile.write(SearchPage.stopped(text), to: path) }
  }

  private func ended() throws -> Int {
    try study.trials().count { $0.state == .finished || $0.state == .failed }
  }

  /// A fault is told once and ends nothing: the study has it all.
  private func write(isAtWork: Bool) {
    guard let outlook else { return }
    do {
      var summary = try SearchSummary(recipe, study, outlook, on: pool)
      if isAtWork { summary.progress = SearchProgress(try study.trials(), budget: try study.budget()) }
      try AtomicFile.write(SearchPage(summary).html(), to: "\(place.folder)/\(SearchFiles.page)")
    } catch {
      if !hasFailed { console.note("note: \(place.folder)/\(SearchFiles.page): \(error)") }
      hasFailed = true
    }
  }
}
