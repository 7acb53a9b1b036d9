public import CLIPCompute
internal import CLIPFiles
internal import CLIPRecipes
public import CLIPStudies

/// Works on a study until its trials are used up: proposes a model, trains and measures it, prices it on every
/// accelerator, writes that down, and asks for the next.
///
/// Several of these, in as many processes, can work on one study; each trial goes to one of them.
public final class SearchRun {
  /// How a run ended.
  public enum Outcome: Equatable, Sendable {
    /// All trials ended, or the time is up.
    case finished
    /// It was asked to stop; the study holds all that was finished.
    case stopped
    /// Failures that look alike: what they say and what to do.
    case gaveUp(String)
  }

  private let recipe: SearchRecipe
  private let study: Study
  private let pool: ThreadPool
  private let observe: (SearchEvent) -> Void
  private let shouldStop: () -> Bool
  /// Prices models for proposals and answers.
  public let outlook: HardwareOutlook
  private let proposer: Proposer
  /// Trains and measures.
  public let trainer: CandidateTrainer
  private let worker: String
  private let meter: SearchMeter
  private let start = ContinuousClock.now
  private var hasToldOfEarlier = false

  /// How long a trial belongs to a worker that gives no sign, in seconds.
  static let lease = 900.0

  /// - Parameters:
  ///   - data: nil opens what the recipe names
  ///   - candidates: the folder of trained models, which studies can share
  ///   - worker: a name that no other process on the study has
  ///   - shouldStop: asked often; a trial that is stopped is taken up again by the next run
  /// - Throws: `InputError` where the base model, the data or the spaces allow no search.
  public init(
    _ recipe: SearchRecipe, _ study: Study, data: SearchData? = nil, candidates: String, worker: String,
    on pool: ThreadPool, version: String,
    observe: @escaping (SearchEvent) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) throws {
    self.recipe = recipe
    self.study = study
    self.pool = pool
    self.observe = observe
    self.shouldStop = shouldStop
    self.worker = worker
    outlook = try HardwareOutlook(recipe, on: pool)
    proposer = try Proposer(recipe, outlook)
    let meter = try SearchMeter(recipe, study, worker: worker, threads: pool.threads)
    self.meter = meter
    let sign = LeaseSign(study)
    self.sign = sign
    trainer = try CandidateTrainer(
      recipe, data: data, folder: candidates, on: pool, version: version,
      observe: { stage in
        if sign.renew() { try? meter.save() }
        observe(.stage(stage))
      }, shouldStop: shouldStop)
  }

  private let sign: LeaseSign

  /// Works until nothing is left to do.
  /// - Throws: `InputError` where the study cannot be written.
  public func run() throws -> Outcome {
    while true {
      if shouldStop() { return .stopped }
      if let seconds = recipe.seconds, (ContinuousClock.now - start).seconds >= seconds { return .finished }
      let asked = ContinuousClock.now
      let claim: Claim?
      do {
        claim = try study.claim(worker: worker, lease: Self.lease) { try proposer.next(after: $0, looks: $1) }
      } catch is CancellationError { return .stopped }
      guard let claim else {
        let others = try study.trials() + (isSpent() ? [] : study.looks())
        if others.contains(where: { $0.state == .running }) {
          observe(.waiting)
          pause()
          continue
        }
        return .finished
      }
      let seconds = (ContinuousClock.now - asked).seconds
      let name = proposer.lattice.name(claim.trial.point), number = claim.trial.number
      let isLook = claim.trial.kind == .look
      observe(
        isLook
          ? .lookStarted(number: number, name: name, origin: claim.trial.origin, seconds: seconds)
          : .started(number: number, name: name, origin: claim.trial.origin, seconds: seconds))
      do {
        try attempt(claim, name: name)
      } catch is CancellationError {
        try study.release(claim)
        return .stopped
      } catch let error as InputError where error.isOfDisk {
        // No fault of the candidate's: it stays to be tried.
        try study.release(claim)
        throw error
      } catch let error as InputError {
        try study.fail(claim, reason: "\(error)")
        observe(
          isLook
            ? .lookFailed(number: number, name: name, reason: "\(error)")
            : .failed(number: number, name: name, reason: "\(error)"))
        if let advice = try study.stopAdvice() { return .gaveUp(advice) }
      }
      try meter.save()
    }
  }

  /// Whether all trainings of the budget have begun.
  private func isSpent() throws -> Bool { try study.trials().count >= study.budget() }

  private func attempt(_ claim: Claim, name: String) throws {
    sign.claim = claim
    defer { sign.claim = nil }
    let kind = claim.trial.kind
    if kind == .training, !hasToldOfEarlier {
      hasToldOfEarlier = true
      if trainer.hasEarlier {
        observe(
          .note("candidates of an earlier version are not used for new trials: their keys cannot be compared"))
      }
    }
    let result = try PointResult(kind, claim.trial.point, recipe, with: trainer, outlook.prices, on: pool)
    try study.finish(claim, measurement: .object(result.measurement), key: result.key)
    observe(result.event(claim.trial.number, name))
  }

  /// Writes down what this process has cost so far, whatever it did since its last trial.
  /// - Throws: `InputError` where the study cannot be written.
  public func saveFootprint() throws { try meter.save() }

  /// What the optimizer would try first, with how long it thought about it.
  /// - Throws: `InputError` for a study that cannot be read.
  public func proposals(_ count: Int) throws -> [(name: String, origin: String)] {
    if recipe.looks != nil, let next = try proposer.next(after: try study.trials(), looks: try study.looks()) {
      let kind = next.kind == .look ? "look: " : ""
      return next.points.prefix(count).map { (proposer.lattice.name($0), "\(kind)\(next.origin)") }
    }
    return try proposer.propose(count, after: try study.trials()).map { (proposer.lattice.name($0.point), $0.origin) }
  }

  private func pause() {
    for _ in 0..<10 where !shouldStop() { Pause.milliseconds(100) }
  }
}

/// Tells the study now and then that a trial is still being worked on.
private final class LeaseSign {
  private let study: Study
  var claim: Claim? { didSet { last = .now } }
  private var last = ContinuousClock.now

  init(_ study: Study) { self.study = study }

  /// A renewal that fails is no reason to stop: the trial's end will tell.
  /// - Returns: whether it was time for one.
  func renew() -> Bool {
    guard let claim, (ContinuousClock.now - last).seconds > SearchRun.lease / 10 else { return false }
    last = .now
    try? study.renew(claim)
    return true
  }
}
