internal import CLIPFiles
internal import CLIPRecipes

/// Another search whose models stand beside the family's, rivals of kind 2: `searches: {random: logs/photographs-random}`.
public struct SearchedRecipe: Equatable, Sendable {
  /// What it is called, such as `random` or `latency`; its models' names begin with it.
  public let rule: String
  /// The folder of its study.
  public let study: String

  static let key = "searches"

  /// What its models may be called, one for each member.
  func names(_ members: [String]) -> [String] { members.map { "\(rule)-\($0)" } }

  /// What all models of some searches may be called.
  static func names(of searches: [SearchedRecipe], _ members: [String]) -> [String] {
    searches.flatMap { $0.names(members) }
  }

  /// Reads the section.
  /// - Parameter places: beside what studies are looked for
  /// - Throws: `InputError` naming the place and what is accepted.
  static func list(_ section: RecipeNode?, _ places: FilePlaces?) throws -> [SearchedRecipe] {
    guard let section else { return [] }
    let example = "such as searches: {random: logs/photographs-random}"
    guard case .map(let rules) = section.value else {
      throw section.error(
        "searches must be names with the folders of their studies, found \(section.short)", advice: example)
    }
    return try rules.map { rule, node in
      guard let study = node.textValue, !study.isEmpty else {
        throw node.error("searches: \(rule) must be the folder of a study, found \(node.short)", advice: example)
      }
      return SearchedRecipe(rule: rule, study: places?.find(study) ?? study)
    }
  }
}
