import CLIPFamily
import CLIPFiles
import Foundation
import Testing

@Suite("Places of a family's files")
struct FamilyRecipePlacesTests {
  @Test("search, study, record and the members' folder are found beside the recipe where they are not here")
  func places() throws {
    let made = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: made) }
    for folder in ["recipes", "results/study", "members"] { try Folder.make("\(made)/\(folder)") }
    let family = """
      search: elsewhere-search.yaml
      study: results/study
      record: results/record.json
      checkpoints: members/one-
      """
    try Data(family.utf8).write(to: URL(fileURLWithPath: "\(made)/recipes/family.yaml"))
    try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(made)/results/record.json"))
    try FileManager.default.copyItem(
      atPath: "recipes/quickstart.yaml", toPath: "\(made)/recipes/elsewhere-search.yaml")
    let recipe = try FamilyRecipe(file: "\(made)/recipes/family.yaml"), real = try #require(Folder.real(made))
    #expect(recipe.study == "\(real)/results/study" && recipe.record == "\(real)/results/record.json")
    #expect(recipe.checkpoints == "\(real)/members/one-")
    // The base model of the search is not beside the recipe: the checkout that the tests run in has it.
    #expect(recipe.search.pretrained == "checkpoints/base")
  }
}
