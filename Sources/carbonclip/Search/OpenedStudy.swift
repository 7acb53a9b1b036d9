import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPStudies

/// A study that was begun before, with what its report needs.
struct OpenedStudy {
  let place: StudyPlace
  let study: Study
  let recipe: SearchRecipe
  let outlook: HardwareOutlook
  let front: SearchFront
  let pool: ThreadPool

  /// - Throws: `InputError` for a folder without a study, or whose base model is gone.
  init(_ place: StudyPlace) throws {
    guard Folder.containsFile(place.study) else {
      throw InputError("holds no study.sqlite", file: place.folder, advice: "name a folder that search wrote")
    }
    self.place = place
    study = try Study.read(place.study)
    let recorded = try Recipe.parse(Self.text(study.identity.recipe), origin: place.study, as: .search)
      .locating(.search, besideFile: place.study)
    recipe = try SearchRecipe(AccountEdition.meant(recorded, for: study.identity.recipe), name: place.name)
    pool = ThreadPool()
    outlook = try HardwareOutlook(recipe, on: pool)
    front = try SearchFront(recipe, study.trials(), outlook, seeds: SeedAccuracies.known(study))
  }

  private static func text(_ recipe: JSONValue) -> String { recipe.objectValue.map { Recipe.text($0) } ?? "" }
}
