import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPStudies
import CLIPUnits

/// `search --dry-run`: everything is checked, one small piece of training is timed, and nothing is kept.
struct DryRun {
  private let session: SearchSession
  private let threads: Int?

  init(_ session: SearchSession, threads: Int?) {
    self.session = session
    self.threads = threads
  }

  func run() throws {
    let recipe = session.recipe, pool = threads.map { ThreadPool(threads: $0) } ?? ThreadPool()
    let work = try WorkFolder(), folder = work.path
    defer { withExtendedLifetime(work) {} }
    let study = try Study.open(
      "\(folder)/study.sqlite",
      identity: StudyIdentity(recipe: recipe.node.json, codeVersion: Version.current, dataFingerprint: ""),
      budget: recipe.trials)
    let run = try SearchRun(
      recipe, study, data: session.data, candidates: folder, worker: "dry", on: pool, version: Version.current,
      observe: { event in
        if case .stage(let stage) = event {
          session.console.status("\(stage.name) \(stage.done)/\(stage.total)", isLast: false)
        }
      }, shouldStop: { StopSignal.isRaised })
    let probe = try run.trainer.probe()
    session.console.clearLine()
    let accelerators = if case .space(let space) = recipe.hardware { space.count } else { 1 }
    var table = Table(["", ""], words: [0, 1])
    table.add([
      "mode",
      "\(recipe.mode.rawValue): accuracy (\(recipe.accuracyTitle)), \(recipe.metrics.map(\.title).joined(separator: ", "))",
    ])
    table.add(["model shapes", Figures.count(recipe.space.count)])
    table.add(["accelerators", "\(Figures.count(accelerators)) (\(recipe.hardwareName))"])
    table.add(["limits", recipe.limits.isEmpty ? "none" : recipe.limits.map(\.description).joined(separator: ", ")])
    table.add(["trials", "\(recipe.trials), \(recipe.optimizer.name)"])
    if let trainings = recipe.trainings { table.add(["shapes trained", "at most \(trainings)"]) }
    table.add(["measuring the whole model", "\(Seconds(probe.evaluation))"])
    if recipe.mode != .allHardware {
      table.add([
        "training",
        "\(Figures.significant(probe.samplesPerSecond)) samples/s of the whole model, in \(recipe.trainingPrecision.rawValue)",
      ])
      table.add(["a trial", "about \(Figures.duration(probe.secondsPerTrial))"])
      // A trial of a trained shape only measures.
      let trained = min(recipe.trials, recipe.trainings ?? recipe.trials)
      var all = probe.secondsPerTrial * Double(trained) + probe.evaluation * Double(recipe.trials - trained)
      if let plan = recipe.looks, let look = probe.secondsPerLook {
        let turns = max(0, recipe.trials - plan.firstTrainings)
        let count = min(recipe.space.count, plan.firstLooks + plan.looksPerTraining * turns)
        table.add([
          "a look",
          "about \(Figures.duration(look)), and \(Figures.duration(probe.preparation ?? 0)) once for what all share",
        ])
        table.add(["looks", Figures.count(count)])
        all += look * Double(count) + (probe.preparation ?? 0)
      }
      table.add(["all of them", "about \(Figures.duration(min(all, recipe.seconds ?? all)))"])
    }
    let proposals = try run.proposals(6), trainings: JSONValue = recipe.trainings.map { .integer($0) } ?? .null
    Output.result(
      [
        "mode": .string(recipe.mode.rawValue), "metrics": .array(recipe.metrics.map { .string($0.rawValue) }),
        "shapes": .integer(recipe.space.count), "accelerators": .integer(accelerators),
        "limits": .array(recipe.limits.map { .string($0.description) }), "trials": .integer(recipe.trials),
        "trainings": trainings,
        "optimizer": .string("\(recipe.optimizer.name)"), "evaluation_s": .number(probe.evaluation),
        "samples_per_second": .number(probe.samplesPerSecond),
        "training": .string(recipe.trainingPrecision.rawValue), "trial_s": .number(probe.secondsPerTrial),
        "look_s": JSONValue(probe.secondsPerLook),
        "proposals": .array(proposals.map { ["model": .string($0.name), "origin": .string($0.origin)] }),
      ],
      text: "\(table.shown)\n\nfirst proposals:\n"
        + proposals.map { "  \($0.name) (\($0.origin))" }.joined(separator: "\n"))
  }
}
