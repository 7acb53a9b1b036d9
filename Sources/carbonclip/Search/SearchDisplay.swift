import CLIPFiles
import CLIPSearch
import CLIPStudies
import CLIPUnits

/// What a person sees while a search runs: a line for each trial, and the progress of the one at work.
final class SearchDisplay {
  private let recipe: SearchRecipe
  private let study: Study
  private let console: Console
  private let isQuiet: Bool
  private let isAlone: Bool
  private var current = ""

  /// - Parameter isAlone: whether this process does the trials itself, one after another
  init(_ recipe: SearchRecipe, _ study: Study, _ console: Console, isQuiet: Bool, isAlone: Bool = true) {
    self.recipe = recipe
    self.study = study
    self.console = console
    self.isQuiet = isQuiet
    self.isAlone = isAlone
  }

  func begin() {
    let accelerators: String =
      switch recipe.hardware {
      case .space(let space): "\(Figures.count(space.count)) accelerators of \(recipe.hardwareName)"
      case .design: "accelerator \(recipe.hardwareName)"
      }
    console.note(
      "\(recipe.name): accuracy (\(recipe.accuracyTitle)) against \(recipe.metrics.map(\.title).joined(separator: " and ")), "
        + "\(Figures.count(recipe.space.count)) shapes x \(accelerators), "
        + "scenario \(recipe.assessor.scenario.name) (\(recipe.assessor.scenario.lifetime.summary)), "
        + "boundary \(recipe.assessor.scenario.boundary.rawValue)")
    if let measured = recipe.assessor.measured {
      for line in measured.summary { console.note(line) }
      for point in [recipe.space.largestPoint, recipe.space.smallestPoint] {
        if let shape = try? recipe.space.shape(point),
          let note = measured.extrapolation(to: shape, in: recipe.assessor.scenario.use)
        {
          console.note("note: \(note)")
        }
      }
    }
    if let progress, progress.finished > 0 { console.note(SearchStatus.line(progress)) }
  }

  private var progress: SearchProgress? {
    guard let trials = try? study.trials(), let budget = try? study.budget() else { return nil }
    return SearchProgress(trials, looks: (try? study.looks()) ?? [], budget: budget)
  }

  func show(_ event: SearchEvent) {
    switch event {
    case .started(let number, _, let origin, let seconds):
      begin("trial", number, origin, seconds)
    case .lookStarted(let number, _, let origin, let seconds):
      begin("look", number, origin, seconds)
    case .stage(let stage):
      if !isQuiet {
        console.status("\(current) · \(stage.name) \(stage.done)/\(stage.total)", isLast: false)
      }
    case .finished(let number, let name, let record, let wasKnown):
      let accuracy = record.measurement.accuracy(recipe.precision)
      let costs = recipe.metrics.indices.map { index in
        let least = record.placements.map { $0.values[index] }.min()
        return least.map { recipe.metrics[index].text($0) } ?? "no accelerator within the limits"
      }
      let time = wasKnown ? "known" : "\(Seconds(record.measurement.times.total))"
      console.note(
        "trial \(number): \(Figures.percent(accuracy.mean)) "
          + "(± \(Figures.significant(accuracy.standardError * 100))), \(costs.joined(separator: ", ")) · "
          + "\(short(name)) · \(time)")
    case .looked(let number, let name, let look, let wasKnown):
      console.note(
        "look \(number): \(Figures.percent(look.accuracy.mean)) untrained · \(short(name)) · "
          + (wasKnown ? "known" : "\(Seconds(look.seconds))"))
    case .lookFailed(let number, let name, let reason):
      console.note("look \(number) failed: \(reason) (\(short(name)))")
    case .failed(let number, let name, let reason):
      console.note("trial \(number) failed: \(reason) (\(short(name)))")
    case .note(let text): console.note("note: \(text)")
    case .waiting:
      if !isQuiet { console.status("waiting for other workers", isLast: false) }
    }
  }

  private func begin(_ what: String, _ number: Int, _ origin: String, _ seconds: Double) {
    if !isAlone {
      if let progress { console.status(SearchStatus.line(progress), isLast: false) }
      return
    }
    current = "\(what) \(number) (\(origin)\(seconds > 0.05 ? ", \(Seconds(seconds)) to propose" : ""))"
    guard let progress else { return }
    current = "\(progress.finished)/\(progress.budget) · \(current)"
    if let left = progress.secondsLeft { current += " · about \(Figures.duration(left)) left" }
  }

  private func short(_ name: String) -> String { name }
}
