public import CLIPFiles
internal import CLIPRecipes
public import CLIPStudies

/// A point of a search, with all that a process needs that has never seen the study: what a coordinator writes into a file.
public struct SearchTask: Sendable {
  /// The word for tasks that are trained.
  public static let trainings = "trial"
  /// The word for tasks that are looked at.
  public static let looks = "look"

  /// Trained, or looked at.
  public let kind: Trial.Kind
  /// A level for each axis.
  public let point: [Int]
  /// The recipe as the study records it.
  let recipe: JSONValue
  /// The study's file: paths of the recipe are told from there.
  let study: String
  /// The search's name.
  let name: String
  /// The folder of trained candidates.
  let candidates: String
  /// Of base model and data.
  let fingerprint: String
  /// The program's version.
  let version: String
  /// For readers: the point in words, the seed, and the arithmetic in which accuracy counts.
  let words: JSONObject

  /// What a task of a kind is called.
  public static func word(_ kind: Trial.Kind) -> String {
    switch kind {
    case .training: trainings
    case .look: looks
    }
  }

  /// The kind of a task that is called so; nil for other words.
  public static func kind(_ word: String) -> Trial.Kind? { Trial.Kind.allCases.first { Self.word($0) == word } }

  package init(_ trial: Trial, _ recipe: SearchRecipe, _ study: Study, candidates: String, version: String) {
    kind = trial.kind
    point = trial.point
    self.recipe = study.identity.recipe
    self.study = study.path
    name = recipe.name
    self.candidates = candidates
    fingerprint = study.identity.dataFingerprint
    self.version = version
    words = [
      "model": .string(SearchLattice(recipe).name(trial.point)), "seed": .integer(Int(clamping: recipe.seed)),
      "arithmetic": .string(recipe.precisionName),
    ]
  }

  /// As its file has it.
  package var json: JSONObject {
    var object: JSONObject = ["task": .string(Self.word(kind)), "point": JSONValue(point)]
    for (key, value) in words.pairs { object[key] = value }
    object["name"] = .string(name)
    object["study"] = .string(study)
    object["candidates"] = .string(candidates)
    object["fingerprint"] = .string(fingerprint)
    object["version"] = .string(version)
    object["recipe"] = recipe
    return object
  }

  /// What a file holds; nil where it is no point of a search.
  public init?(_ json: JSONValue) {
    guard let kind = json["task"]?.stringValue.flatMap({ Self.kind($0) }), let levels = json["point"]?.arrayValue,
      let recipe = json["recipe"], let study = json["study"]?.stringValue, let name = json["name"]?.stringValue,
      let candidates = json["candidates"]?.stringValue, let fingerprint = json["fingerprint"]?.stringValue,
      let version = json["version"]?.stringValue
    else { return nil }
    self.kind = kind
    point = levels.compactMap(\.intValue)
    guard point.count == levels.count else { return nil }
    self.recipe = recipe
    self.study = study
    self.name = name
    self.candidates = candidates
    self.fingerprint = fingerprint
    self.version = version
    words = JSONObject()
  }

  /// The recipe, as the study means it.
  /// - Throws: `InputError` for one that this program cannot read.
  func searchRecipe() throws -> SearchRecipe {
    let text = recipe.objectValue.map { Recipe.text($0) } ?? ""
    let node = try Recipe.parse(text, origin: study, as: .search).locating(.search, besideFile: study)
    return try SearchRecipe(AccountEdition.meant(node, for: recipe), name: name)
  }
}
