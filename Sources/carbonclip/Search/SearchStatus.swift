import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPStudies
import CLIPUnits

/// How far a study is, for people; may be asked while others work on it.
struct SearchStatus {
  let text: String
  let json: JSONValue

  init(_ place: StudyPlace, _ recipe: SearchRecipe) throws {
    let study = try Study.read(place.study), trials = try study.trials()
    let looks = try study.looks(), progress = SearchProgress(trials, looks: looks, budget: try study.budget())
    var lines = ["\(place.study): \(Self.line(progress))"]
    let shapes = try recipe.trainings.map { _ in try TrainedShapes(trials, recipe).begun.count }
    if let shapes, let most = recipe.trainings { lines.append("  \(shapes) of at most \(most) shapes trained") }
    let tasks = TaskFolder(place.tasks)
    var hands: [Int: TaskFolder.Hand] = [:]
    for trial in try study.given() where trial.kind == .training {
      let task = try tasks.newest(SearchTask.word(trial.kind), trial.number)
      // One that has ended waits to be taken up.
      if let task, tasks.outcome(task) == nil { hands[trial.number] = tasks.hand(task) }
    }
    var abandoned = try study.abandonedTrials()
    for (number, hand) in hands { if case .gone = hand { abandoned.insert(number) } }
    for trial in trials where trial.state == .running {
      let name = SearchNames.name(trial, recipe)
      if hands[trial.number] == .open {
        lines.append("  trial \(trial.number) waits for a place: \(name)")
        continue
      }
      if abandoned.contains(trial.number) {
        lines.append("  trial \(trial.number) lost its process; --resume takes it up: \(name)")
        continue
      }
      var place = ""
      if case .held(let holder) = hands[trial.number] {
        place = " on \(holder.host)\(holder.job.map { ", job \($0)" } ?? "")"
      }
      lines.append(
        "  trial \(trial.number) runs for \(Seconds(max(0, UTCDate.now - (trial.started ?? UTCDate.now))))\(place): \(name)"
      )
    }
    for look in looks where look.state == .running {
      lines.append("  look \(look.number) runs: \(SearchNames.name(look, recipe))")
    }
    let records = trials.compactMap { trial in
      trial.measurement.flatMap { TrialRecord($0, metrics: recipe.metrics.count) }.map { (trial, $0) }
    }
    if let best = records.max(by: {
      $0.1.measurement.accuracy(recipe.precision).mean < $1.1.measurement.accuracy(recipe.precision).mean
    }) {
      let accuracy = best.1.measurement.accuracy(recipe.precision).mean
      lines.append(
        "  most accurate (\(recipe.accuracyTitle)): \(Figures.percent(accuracy)), \(SearchNames.name(best.0, recipe))")
    }
    for metric in recipe.metrics.indices {
      let least = records.compactMap { one in
        one.1.placements.map { $0.values[metric] }.min().map { (one.0, $0, one.1) }
      }.min { $0.1 < $1.1 }
      if let least {
        let accuracy = least.2.measurement.accuracy(recipe.precision).mean
        lines.append(
          "  least \(recipe.metrics[metric].title): \(recipe.metrics[metric].text(least.1)) at "
            + "\(Figures.percent(accuracy)), \(SearchNames.name(least.0, recipe))")
      }
    }
    for trial in trials where trial.state == .failed {
      lines.append("  trial \(trial.number) failed: \(trial.reason ?? "")")
    }
    for look in looks where look.state == .failed {
      lines.append("  look \(look.number) failed: \(look.reason ?? "")")
    }
    let learned = records.isEmpty ? nil : try SearchLearned(recipe, trials, on: ThreadPool())
    if let learned { lines.append(learned.text) }
    text = lines.joined(separator: "\n")
    func names(_ state: Trial.State) -> JSONValue {
      .array(
        trials.filter { $0.state == state }.map { trial in
          [
            "trial": .integer(trial.number), "model": .string(SearchNames.name(trial, recipe)),
            "reason": trial.reason.map { .string($0) } ?? .null,
          ]
        })
    }
    var object: JSONObject = [
      "study": .string(place.study), "trials": .integer(progress.budget), "finished": .integer(progress.finished),
      "failed": names(.failed), "running": names(.running),
      "abandoned": .array(abandoned.sorted().map { .integer($0) }),
      "looks": .object(
        Trial.State.allCases.reduce(into: JSONObject()) { counts, state in
          counts[state.rawValue] = .integer(looks.count { $0.state == state })
        }),
      "accuracy": .string(recipe.accuracyTitle),
      "seconds_left": progress.left > 0 ? progress.secondsLeft.map { .number($0) } ?? .null : 0,
      "learned": learned?.json ?? .null,
    ]
    if let shapes, let most = recipe.trainings {
      object["trained_shapes"] = .integer(shapes)
      object["trainings"] = .integer(most)
    }
    json = .object(object)
  }

  static func line(_ progress: SearchProgress) -> String {
    var text = "\(progress.finished) of \(progress.budget) trials finished"
    if progress.failed > 0 { text += ", \(progress.failed) failed" }
    if progress.running > 0 { text += ", \(progress.running) running" }
    if progress.looks > 0 { text += ", \(progress.looks) looks" }
    if progress.left > 0, let seconds = progress.secondsLeft {
      text += "; about \(Figures.duration(seconds / Double(max(1, progress.running)))) left"
    }
    return text
  }
}

/// Names of trials for people.
enum SearchNames {
  static func name(_ trial: Trial, _ recipe: SearchRecipe) -> String {
    let point = Array(trial.point.prefix(recipe.space.axes.count))
    guard point.count == recipe.space.axes.count,
      zip(point, recipe.space.axes).allSatisfy({ $1.sizes.indices.contains($0) })
    else { return "?" }
    return recipe.space.shortName(point)
  }
}
