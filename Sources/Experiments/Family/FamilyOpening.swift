public import CLIPFiles

/// That a family's sealed test sets were opened: when, and which trainings are of it.
///
/// Opening joins what models guessed with the pictures' labels, once. A training is of it where its readings hold an accuracy
/// on test; one that is recorded later has none.
public struct FamilyOpening: Equatable, Sendable {
  /// When, as `2026-12-01 09:30 UTC`.
  public let date: String
  /// The fingerprint of all trainings that were opened, with their guesses.
  public let digest: String
  /// Models of the recipe that were given up: not all their trainings were there.
  public let givenUp: [String]

  /// As plain data.
  public var json: JSONValue {
    var object: JSONObject = ["date": .string(date), "digest": .string(digest)]
    if !givenUp.isEmpty { object["given_up"] = .array(givenUp.map { .string($0) }) }
    return .object(object)
  }

  /// What ``json`` wrote; nil for anything else.
  init?(_ json: JSONValue) {
    guard let date = json["date"]?.stringValue, let digest = json["digest"]?.stringValue else { return nil }
    self.init(date: date, digest: digest, givenUp: (json["given_up"]?.arrayValue ?? []).compactMap(\.stringValue))
  }

  init(date: String, digest: String, givenUp: [String]) {
    self.date = date
    self.digest = digest
    self.givenUp = givenUp
  }
}

extension FamilyModel.Run {
  /// Whether its guesses on sealed test sets were opened.
  public var isOpened: Bool { isSealed && readings.allSatisfy { $0.test != nil } }
}

extension FamilyRecord {
  /// Joins what all trainings guessed with the labels of the test sets, and notes that and when it was done.
  /// - Parameters:
  ///   - labels: of the test sets
  ///   - givenUp: models that do not have all their trainings
  ///   - date: now, for readers
  /// - Throws: `InputError` where it was done before, there is nothing to open, or guesses are of other data.
  public mutating func open(with labels: PictureLabels, givenUp: [String] = [], on date: String) throws {
    if let opened {
      throw InputError("the test sets were opened on \(opened.date)", advice: "they are opened once")
    }
    guard models.contains(where: { !$0.runs.isEmpty }) else { throw InputError("the record holds no training") }
    var models = models
    for model in models.indices {
      for run in models[model].runs.indices {
        let name = "\(models[model].name), seed \(models[model].runs[run].seed)"
        guard models[model].runs[run].isSealed else {
          throw InputError("\(name) is not sealed: it was measured on test", advice: "train it anew")
        }
        for reading in models[model].runs[run].readings.indices {
          do {
            models[model].runs[run].readings[reading].test = try labels.accuracy(
              of: models[model].runs[run].readings[reading].testGuesses)
          } catch let error as InputError { throw InputError("\(name): \(error)") }
        }
      }
    }
    self.models = models
    opened = FamilyOpening(date: date, digest: openedDigest, givenUp: givenUp)
  }

  /// The fingerprint of the trainings that are opened.
  var openedDigest: String {
    let lines = models.flatMap { model in
      model.runs.filter(\.isOpened).map { run in
        let readings = run.readings.map { "\($0.arithmetic) \(JSONValue.array($0.testGuesses.map(\.json)).text())" }
        return "\(model.name) \(JSONValue.object(model.sizes).text()) \(run.seed) \(run.key) "
          + readings.joined(separator: " ")
      }
    }
    return "fo1-" + String(MurmurHash.hash(lines.sorted().joined(separator: "\n")), radix: 16)
  }

  /// Refuses a record whose opened trainings are not those that were opened.
  func checkOpening(file path: String) throws {
    let some = models.contains { $0.runs.contains(where: \.isOpened) }
    guard opened.map({ $0.digest == openedDigest }) ?? !some else {
      throw InputError(
        "the trainings are not those whose test sets were opened", file: path,
        advice: "leave models and seeds of the recipe as they were opened, or take the record from that commit")
    }
  }
}
