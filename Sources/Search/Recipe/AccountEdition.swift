internal import CLIPCarbonFootprint
public import CLIPFiles
public import CLIPRecipes

/// What a recorded search counted where its recipe says nothing: editions of the accounts.
///
/// - 1: bare dies, one image with one text of full length, every token through the last block; the key is missing in such
///   records
/// - 2: what the scenario says
/// - 3: the spaces `camera` and `edge` are wider; before, `camera` was what is now `camera-1920`, and `edge` what is now `paper`
/// - 4: accelerators are priced in the whole numbers in which accuracy counts, or in what `arithmetic` says; before, as a byte
///   for every number
/// - 5: where the recipe names no precision of `finetune`, candidates are trained in what the study recorded when it began,
///   which is what the processor multiplies best; before, in float32
///
/// A study keeps the edition that it began with, so that its figures mean what they meant.
public enum AccountEdition {
  /// What a new study begins with.
  public static let current = 5
  static let range = 1...current
  /// The key of recipes that holds the edition.
  static let key = "edition"

  /// What an edition changes of the scenario that the recipe names; what the recipe says itself comes after it.
  static func changes(_ edition: Int) -> [ScenarioChange] {
    guard edition < 2 else { return [] }
    return [
      ("texts-per-image", "1"), ("text-tokens", "all"), ("last-block", "all-tokens"), ("images-per-fetch", "1"),
      ("boundary", "die"),
    ].map { ScenarioChange($0.0, RecipeNode(word: $0.1, origin: "edition: 1")) }
  }

  /// Whether accelerators are priced in the arithmetic in which accuracy counts.
  static func pricesArithmetic(_ edition: Int) -> Bool { edition >= 4 }

  /// Whether studies say in what candidates are trained where their recipe does not.
  static func recordsPrecision(_ edition: Int) -> Bool { edition >= 5 }

  /// The space that a recipe of an edition means by a name.
  static func space(_ name: String, _ edition: Int) -> String {
    guard edition < 3 else { return name }
    return ["camera": "camera-1920", "edge": "paper"][name] ?? name
  }

  /// A recipe as a study records it: with its edition, unless it is the first.
  public static func recorded(_ recipe: JSONValue) -> JSONValue {
    guard var object = recipe.objectValue else { return recipe }
    let edition = object[key]?.intValue ?? current
    object[key] = edition == 1 ? nil : .integer(edition)
    if recordsPrecision(edition) { object = SearchRecipe.recordingPrecision(object) }
    return .object(SearchRecipe.recordingLooks(object))
  }

  /// A recipe as it is meant for a study that was begun: with the study's own edition.
  ///
  /// A study of edition 1 knows none of the keys that came with the second; those that say the same as the edition does are
  /// left out, so that the recipe can be compared with the study's.
  public static func meant(_ recipe: RecipeNode, for study: JSONValue) -> RecipeNode {
    let edition = study[key]?.intValue ?? 1
    guard case .map(var members) = recipe.value else { return recipe }
    members.removeAll { $0.key == key }
    if edition == 1 {
      let same = Dictionary(uniqueKeysWithValues: changes(1).map { ($0.key, $0.value.textValue) })
      members.removeAll { member in same[member.key].map { $0 == member.node.textValue } ?? false }
    }
    // A widened space stays what it was when the study began.
    if let axes = study[SearchRecipe.axesKey], let kept = try? Recipe.parse(axes.text(), origin: "the study's axes") {
      members.removeAll { $0.key == SearchRecipe.axesKey }
      members.append((SearchRecipe.axesKey, kept))
    }
    members.append((key, RecipeNode(.integer(edition), origin: "the study's edition")))
    members = SearchRecipe.meaningLooks(members, study)
    members = SearchRecipe.meaningPrecision(members, study, edition)
    var node = RecipeNode(.map(members), origin: recipe.origin)
    node.places = recipe.places
    return node
  }
}
