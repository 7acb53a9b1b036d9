internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPSearch

/// The labels of a family's sets of classes, in the pictures' order: what guesses are joined with.
public struct PictureLabels: Sendable {
  /// Which sets.
  public enum Part: Sendable {
    /// Those that the search chooses by.
    case validation
    /// Those that are opened once.
    case test
  }

  private let sets: AccuracySets
  /// For each set, each picture's class; empty for captions.
  private let labels: [[Int]]

  /// Reads the labels of a family's sets.
  /// - Throws: `InputError` where a set is missing or damaged, or a picture has no label.
  public init(of part: Part, in recipe: FamilyRecipe) throws {
    guard let sets = try recipe.search.openedSets(ofTest: part == .test) else {
      throw InputError("the search has no \(part) sets of classes", file: recipe.search.name)
    }
    self.sets = sets
    labels = try sets.sets.map { set in
      guard case .classes(let data) = set else { return [] }
      var labels: [Int] = []
      let skipped: SkippedSamples
      do { skipped = try data.source.forEach { labels.append(try data.label(of: $0)) } } catch let fault
        as SkippedSample
      {
        throw InputError("\(fault)", file: data.source.path)
      }
      if let summary = skipped.summary { throw InputError(summary, file: data.source.path) }
      return labels
    }
  }

  /// The names of each set's classes, in the sets' order; empty for captions.
  var classNames: [[String]] {
    sets.sets.map { if case .classes(let data) = $0 { data.classNames } else { [] } }
  }

  /// The labels of the set that guesses are of.
  /// - Throws: `InputError` where the data is another than was guessed.
  public func labels(of guesses: PictureGuesses) throws -> [Int] {
    guard let place = sets.identities.firstIndex(where: { $0.digest == guesses.digest }) else {
      throw InputError(
        "the pictures are others than were guessed", file: guesses.data, advice: "put the data back, or guess anew")
    }
    guard labels[place].count == guesses.classes.count else {
      throw InputError(
        "holds \(labels[place].count) labeled pictures, and \(guesses.classes.count) were guessed", file: guesses.data,
        advice: "put the data back, or guess anew")
    }
    return labels[place]
  }

  /// The accuracy that guesses of all sets come to.
  /// - Throws: as ``labels(of:)``; and where a set was not guessed, or its figure is not acc1.
  func accuracy(of guesses: [PictureGuesses]) throws -> CandidateMeasurement.Accuracy {
    let right = try sets.identities.map { identity in
      guard let own = guesses.first(where: { $0.digest == identity.digest }) else {
        throw InputError("there are no guesses of this data", file: identity.path, advice: "put the data back")
      }
      return own.isRight(labels: try labels(of: own))
    }
    guard let accuracy = sets.accuracy(right: right) else {
      throw InputError("only acc1 can be told from guesses", file: sets.path, advice: "name metric: acc1")
    }
    return accuracy
  }
}
