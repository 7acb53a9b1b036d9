import CLIPAssessment
import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import Foundation
import Testing

/// What a report says of the trials at hand beyond its own question.
@Suite("Other objectives and walls")
struct ObjectiveFrontsTests {
  /// A study of recorded trials, without any training: the shipped one of `micro-full`.
  private static let recorded: (recipe: SearchRecipe, study: Study, outlook: HardwareOutlook, front: SearchFront)? = {
    try? {
      let path = "\(SearchFixture.root)/docs/results/micro-full/study.sqlite"
      let study = try Study.read(path)
      let node = try Recipe.parse(
        Recipe.text(study.identity.recipe.objectValue ?? JSONObject()), origin: path, as: .search
      ).locating(.search, besideFile: path)
      let recipe = try SearchRecipe(AccountEdition.meant(node, for: study.identity.recipe), name: "micro-full")
      let outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 2))
      return (recipe, study, outlook, try SearchFront(recipe, study.trials(), outlook))
    }()
  }()

  @Test("at every accuracy the base's choice is the least, and the others are what a look over all trials finds")
  func choices() throws {
    let front = try #require(Self.recorded).front, found = try #require(ObjectiveFronts(front))
    #expect(found.base == .carbon && found.levels.count >= 4)
    for level in found.levels {
      let able = front.finished.filter {
        $0.record.measurement.accuracy(front.recipe.precision).mean >= level.leastAccuracy - 1e-12
      }
      #expect(Set(level.choices.map(\.aim)) == Set(ObjectiveFronts.Aim.allCases))
      for choice in level.choices {
        #expect(choice.excess >= 0 && choice.modelExcess >= 0 && choice.modelExcess <= choice.excess + 1e-12)
        #expect(able.contains { $0.trial.number == choice.trial })
        switch choice.aim {
        case .multiplyAdds:
          #expect(choice.multiplyAdds == able.map(\.record.measurement.multiplyAdds).min())
        case .carbon, .latency, .energy:
          let metric = try #require(Metric(rawValue: choice.aim.rawValue))
          let least = able.flatMap {
            $0.record.extremes.filter { $0.metric == metric }.compactMap { $0.value(of: metric) }
          }
          .min()
          #expect(choice.value(of: metric) == least, "\(choice.aim)")
        }
      }
      let own = try #require(level.choices.first { $0.aim == .carbon })
      #expect(own.excess == 0 && own.isSameModel)
    }
    // Stricter accuracies cost no less.
    let carbons = found.levels.compactMap { $0.choices.first { $0.aim == .carbon }?.value(of: .carbon) }
    #expect(zip(carbons, carbons.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(found.sentences.count == 3 && found.sentences.allSatisfy { $0.hasSuffix(".") })
    #expect(found.overlaps.allSatisfy { $0.shared <= found.frontSize })
    // The front by carbon is the front that the search itself has, as far as one metric was searched for.
    #expect(found.frontSize == Set(front.members.map(\.index)).count)
  }

  @Test(
    "the recorded search's walls: the least feed-forward width of pictures, never a size that there is nothing beyond")
  func walls() throws {
    let front = try #require(Self.recorded).front, walls = AxisWall.all(front)
    let mlp = try #require(walls.first { $0.axis == "vision-mlp" })
    #expect(mlp.isLeast && mlp.holdsAnswer && mlp.size == 96 && 2 * mlp.models > mlp.frontModels)
    #expect(mlp.advice.hasPrefix("vision-mlp: the answer and ") && mlp.advice.contains("add smaller sizes"))
    for wall in walls {
      let axis = try #require(front.recipe.space.axes.first { $0.name == wall.axis })
      #expect(wall.size == (wall.isLeast ? axis.sizes.first : axis.sizes.last))
      #expect(wall.isLeast ? wall.size > wall.furthest : wall.size < wall.furthest)
      #expect(wall.models <= wall.frontModels)
    }
    // The whole model's sizes are no walls.
    #expect(!walls.contains { $0.size == front.recipe.space.denseSize(of: $0.axis) })
  }

  @Test("what is expected of the next trial is more early in the search than late, and of a shape not tried")
  func expectation() throws {
    let recorded = try #require(Self.recorded)
    let trials = try recorded.study.trials().sorted { $0.number < $1.number }
    let early = try SearchFront(recorded.recipe, Array(trials.prefix(20)), recorded.outlook)
    let first = try #require(try ExpectedGain(early, recorded.outlook))
    let last = try #require(try ExpectedGain(recorded.front, recorded.outlook))
    #expect(first.share > 2 * last.share && last.share > 0 && first.share < 1)
    #expect(!early.finished.contains { recorded.recipe.space.shortName($0.point) == first.model })
    #expect(first.looked > 100)
    let few = try SearchFront(recorded.recipe, Array(trials.prefix(3)), recorded.outlook)
    #expect(try ExpectedGain(few, recorded.outlook) == nil)
  }
}
