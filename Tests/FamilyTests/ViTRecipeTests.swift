import CLIPFamily
import CLIPFiles
import CLIPModelShapes
import CLIPSearch
import Testing

@Suite("Recipes for a user's ViT-B")
struct ViTRecipeTests {
  @Test("search and family are read, and every shape made by hand can be cut of it", arguments: [16, 32])
  func read(patch: Int) throws {
    let family = try FamilyRecipe(file: "recipes/vit-b-\(patch)-family.yaml"), search = family.search
    #expect(search.dense.vision.patchSize == patch && search.dense.vision.width == 768)
    #expect(search.space.count == 7 * 10 * 10 * 8)
    #expect(search.trials == 60 && search.precision == .int8 && search.testData != nil)
    #expect(family.members.count == 5 && family.seeds == [0, 1, 2] && family.baselines.count == 9)
    for baseline in family.baselines {
      let shape = try search.space.shape(sizes: baseline.sizes)
      #expect(shape.parameterCount < search.dense.parameterCount, "\(baseline.name)")
      // Text towers stay whole, in the search and by hand.
      #expect(shape.text == search.dense.text, "\(baseline.name)")
    }
  }
}
