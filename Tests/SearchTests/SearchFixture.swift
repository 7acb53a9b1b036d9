import CLIPCompute
import CLIPFiles
import Foundation
import CLIPImageText
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import CLIPTraining

/// A base model that learns in a second, and recipes that search over it.
final class SearchFixture: Sendable {
  let folder: String
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("search-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try AtomicFile.write(
      """
      {"embed_dim": 16, "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 16, "layers": 2, "head_width": 8},
       "text_cfg": {"context_length": 20, "vocab_size": 866, "width": 16, "heads": 2, "layers": 2}}
      """, to: "\(folder)/model.json")
    let request = try TrainingRequest(
      try Recipe.parse(
        """
        model: \(folder)/model.json
        tokenizer: \(Self.root)/data/vocabularies/scenes
        train-data: scenes:train?count=200&size=32
        batch-size: 16
        epochs: 1
        train-num-samples: 64
        lr: 1e-3
        precision: fp32
        """, origin: "base"), preset: .train)
    let trainer = try request.trainer(in: "\(folder)/base", on: ThreadPool(threads: 1), version: "test")
    _ = try trainer.run { false }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var base: String { "\(folder)/base/checkpoints/epoch_1" }

  /// A recipe with some lines in place of its own.
  func text(_ changes: [String: String] = [:]) -> String {
    var lines = [
      "mode": "carbon", "pretrained": base, "train-data": "scenes:train?count=200&size=32",
      "val-data": "scenes:validation?count=24&size=32",
      "model-space": "{vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16]}",
      "hardware": "camera-1920", "scenario": "camera", "strategy": "magnitude", "calibration-samples": "16",
      "finetune": "{train-num-samples: 32, batch-size: 16, lr: 1e-3, equal-flops: false, precision: fp32}",
      "trials": "5",
      "initial-trials": "3", "looks": "false",
    ]
    for (key, value) in changes { lines[key] = value.isEmpty ? nil : value }
    return lines.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
  }

  func recipe(_ changes: [String: String] = [:]) throws -> SearchRecipe {
    try SearchRecipe(Recipe.parse(text(changes), origin: "test.yaml"), name: "test")
  }

  func study(_ recipe: SearchRecipe, _ name: String) throws -> Study {
    try Study.open(
      "\(folder)/\(name).sqlite",
      identity: StudyIdentity(recipe: recipe.node.json, codeVersion: "test", dataFingerprint: ""),
      budget: recipe.trials)
  }

  /// Works on a study; stops when asked to for the nth time, if ever.
  func run(
    _ recipe: SearchRecipe, _ study: Study, candidates: String, worker: String = "w", stopAt: Int? = nil,
    threads: Int = 1, observe: @escaping (SearchEvent) -> Void = { _ in }
  ) throws -> SearchRun.Outcome {
    var asked = 0
    return try SearchRun(
      recipe, study, candidates: "\(folder)/\(candidates)", worker: worker, on: ThreadPool(threads: threads),
      version: "test", observe: observe,
      shouldStop: {
        asked += 1
        return stopAt.map { asked >= $0 } ?? false
      }
    ).run()
  }
}
