import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPRanks
import CLIPReports
import CLIPTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a CLIP model from random weights.",
    discussion: """
      Flags and defaults are open_clip's; those that mean nothing here are passed over with a note. Everything a run \
      makes lies in LOGS/NAME: settings, log, a page of curves, checkpoints. Stop it with Ctrl-C and go on with --resume \
      latest: the result is the same to the bit.

      Example: carbonclip train --model micro-s --tokenizer data/vocabularies/scenes --train-data \
      'scenes:train?count=100000' --val-data scenes:validation --epochs 1 --batch-size 128 --lr 1e-3
      """)

  @OptionGroup var options: TrainingOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws { try TrainingRun(options, preset: .train, command: "train").run() }
}

struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train on from a checkpoint, with distillation where there is a teacher.",
    discussion: """
      Its defaults keep what the weights know: a learning rate of 1e-5 (1e-4 with a teacher), a short warm-up, clipped \
      gradients, one epoch. With --distill-pretrained the loss is feature matching, affinities and interactive \
      contrast with the teacher.

      Validates before the first step, after each epoch and at the end (--val-frequency).

      Example: carbonclip finetune --pretrained checkpoints/base --distill-pretrained checkpoints/base --train-data \
      'scenes:train?count=3200&seed=2' --val-data scenes:validation
      """)

  @OptionGroup var options: TrainingOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws { try TrainingRun(options, preset: .finetune, command: "finetune").run() }
}

/// One run of either command.
struct TrainingRun {
  private let options: TrainingOptions
  private let preset: TrainingSettings.Preset
  private let command: String
  private let console = Console()

  init(_ options: TrainingOptions, preset: TrainingSettings.Preset, command: String) {
    self.options = options
    self.preset = preset
    self.command = command
  }

  /// Trains alone, or as one of the ranks that `mpirun` or `srun` started: then rank 0 alone writes and speaks.
  func run() throws {
    guard let ranks = try RankedRun.join() else { return try run(nil) }
    try ranks.run { try run(ranks.group) }
  }

  private func run(_ ranks: (any RankGroup)?) throws {
    let request = try TrainingRequest(try options.node(), preset: preset)
    let threads = try options.threads ?? ranks.map { try $0.threads(available: ThreadPool.availableProcessors) }
    let pool = ThreadPool(threads: threads)
    if let advice = MatrixKernels.advice { console.note("note: \(advice)") }
    let resume: Trainer.Resume =
      switch options.resume {
      case nil: .never
      case "latest": .latest
      case .some(let path): .from(path)
      }
    let name =
      options.name
      ?? Folder.name(of: options.recipe.map(Self.withoutEnding) ?? request.model ?? request.pretrained ?? command)
    try Folder.requirePlain(name, option: "--name")
    let display = TrainingDisplay(console), isSpeaker = ranks.map { $0.rank == 0 } ?? true
    let folder = "\(options.logs.isEmpty ? "." : options.logs)/\(name)"
    let pages = RunPages(folder: folder, console)
    let trainer = try request.trainer(
      in: folder, resume: resume, allowsChanges: options.force, on: pool, ranks: ranks,
      version: Version.current
    ) { event in
      guard isSpeaker else { return }
      display.show(event)
      pages.follow(event)
    }
    StopSignal.listen()
    let outcome = try trainer.run(shouldStop: { StopSignal.isRaised })
    guard isSpeaker else {
      if outcome == .stopped { throw CancellationError() }
      return
    }
    pages.write()
    console.clearLine()
    if let leftOut = trainer.leftOutSummary { console.note("note: \(leftOut)") }
    switch outcome {
    case .finished: Output.result(Self.document(trainer, "finished", folder), text: display.summary(trainer, folder))
    case .stopped:
      Output.document(Self.document(trainer, "stopped", folder))
      console.note("stopped; everything is saved. Go on with:")
      console.note("  \(resumeCommand(name))")
      throw CancellationError()
    }
  }

  private static func document(_ trainer: Trainer, _ outcome: String, _ folder: String) -> JSONValue {
    [
      "outcome": .string(outcome), "steps": .integer(trainer.steps), "total_steps": .integer(trainer.totalSteps),
      "samples": .integer(trainer.samples), "folder": .string(folder),
      "metrics": trainer.lastValidation?.json ?? .null,
      "footprint": trainer.footprint.map { .object($0.json) } ?? .null,
      "files": WrittenFiles(folder: folder).json,
    ]
  }

  private static func withoutEnding(_ path: String) -> String {
    for ending in [".yaml", ".yml"] where path.hasSuffix(ending) { return String(path.dropLast(ending.count)) }
    return path
  }

  /// The command line that takes the run up again: this one with `--resume latest`.
  private func resumeCommand(_ name: String) -> String {
    var words = Array(CommandLine.arguments.dropFirst())
    if let place = words.firstIndex(of: "--resume") { words.removeSubrange(place..<min(place + 2, words.count)) }
    words.removeAll { $0.hasPrefix("--resume=") }
    if options.name == nil { words += ["--name", name] }
    let quoted = words.map { word in
      word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:".contains($0) }
        ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }
    return "carbonclip \(quoted.joined(separator: " ")) --resume latest"
  }
}
