internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPModelShapes
public import CLIPSearch

/// What one training's model is in one arithmetic.
public struct FamilyReading: Equatable, Sendable {
  /// Its name, such as `int8` or `w4a8-g64`: what the search calls it.
  public let arithmetic: String
  /// On the search's validation data.
  public let validation: CandidateMeasurement.Accuracy
  /// Of each validation set of classes: the class that is guessed for each picture.
  public let validationGuesses: [PictureGuesses]
  /// Of each test set: the same. Whether they are right is not looked at until the test sets are opened.
  public let testGuesses: [PictureGuesses]
  /// On the search's test data; nil as long as that is sealed.
  public var test: CandidateMeasurement.Accuracy?

  /// A reading of its parts.
  public init(
    arithmetic: String, validation: CandidateMeasurement.Accuracy, validationGuesses: [PictureGuesses],
    testGuesses: [PictureGuesses], test: CandidateMeasurement.Accuracy? = nil
  ) {
    self.arithmetic = arithmetic
    self.validation = validation
    self.validationGuesses = validationGuesses
    self.testGuesses = testGuesses
    self.test = test
  }

  /// What a trained candidate says of the search's data.
  init(_ arithmetic: Arithmetic, _ found: (validation: CandidateReading, test: CandidateReading?)) throws {
    guard let validation = found.validation.accuracy else { throw InputError("validation was not measured") }
    func guesses(_ reading: CandidateReading?) -> [PictureGuesses] {
      (reading?.guesses ?? []).map { PictureGuesses(data: $0.data, digest: $0.digest, classes: $0.classes) }
    }
    self.init(
      arithmetic: arithmetic.description, validation: validation, validationGuesses: guesses(found.validation),
      testGuesses: guesses(found.test), test: found.test?.accuracy)
  }

  var json: JSONValue {
    var object: JSONObject = [
      "arithmetic": .string(arithmetic), "validation": .object(validation.json),
      "validation_guesses": .array(validationGuesses.map(\.json)), "test_guesses": .array(testGuesses.map(\.json)),
    ]
    if let test { object["test"] = .object(test.json) }
    return .object(object)
  }

  /// What ``json`` wrote; nil for anything else.
  init?(_ json: JSONValue) {
    func guesses(_ key: String) -> [PictureGuesses]? {
      guard let list = json[key]?.arrayValue else { return nil }
      let found = list.compactMap { PictureGuesses($0) }
      return found.count == list.count ? found : nil
    }
    guard let arithmetic = json["arithmetic"]?.stringValue,
      let validation = CandidateMeasurement.Accuracy(json["validation"]),
      let validationGuesses = guesses("validation_guesses"), let testGuesses = guesses("test_guesses")
    else { return nil }
    let test = CandidateMeasurement.Accuracy(json["test"])
    if json["test"] != nil, test == nil { return nil }
    self.init(
      arithmetic: arithmetic, validation: validation, validationGuesses: validationGuesses, testGuesses: testGuesses,
      test: test)
  }
}

/// The class that a model guesses for each picture of a set, in the set's order.
public struct PictureGuesses: Equatable, Sendable {
  /// The set as the recipe names it.
  public let data: String
  /// Which data it was: ``DataIdentity/digest``.
  public let digest: String
  /// Numbers of classes, from 0.
  public let classes: [Int]

  /// Guesses of their parts.
  public init(data: String, digest: String, classes: [Int]) {
    self.data = data
    self.digest = digest
    self.classes = classes
  }

  /// Whether each guess is the picture's class.
  /// - Parameter labels: each picture's class, in the same order; a picture that has none is not guessed right
  public func isRight(labels: [Int]) -> [Bool] {
    classes.indices.map { labels.indices.contains($0) && labels[$0] == classes[$0] }
  }

  /// Bytes a picture by the largest class: one up to 256 classes.
  private static let widths = [1, 2, 4]

  /// The guesses as base 64 of as few bytes a picture as the largest needs, the lowest byte first.
  var json: JSONValue {
    let most = classes.max() ?? 0, width = Self.widths.first { most >> (8 * $0) == 0 } ?? 4
    let bytes = classes.flatMap { one in (0..<width).map { UInt8(truncatingIfNeeded: one >> (8 * $0)) } }
    return [
      "data": .string(data), "digest": .string(digest), "pictures": .integer(classes.count),
      "classes": .string(Base64.text(of: bytes)),
    ]
  }

  /// What ``json`` wrote; nil for anything else.
  init?(_ json: JSONValue) {
    guard let data = json["data"]?.stringValue, let digest = json["digest"]?.stringValue,
      let pictures = json["pictures"]?.intValue, pictures >= 0,
      let bytes = json["classes"]?.stringValue.flatMap({ Base64.bytes(of: $0) }),
      pictures == 0 ? bytes.isEmpty : bytes.count % pictures == 0
    else { return nil }
    let width = pictures == 0 ? 1 : bytes.count / pictures
    guard Self.widths.contains(width) else { return nil }
    let classes = (0..<pictures).map { picture in
      (0..<width).reduce(0) { $0 | Int(bytes[picture * width + $1]) << (8 * $1) }
    }
    self.init(data: data, digest: digest, classes: classes)
  }
}

extension CandidateMeasurement {
  /// The same without its accuracies, for data that was not looked at.
  var unmeasured: CandidateMeasurement {
    var measurement = self
    let none = Accuracy(
      mean: .nan, standardError: .nan, imageRecall: nil, textRecall: nil,
      metric: float32.metric ?? MetricName.meanRecall)
    (measurement.float32, measurement.int8) = (none, none)
    measurement.footprint = nil
    return measurement
  }
}
