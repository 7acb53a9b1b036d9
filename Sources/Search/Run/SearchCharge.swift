internal import CLIPCarbonFootprint
public import CLIPFiles
public import CLIPStudies
public import CLIPUnits

/// What the candidates of a search cost that shares them with others: each one that it would have trained is charged with all
/// of its making, whether the search made it or took it over.
///
/// A shape that was trained once and measured in several arithmetics is one training, and a measurement for each arithmetic
/// that the search asked for. What proposing takes is not in it; trials that failed left no figures.
public struct SearchCharge: Equatable, Sendable {
  /// Finished trials.
  public var trials = 0
  /// Different shapes that had to be trained.
  public var trainings = 0
  /// How many of them another search had trained.
  public var takenOver = 0
  /// Samples that they were trained on.
  public var samples = 0
  /// Of cutting, training and measuring, and of looks.
  public var time = Seconds.zero
  /// Of the same.
  public var energy = Joules.zero
  /// Of the same, on the grids where it was done.
  public var carbon = KilogramsCO2e.zero
  /// Measurements and trainings whose energy was recorded nowhere; it is missing above.
  public var unknown = 0

  /// Nothing.
  public init() {}

  /// Adds up the finished trials of searches that count as one: what two of them have in common is charged once.
  /// - Parameters:
  ///   - searches: each with its study, for its looks
  ///   - pool: of further searches on the same candidates: what they trained is looked up there
  /// - Throws: `InputError` for a study that cannot be read.
  public init(_ searches: [(front: SearchFront, study: Study)], pool: [SearchFront] = []) throws {
    // By checkpoint and arithmetic; the base model has no checkpoint.
    var measured: [String: [String: CandidateMeasurement]] = [:], own: Set<String> = []
    for (front, study) in searches {
      for one in front.finished {
        trials += 1
        let found = one.record.measurement, known = measured[found.checkpoint]?[found.arithmetic]
        if found.isOfTraining, !SearchCost.isTakenOver(one) { own.insert(found.checkpoint) }
        if known == nil || found.isOfTraining { measured[found.checkpoint, default: [:]][found.arithmetic] = found }
      }
      for look in try study.looks() { add(look.measurement.flatMap { CandidateLook($0) }?.footprint) }
    }
    let trained = (searches.map(\.front) + pool).flatMap(\.finished).map(\.record.measurement).filter(\.isOfTraining)
      .reduce(into: [String: CandidateMeasurement]()) { $0[$1.checkpoint] = $1 }
    for (checkpoint, list) in measured.sorted(by: { $0.key < $1.key }) {
      var parts = list.sorted { $0.key < $1.key }.map(\.value)
      if !checkpoint.isEmpty {
        trainings += 1
        samples += parts[0].samples
        if !own.contains(checkpoint) { takenOver += 1 }
        if !parts.contains(where: \.isOfTraining) {
          // Trained for another arithmetic by another search: its making holds one measurement.
          parts.removeFirst()
          if let training = trained[checkpoint] { parts.append(training) } else { unknown += 1 }
        }
      }
      for part in parts {
        guard let footprint = part.footprint else {
          unknown += 1
          time = time + Seconds(part.times.total)
          continue
        }
        add(footprint)
      }
    }
  }

  private mutating func add(_ footprint: RunFootprint?) {
    guard let footprint else { return }
    time = time + footprint.wall
    energy = energy + footprint.energy
    carbon = carbon + footprint.carbon
  }

  /// As plain data; names carry their units.
  public var json: JSONObject {
    [
      "trials": .integer(trials), "trainings": .integer(trainings), "taken_over": .integer(takenOver),
      "samples": .integer(samples), "wall_s": .number(time.value), "energy_j": .number(energy.value),
      "carbon_kgco2e": .number(carbon.value), "unknown": .integer(unknown),
    ]
  }

  /// What ``json`` wrote; nil for anything else.
  public init?(_ json: JSONValue) {
    guard let trials = json["trials"]?.intValue, let trainings = json["trainings"]?.intValue,
      let takenOver = json["taken_over"]?.intValue, let samples = json["samples"]?.intValue,
      let time = json["wall_s"]?.doubleValue, let energy = json["energy_j"]?.doubleValue,
      let carbon = json["carbon_kgco2e"]?.doubleValue, let unknown = json["unknown"]?.intValue
    else { return nil }
    (self.trials, self.trainings, self.takenOver, self.samples) = (trials, trainings, takenOver, samples)
    (self.time, self.energy, self.carbon) = (Seconds(time), Joules(energy), KilogramsCO2e(carbon))
    self.unknown = unknown
  }
}

extension CandidateMeasurement {
  /// Whether its candidate was trained for it, and not measured again in another arithmetic.
  fileprivate var isOfTraining: Bool { !checkpoint.isEmpty && times.training > 0 }
}
