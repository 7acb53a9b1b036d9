public import CLIPCarbonFootprint
public import CLIPStudies
public import CLIPUnits

/// What a search cost: what its own processes spent, and what the models cost that it took over from earlier searches.
///
/// Whichever of several searches over the same shapes comes first pays for the training; the answer of each cost both.
public struct SearchCost: Sendable {
  /// Energy and carbon of every process that worked on the study; nil before the first trial's end.
  public var spent: RunFootprint?
  /// The making of models that were taken over.
  public var takenOver = TakenOver()

  /// Models that had been made before, by any search that shares the folder of candidates.
  public struct TakenOver: Equatable, Sendable {
    /// How many.
    public var count = 0
    /// Looks that had been made before, too.
    public var looks = 0
    /// Time of making them.
    public var wall = Seconds.zero
    /// Energy of making them.
    public var energy = Joules.zero
    /// Carbon of making them.
    public var carbon = KilogramsCO2e.zero
    /// Of how many the energy was not recorded, so that it is their time at ``power``.
    public var estimated = 0
    /// The mean power of the search itself; nil where nothing was estimated.
    public var power: Watts?
    /// Of how many neither was recorded, nor can be estimated.
    public var unknown = 0

    /// Nothing.
    package init() {}
  }

  /// Both.
  public var wall: Seconds { (spent?.wall ?? .zero) + takenOver.wall }
  /// Both.
  public var energy: Joules { (spent?.energy ?? .zero) + takenOver.energy }
  /// Both.
  public var carbon: KilogramsCO2e { (spent?.carbon ?? .zero) + takenOver.carbon }

  /// What a search's own processes spent, with nothing taken over.
  package init(spent: RunFootprint?) { self.spent = spent }

  /// Adds up a study's finished trials.
  /// - Throws: `InputError` for a study that cannot be read.
  public init(_ study: Study, _ finished: [SearchFront.Finished]) throws {
    let spent = try SearchMeter.total(study)
    self.spent = spent
    var sum = TakenOver()
    for one in finished where Self.isTakenOver(one) {
      sum.count += 1
      if let footprint = one.record.measurement.footprint {
        sum.wall = sum.wall + footprint.wall
        sum.energy = sum.energy + footprint.energy
        sum.carbon = sum.carbon + footprint.carbon
        continue
      }
      let time = Seconds(one.record.measurement.times.total)
      sum.wall = sum.wall + time
      guard let spent, spent.wall > .zero else {
        sum.unknown += 1
        continue
      }
      let power = Watts(spent.energy.value / spent.wall.value), energy = power * time
      sum.estimated += 1
      sum.power = power
      sum.energy = sum.energy + energy
      sum.carbon = sum.carbon + OperationalCarbon.carbon(of: energy, pue: spent.pue, on: spent.grid.intensity)
    }
    for row in try study.looks() where row.measurement?["taken_over"]?.boolValue == true {
      sum.looks += 1
      guard let made = row.measurement.flatMap({ CandidateLook($0) })?.footprint else { continue }
      sum.wall = sum.wall + made.wall
      sum.energy = sum.energy + made.energy
      sum.carbon = sum.carbon + made.carbon
    }
    takenOver = sum
  }

  /// Whether a trial's model had been made before.
  public static func isTakenOver(_ one: SearchFront.Finished) -> Bool {
    isTakenOver(
      recorded: one.record.isTakenOver, started: one.trial.started, finished: one.trial.finished,
      making: one.record.measurement.times.total)
  }

  /// Studies of earlier versions do not say: there a trial that ended in less than half the time that its model's making
  /// took did not make it.
  package static func isTakenOver(recorded: Bool?, started: Double?, finished: Double?, making: Double) -> Bool {
    if let recorded { return recorded }
    guard let started, let finished, finished >= started else { return false }
    return finished - started < making / 2
  }
}

extension SearchCost.TakenOver {
  /// How much of it was estimated, in a sentence; empty where all was recorded.
  public var note: String {
    var text = ""
    if estimated > 0, let power {
      text =
        "The energy of \(estimated == count ? "these" : "\(estimated) of these") was not recorded: it is estimated from "
        + "their recorded time, at the mean power of this search (\(power))."
    }
    if unknown > 0 { text += "\(text.isEmpty ? "" : " ")The energy of \(unknown) is not known." }
    return text
  }
}

extension SearchCost {
  /// One line for people: what the search spent, what it took over, and both.
  public var summary: String? {
    guard let spent else { return nil }
    guard takenOver.count + takenOver.looks > 0 else { return spent.summary }
    let looks = takenOver.looks > 0 ? " and \(takenOver.looks) looks" : ""
    return "\(carbon) = \(KilowattHours(energy)) in all; its own processes \(spent.summary); "
      + "\(takenOver.count) models\(looks) taken over from earlier searches, whose making had cost \(takenOver.carbon) = "
      + "\(KilowattHours(takenOver.energy)) in \(takenOver.wall)\(takenOver.note.isEmpty ? "" : ". " + takenOver.note)"
  }
}
