package import CLIPEvaluation
internal import CLIPFiles
package import CLIPImageText

/// What candidates are measured on where that is not one set of pictures with captions: several sets, sets with classes, or
/// a program of the user's, with what counts on each. Stands in a source's place; read as one it is its first set.
package struct AccuracySets: ImageTextSource {
  /// What counts.
  let aim: AccuracyAim
  /// The sets, in the order of the aim's parts.
  let sets: [EvaluationData]

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
    let parts = try sets.map { try $0.identity() }
    if parts.count == 1 { return parts[0] }
    let text = aim.command?.text ?? parts.map { "\($0.format) \($0.samples) \($0.digest)" }.joined(separator: "\n")
    return DataIdentity(
      format: aim.command == nil ? "several sets" : "program", path: parts.first?.path ?? path,
      samples: parts.reduce(0) { $0 + $1.samples }, digest: "di1-" + String(MurmurHash.hash(text), radix: 16))
  }
}
