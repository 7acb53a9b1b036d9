package import CLIPEvaluation
internal import CLIPFiles
package import CLIPImageText

/// What candidates are measured on where that is not one set of pictures with captions: several sets, sets with classes, or
/// a program of the user's, with what counts on each. Stands in a source's place; read as one it is its first set.
package struct AccuracySets: ImageTextSource {
  /// What counts.
  let aim: AccuracyAim
  /// The sets, in the order of the aim's parts.
  package let sets: [EvaluationData]
  /// Which data each of them is.
  package let identities: [DataIdentity]

  /// Opens what an aim names.
  /// - Throws: `InputError` naming the set and what is wrong with it.
  init(opening aim: AccuracyAim, _ tell: (AccuracyAim.Part, () throws -> EvaluationData) throws -> EvaluationData)
    throws
  {
    self.aim = aim
    sets = try aim.parts.map { part in
      try tell(part) {
        part.figure.isOfClasses
          ? .classes(try ClassificationData.open(part.data, part.options))
          : .captions(try ImageTextData.open(part.data, part.options))
      }
    }
    identities = try sets.map { try $0.identity() }
  }

  package var path: String { sets.first?.path ?? aim.command?.summary ?? "" }
  package var knownCount: Int? { sets.first?.source.knownCount }

  private var first: any ImageTextSource {
    get throws {
      guard let set = sets.first else { throw InputError("is measured by a program, not on data", file: path) }
      return set.source
    }
  }

  package func makeReader() throws -> any SampleReader { try first.makeReader() }
  package func indexed() throws -> any IndexedSource { try first.indexed() }

  package func identity() throws -> DataIdentity {
    let parts = identities
    if parts.count == 1 { return parts[0] }
    let text = aim.command?.text ?? parts.map { "\($0.format) \($0.samples) \($0.digest)" }.joined(separator: "\n")
    return DataIdentity(
      format: aim.command == nil ? "several sets" : "program", path: parts.first?.path ?? path,
      samples: parts.reduce(0) { $0 + $1.samples }, digest: "di1-" + String(MurmurHash.hash(text), radix: 16))
  }
}

extension AccuracySets {
  /// The places of the sets, those of the same data together: they share their features.
  var shared: [[Int]] {
    var groups: [[Int]] = []
    for (index, part) in aim.parts.enumerated() {
      let group = groups.firstIndex { group in
        let first = aim.parts[group[0]]
        return first.data == part.data && first.options == part.options
          && first.figure.isOfClasses == part.figure.isOfClasses
      }
      if let group { groups[group].append(index) } else { groups.append([index]) }
    }
    return groups
  }

  /// What figures of the sets come to, with each of them.
  /// - Parameter found: one for each set, in their order
  func accuracy(of found: [FoundFigure]) -> CandidateMeasurement.Accuracy {
    let sum = aim.combined(found)
    return CandidateMeasurement.Accuracy(
      mean: sum.mean, standardError: sum.error, imageRecall: nil, textRecall: nil, chance: sum.chance, metric: aim.name,
      parts: zip(aim.parts, found).map {
        .init(
          metric: $0.figure.description, data: $0.data, value: $1.value.value, standardError: $1.value.standardError)
      })
  }

  /// What guesses come to that are right or wrong, a list for each set in their order; nil where another figure than acc1 is
  /// asked for, which they do not tell.
  package func accuracy(right: [[Bool]]) -> CandidateMeasurement.Accuracy? {
    guard right.count == sets.count, aim.parts.allSatisfy({ $0.figure == .accuracy(1) }) else { return nil }
    let found = zip(sets, right).compactMap { set, right -> FoundFigure? in
      guard case .classes(let data) = set else { return nil }
      return FoundFigure(right: right, classes: data.classNames.count)
    }
    return found.count == sets.count ? accuracy(of: found) : nil
  }
}

extension SearchRecipe {
  /// The sets that accuracy is measured on, or the test sets, where the recipe names such sets: those of classes, or several.
  /// - Throws: `InputError` naming the key and what is wrong with its data.
  package func openedSets(ofTest isTest: Bool) throws -> AccuracySets? {
    guard let aim = isTest ? testAim : aim else { return nil }
    let key = isTest ? "test-data" : aim.parts.count > 1 ? "validation" : "val-data"
    return try AccuracySets(opening: aim) { part, open in
      do { return try node.tellingPlaces { try open() } } catch let error as InputError {
        throw InputError("\(part.origin): \(key): \(error)")
      }
    }
  }
}
