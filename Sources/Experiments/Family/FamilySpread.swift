internal import CLIPFiles
internal import CLIPSearch
public import CLIPStudies

extension FamilyRun {
  /// Trains and measures what is lacking through others, each training a task; this process alone writes the record.
  ///
  /// Killed and started again, it takes up what has finished meanwhile. A training that is lost is given out again.
  /// - Parameters:
  ///   - executor: lets processes take the tasks
  ///   - folder: of the tasks
  ///   - family: the recipe's file, under a path that the executor's processes see
  ///   - owner: this process's right to the record; once another has it, nothing is written any more
  /// - Throws: as ``run()``; and where processes die again and again.
  public func run(through executor: any TaskExecutor, _ folder: TaskFolder, family: String, owner: Ownership) throws {
    defer { executor.end() }
    // A file system that machines share is asked less often.
    let pause: UInt32 = FileSystem.sharedName(recipe.record) == nil ? 50 : 1000
    var lacking = try lackingRuns(), open: [TaskName: Lacking] = [:], losses: [Int: Int] = [:], fault: InputError?
    // What an earlier one gave: of another training, by a changed recipe, nothing is known.
    for item in lacking {
      guard let task = try folder.newest(FamilyTask.word, item.number) else { continue }
      let content = FamilyTask((try? JSONParser.parse(file: folder.file(task))) ?? .null)
      if content?.key == item.key, content?.seed == item.seed, content?.reads == recipe.readsText {
        open[task] = item
      } else {
        _ = try folder.withdraw(task)
        try folder.forget(task)
      }
    }
    lacking.removeAll { item in open.values.contains { $0.number == item.number } }
    var isStopping = false
    while true {
      if owner.isLost {
        throw InputError(
          "belongs to another process by now, because this one gave no sign for too long", file: recipe.record)
      }
      for task in try folder.ended() {
        guard task.kind == FamilyTask.word, let outcome = folder.outcome(task) else { continue }
        executor.ended(task)
        guard let item = open.removeValue(forKey: task) else {
          try folder.forget(task)
          continue
        }
        switch outcome {
        case .finished(let json):
          guard let run = FamilyModel.Run(.object(json)), run.key == item.key, isWhole(run) else {
            try folder.forget(task)
            lacking.append(item)
            continue
          }
          try keep(run, of: item.model)
          try folder.remove(task.kind, task.number)
        case .failed(let reason):
          try folder.remove(task.kind, task.number)
          fault = fault ?? InputError("\(item.model), seed \(item.seed): \(reason)")
        case .released(let reason):
          try folder.forget(task)
          lacking.append(item)
          if !reason.isEmpty { fault = fault ?? InputError(reason) }
        }
        tell("\(open.count) at work")
      }
      if !isStopping, shouldStop() || fault != nil {
        isStopping = true
        executor.stop(Array(open.keys))
      }
      while !isStopping, let item = lacking.first, executor.room(beside: Array(open.keys)) > 0 {
        let content = FamilyTask(
          family: family, model: item.model, sizes: item.sizes, cut: item.cut, seed: item.seed, key: item.key,
          precision: item.precision, reads: recipe.readsText, candidates: self.folder, version: version)
        let task = try folder.write(FamilyTask.word, item.number, content.json)
        lacking.removeFirst()
        open[task] = item
        try executor.start(task)
        tell("\(open.count) at work")
      }
      for (task, loss) in try executor.lost(among: Array(open.keys)) {
        guard let item = open[task], folder.outcome(task) == nil else { continue }
        open[task] = nil
        lacking.append(item)
        guard loss != .untouched else { continue }
        losses[item.number, default: 0] += 1
        if losses[item.number] == Study.mostAttempts {
          fault =
            fault
            ?? InputError(
              "\(item.model), seed \(item.seed): its process ended \(Study.mostAttempts) times without a word")
        }
      }
      if open.isEmpty, isStopping || lacking.isEmpty { break }
      Pause.milliseconds(pause)
    }
    folder.tidy()
    if let fault { throw fault }
    if isStopping { throw CancellationError() }
  }
}
