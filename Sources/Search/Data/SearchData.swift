internal import CLIPFiles
public import CLIPImageText
public import CLIPStudies

/// What a search trains and measures on: opened once, for all its trials.
public struct SearchData: Sendable {
  /// What models are trained on.
  public let training: any IndexedSource
  /// What accuracy is measured on during the search.
  public let validation: any ImageTextSource
  /// What the answers are measured on once, at the end; nil leaves that out.
  public let test: (any ImageTextSource)?
  /// Which data they are.
  let identities: Identities

  struct Identities: Sendable {
    var training: DataIdentity, validation: DataIdentity, test: DataIdentity?
  }

  /// A user's own data.
  /// - Throws: `InputError` where it cannot be told apart from other data.
  public init(
    training: any IndexedSource, validation: any ImageTextSource, test: (any ImageTextSource)? = nil
  ) throws {
    let training = try DescribedSource(training)
    self.training = training
    self.validation = validation
    self.test = test
    identities = Identities(
      training: training.identity(), validation: try validation.identity(), test: try test?.identity())
  }

  /// Opens what a recipe names, down to the first caption.
  /// - Parameter training: what is trained on, where that is not the recipe's own
  /// - Throws: `InputError` naming the key and what is wrong with its data.
  public init(opening recipe: SearchRecipe, training path: String? = nil) throws {
    func opened(
      _ key: String, _ path: String, _ options: DataSetOptions, takesClasses: Bool = false
    ) throws -> (source: any ImageTextSource, identity: DataIdentity) {
      do {
        let source = try recipe.node.tellingPlaces { try Self.open(path, options, takesClasses: takesClasses) }
        return (source, try source.identity())
      } catch let error as InputError {
        let place = recipe.node[key]?.origin ?? recipe.node.origin
        throw InputError("\(place): \(key): \(error)")
      }
    }
    func sets(ofTest isTest: Bool) throws -> (source: any ImageTextSource, identity: DataIdentity)? {
      guard let sets = try recipe.openedSets(ofTest: isTest) else { return nil }
      return (sets, try sets.identity())
    }
    let training = try opened("train-data", path ?? recipe.trainData, recipe.trainOptions, takesClasses: true)
    let validation =
      try sets(ofTest: false)
      ?? opened("val-data", recipe.validationData, recipe.validationOptions)
    let test =
      try sets(ofTest: true)
      ?? recipe.testData.map { try opened("test-data", $0, recipe.testOptions) }
    self.training = try DescribedSource(training.source.indexed())
    self.validation = validation.source
    self.test = test?.source
    identities = Identities(training: training.identity, validation: validation.identity, test: test?.identity)
  }

  /// Samples that are looked at for one that can be used.
  private static let mostLooked = 1000

  private static func open(
    _ path: String, _ options: DataSetOptions, takesClasses: Bool
  ) throws -> any ImageTextSource {
    if ClassificationData.recognizes(path, options) {
      guard takesClasses else {
        throw InputError(
          "holds classes, no captions", file: path,
          advice: "for classification write task: classification, or name image-text pairs")
      }
      return try ImageTextData.openCaptioned(path, options)
    }
    let source = try ImageTextData.open(path, options)
    var reader = try source.makeReader(), fault: SkippedSample?
    for _ in 0..<mostLooked {
      do {
        guard let sample = try reader.next() else { break }
        if !sample.captions.isEmpty { return source }
      } catch let skipped as SkippedSample { fault = fault ?? skipped }
    }
    throw InputError("holds no image with a caption\(fault.map { "; the first: \($0)" } ?? "")", file: path)
  }

  /// What a reader should know before the search begins, a sentence each.
  public var notes: [String] {
    identities.training.isSameData(as: identities.validation)
      ? ["val-data is the training data: accuracies will look better than they are"] : []
  }

  /// The data that trials are of, for fingerprints.
  var digest: String { "\(identities.training.digest) \(identities.validation.digest)" }

  /// Compares the data with what a study began on.
  /// - Throws: `InputError` where it has changed since: trials before and after could not be compared.
  public func check(_ study: Study) throws {
    for (key, now) in keyed {
      guard let known = try study.note(Self.note(key)) else { continue }
      let changes = now.changes(since: try DataIdentity(json: known))
      guard changes.isEmpty else {
        throw InputError(
          "\(key) has changed since the study began: \(now.path): \(changes.joined(separator: ", "))", file: study.path,
          advice: "put the data back, or give this search another --name")
      }
    }
  }

  /// Compares the data with what a study began on, and writes down what it did not know yet.
  /// - Throws: as ``check(_:)``, and where the study cannot be written.
  public func settle(_ study: Study) throws {
    try check(study)
    for (key, now) in keyed where try study.note(Self.note(key)) == nil { try study.setNote(Self.note(key), now.json) }
  }

  private static func note(_ key: String) -> String { "data/\(key)" }

  private var keyed: [(key: String, now: DataIdentity)] {
    [("train-data", identities.training), ("val-data", identities.validation)]
      + (identities.test.map { [("test-data", $0)] } ?? [])
  }
}

extension SearchRecipe {
  /// Opens pictures with class names, read as the test data is.
  /// - Throws: `InputError` where they cannot be classified.
  public func openClasses(_ path: String) throws -> ClassificationData {
    do { return try ClassificationData.open(path, testOptions) } catch let error as InputError {
      throw InputError("\(node.origin): classes-data: \(error)")
    }
  }
}
