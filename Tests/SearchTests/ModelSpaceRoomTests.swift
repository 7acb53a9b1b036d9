import CLIPCheckpoints
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPSearch
import Foundation
import Testing

/// Axes beyond layers, widths and heads: pictures, patches, blocks without a feed-forward layer.
@Suite("Room in the model space", .serialized)
struct ModelSpaceRoomTests {
  static let fixture = Result { try SearchFixture() }

  @Test("sizes of patches descend, so that the last of every axis makes the largest model")
  func axes() throws {
    let fixture = try Self.fixture.get()
    let base = ["model-space": "{patch-size: [20, 16], image-size: [32, 24], vision-mlp: [64, 0]}"]
    let space = try fixture.recipe(base).space
    #expect(space.axes.map(\.name) == ["image-size", "patch-size", "vision-mlp"])
    #expect(space.axes.map(\.sizes) == [[24, 32], [20, 16], [0, 64]])
    #expect(try space.shape(space.largestPoint) == space.dense)
    for point in [[0, 1, 0], [1, 0, 1]] {
      let shape = try space.shape(point)
      #expect(shape.imageMultiplyAdds < space.dense.imageMultiplyAdds)
      #expect(space.point(space.json(point)) == point)
    }
    // 16 pixels hold no patch of 32.
    #expect(throws: InputError.self) {
      try fixture.recipe(["model-space": "{patch-size: [16, 32], image-size: [16, 32]}"])
    }
    for (wrong, part) in [
      ("{patch-size: [8, 16]}", "patch-size must be from 16, the model's patches, to 32, its images; found 8"),
      ("{image-size: [32, 64]}", "image-size must be from 1 to 32, what the model has; found 64"),
      ("{vision-layers: [0, 2]}", "from 1 to 2"), ("{vision-mlp: [-1, 16]}", "from 0 to 64"),
    ] {
      let error = try #require(throws: InputError.self) { try fixture.recipe(["model-space": wrong]) }
      #expect(error.description.contains(part), "\(error)")
    }
  }

  @Test("a search over them trains, measures and keeps models that see as their shapes say")
  func search() throws {
    let fixture = try Self.fixture.get()
    let recipe = try fixture.recipe([
      "model-space": "{image-size: [16, 32], patch-size: [16], vision-mlp: [0, 16, 64], text-mlp: [0, 64]}",
      "trials": "7",
      "initial-trials": "6",
    ])
    let study = try fixture.study(recipe, "room")
    #expect(try fixture.run(recipe, study, candidates: "room") == .finished)
    let trials = try study.trials()
    #expect(trials.count == 7 && trials.allSatisfy { $0.state == .finished }, "\(trials.compactMap(\.reason))")
    var sizes = Set<Int>(), attentionOnly = 0
    for trial in trials {
      let shape = try recipe.space.shape(trial.point)
      let json = try #require(trial.measurement)
      let record = try #require(TrialRecord(json, metrics: recipe.metrics.count))
      #expect(record.measurement.parameters == shape.parameterCount)
      guard !record.measurement.checkpoint.isEmpty else { continue }
      let model = try LoadedModel(
        LoadedModel.Request(pretrained: "\(fixture.folder)/room/\(record.measurement.checkpoint)"))
      #expect(model.model.configuration == shape && model.preprocessing.imageSize == shape.vision.imageSize)
      sizes.insert(shape.vision.imageSize)
      if shape.vision.mlpWidth.contains(0) || shape.text.mlpWidth.contains(0) { attentionOnly += 1 }
    }
    #expect(sizes == [16, 32] && attentionOnly >= 2)
  }
}
