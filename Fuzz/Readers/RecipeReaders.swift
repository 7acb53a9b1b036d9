import CLIPAssessment
import CLIPCarbonFootprint
import CLIPEvaluation
import CLIPFamily
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPTraining

/// Recipes and what they lead to before anything is trained.
enum RecipeReaders {
  static var all: [Reader] {
    [
      Reader(
        name: "train-recipe", file: "train.yaml",
        seeds: { try $0.all("recipes/base.yaml", "recipes/flickr8k.yaml", "recipes/emoji.yaml") },
        read: { path, _ in _ = try TrainingRequest(Recipe.read(path), preset: .train) }),
      Reader(
        name: "finetune-recipe", file: "finetune.yaml",
        seeds: { try $0.all("recipes/pruned-base.yaml", "recipes/base-continued.yaml").filter { !$0.isEmpty } },
        read: { path, _ in _ = try TrainingRequest(Recipe.read(path), preset: .finetune) }),
      Reader(
        name: "search-recipe", file: "search.yaml", weight: 0.05,
        seeds: { try $0.all("recipes/quickstart.yaml", "recipes/micro-full.yaml") },
        read: { path, _ in _ = try SearchRecipe(file: path) }),
      Reader(
        name: "family-recipe", file: "family.yaml", weight: 0.05, seeds: { try $0.all("recipes/family.yaml") },
        read: { path, _ in _ = try FamilyRecipe(file: path) }),
      Reader(
        name: "estimate-recipe", file: "sweep.yaml", weight: 0.01, seeds: { try $0.all("recipes/sweep.yaml") },
        read: { path, folder in
          try Program.run(["estimate", path, "--output", "\(folder)/sweep", "--threads", "1"])
        }),
      Reader(
        name: "limit", file: "limit.txt",
        seeds: { _ in ["latency <= 50 ms", "area <= 32 mm2", "carbon <= 1 kgCO2e"].map { Array($0.utf8) } },
        read: { path, _ in _ = try Limit(String(decoding: TextFile.bytes(of: path), as: UTF8.self)) }),
      Reader(
        name: "family-record", file: "family.json", grammar: .json, weight: 0.5,
        seeds: { try $0.all("docs/results/family.json") },
        read: { path, _ in _ = try FamilyRecord(file: path).footprint }),
    ]
  }
}
