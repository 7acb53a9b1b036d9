import CLIPCompute
import CLIPOptimization
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import Testing

/// What a search computes of trials, with trials made by hand: nothing is trained.
@Suite("A search's arithmetic")
struct SearchArithmeticTests {
  private static func recipe(_ more: String = "") throws -> SearchRecipe {
    let text = """
      mode: carbon
      pretrained: \(SearchFixture.root)/checkpoints/base
      train-data: scenes:train?count=200
      val-data: scenes:validation?count=24
      model-space: {vision-layers: [1, 2, 6], text-width: [64, 128]}
      hardware: camera-1920
      scenario: camera
      trials: 5
      \(more)
      """
    return try SearchRecipe(Recipe.parse(text, origin: "test.yaml"), name: "test")
  }

  private static func measured(_ accuracy: Double) -> CandidateMeasurement {
    let one = CandidateMeasurement.Accuracy(
      mean: accuracy, standardError: 0.01, imageRecall: accuracy, textRecall: accuracy)
    return CandidateMeasurement(
      float32: one, int8: one, parameters: 1, multiplyAdds: 1, samples: 1, times: .init(), checkpoint: "")
  }

  private static func trial(
    _ number: Int, at point: [Int], accuracy: Double, values: [[Double]], finished: Double
  ) -> Trial {
    let record = TrialRecord(measured(accuracy), placements: values.map { .init(design: 0, values: $0) })
    return Trial(
      number: number, point: point, origin: "test", state: .finished, measurement: .object(record.json),
      started: finished - 1, finished: finished)
  }

  @Test("hypervolume grows in the order in which trials ended, to the union of their boxes")
  func hypervolume() throws {
    let recipe = try Self.recipe(), outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 1))
    let least = recipe.leastAccuracy, reference = try SearchFront(recipe, [], outlook).reference
    #expect(reference.count == recipe.metrics.count + 1 && reference[0] == -least)
    let most = reference[1], others = Array(reference.dropFirst(2)).map { $0 / 2 }
    let rest = others.reduce(1, *)
    let front = try SearchFront(
      recipe,
      [
        Self.trial(1, at: [0, 0], accuracy: least + 0.4, values: [[most / 2] + others], finished: 20),
        Self.trial(2, at: [1, 0], accuracy: least + 0.3, values: [[most / 4] + others], finished: 10),
      ], outlook)
    #expect(front.hypervolume.map(\.trial) == [2, 1])
    #expect(abs(front.hypervolume[0].value - 0.3 * 0.75 * most * rest) < 1e-12)
    #expect(abs(front.hypervolume[1].value - (0.4 * 0.5 + 0.3 * 0.25) * most * rest) < 1e-12)
    #expect(front.members.map(\.index) == [0, 1])
  }

  @Test("hypervolume counts up to a tenth beyond the whole model's worst accelerator, or up to the limit")
  func reference() throws {
    let recipe = try Self.recipe(), outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 1))
    let consequences = try outlook.consequences(recipe.space.largestPoint)
    let worst = try #require(consequences.map { $0.values[0] }.max())
    #expect(try SearchFront(recipe, [], outlook).reference[1] == worst * 1.1)
    let limited = try Self.recipe("limits: [\"carbon <= \(worst * 1.05) kg\"]")
    let other = try SearchFront(limited, [], HardwareOutlook(limited, on: ThreadPool(threads: 1)))
    #expect(abs(other.reference[1] - worst * 1.05) < 1e-9)
  }

  @Test("an answer may lose the accepted loss against the whole model, or against the best where that was not tried")
  func acceptedAccuracy() throws {
    let recipe = try Self.recipe(), outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 1))
    let values = recipe.metrics.map { _ in 0.1 }
    let small = Self.trial(1, at: [0, 0], accuracy: 0.45, values: [values], finished: 1)
    let whole = Self.trial(2, at: recipe.space.largestPoint, accuracy: 0.5, values: [values], finished: 2)
    let alone = try SearchFront(recipe, [small], outlook)
    #expect(alone.dense == nil && alone.acceptedAccuracy == 0.45 - recipe.acceptedLoss)
    let both = try SearchFront(recipe, [small, whole], outlook)
    #expect(both.dense == 1 && both.acceptedAccuracy == 0.5 - recipe.acceptedLoss)
    #expect(both.answer?.index == 1)
    #expect(try SearchFront(recipe, [], outlook).acceptedAccuracy == nil)
  }

  @Test("what a named accelerator breaks is told as a share of each limit")
  func violations() throws {
    let pool = ThreadPool(threads: 1), free = try Self.recipe()
    let point = free.space.largestPoint
    let everything = try HardwareOutlook(free, on: pool).everything(point, on: pool)
    let one = try #require(everything.allowed.first)
    let carbon = one.value(of: .carbon), area = one.value(of: .area)
    let recipe = try Self.recipe("limits: [\"carbon <= \(carbon * 2) kg\", \"area <= \(area * 0.8) mm2\"]")
    let record = TrialRecord(Self.measured(0.4), on: everything, recipe, chosen: one.number)
    let chosen = try #require(record.chosen)
    let carbonPart = try #require(recipe.limits.firstIndex { $0.metric == .carbon })
    let areaPart = try #require(recipe.limits.firstIndex { $0.metric == .area })
    #expect(abs(chosen.violations[carbonPart] + 0.5) < 1e-9)
    #expect(abs(chosen.violations[areaPart] - 0.25) < 1e-9)
    #expect(chosen.values == recipe.metrics.map { one.value(of: $0) })
  }
}
