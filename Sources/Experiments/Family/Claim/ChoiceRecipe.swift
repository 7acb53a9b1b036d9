internal import CLIPFiles
internal import CLIPRecipes

/// How a family's members are chosen by carbon alone: `choose: {uses: [battery-camera, camera], most-loss: [15, 1]}`.
public struct ChoiceRecipe: Sendable {
  /// Names of scenarios: what counts is the geometric mean of a model's carbon in them, bare dies.
  public let uses: [String]
  /// How much less accurate than the base model the smallest and the largest member may be at the most, 0 to 1.
  public let mostLoss: (smallest: Double, largest: Double)
  /// Folders of further studies whose trials are chosen from, too.
  public let studies: [String]

  static let key = "choose"

  /// Reads the section.
  /// - Parameter uses: what stands in where the section names none
  /// - Throws: `InputError` naming the place and what is accepted.
  init(_ section: RecipeNode, uses standard: [String]?) throws {
    guard case .map = section.value else {
      throw section.error(
        "\(Self.key) must be keys with values, found \(section.short)",
        advice: "such as {uses: [battery-camera, camera], most-loss: [15, 1]}")
    }
    var reader = try RecipeReader(section, as: .family)
    let named = try reader.texts("uses") ?? standard ?? []
    let loss = try reader.numbers("most-loss", in: 0...100) ?? [15, 1]
    studies = try reader.texts("studies") ?? []
    try reader.finish()
    guard !named.isEmpty, Set(named).count == named.count else {
      throw reader.error("uses", "must be different scenarios", "such as uses: [battery-camera, camera]")
    }
    guard loss.count == 2, loss[0] >= loss[1] else {
      throw reader.error("most-loss", "must be points of the smallest and of the largest member", "such as [15, 1]")
    }
    uses = named
    mostLoss = (loss[0] / 100, loss[1] / 100)
  }
}
