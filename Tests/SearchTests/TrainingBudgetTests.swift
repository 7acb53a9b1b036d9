import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import Testing

@Suite("A search with a budget of trainings")
struct TrainingBudgetTests {
  private static let fixture = try? SearchFixture()

  private func recipe(_ changes: [String: String]) throws -> SearchRecipe {
    let several = [
      "arithmetic": "[int8, w4a8]", "model-space": "{vision-layers: [1, 2], text-width: [8, 16]}", "trials": "8",
    ]
    return try #require(Self.fixture).recipe(several.merging(changes) { $1 })
  }

  /// The shapes of trials, each with the arithmetics that it was tried in.
  private func shapes(_ study: Study) throws -> [[Int]: Set<Int>] {
    try study.trials().reduce(into: [:]) { $0[Array($1.point.prefix(2)), default: []].insert($1.point[2]) }
  }

  @Test(
    "no more shapes are trained; then each of them is measured in every arithmetic, and the search ends",
    arguments: [1, 2])
  func ends(trainings: Int) throws {
    let fixture = try #require(Self.fixture), recipe = try recipe(["trainings": "\(trainings)"])
    let name = "budget-\(trainings)", study = try fixture.study(recipe, name)
    // Stopped again and again, it counts what was begun before.
    var stops = 0
    for stopAt in [2, 5, 9, 14, 20, 27, 35, 44, 60] {
      if try fixture.run(recipe, study, candidates: name, worker: "w\(stopAt)", stopAt: stopAt) == .stopped {
        stops += 1
      }
    }
    #expect(stops > 0)
    #expect(try fixture.run(recipe, study, candidates: name) == .finished)
    let found = try shapes(study), trained = try TrainedShapes(study.trials(), recipe)
    #expect(trained.begun.count == trainings)
    // The base model is not trained, and stands beside them.
    #expect(found.count == trainings + 1 && found[[1, 1]] != nil)
    #expect(found.values.allSatisfy { $0 == [0, 1] })
    #expect(try study.trials().count == 2 * found.count)
    let names = try Folder.names(in: "\(fixture.folder)/\(name)").filter { $0.hasPrefix("c6-") }
    #expect(names.count == found.count)
    #expect(try fixture.run(recipe, study, candidates: name) == .finished)
    #expect(try study.trials().count == 2 * found.count)
  }

  @Test("a budget that is not reached changes nothing")
  func wide() throws {
    let fixture = try #require(Self.fixture)
    var points: [[[Int]]] = []
    for (name, more) in [("wide", ["trainings": "3"]), ("none", [:])] {
      let recipe = try recipe(more), study = try fixture.study(recipe, name)
      #expect(try fixture.run(recipe, study, candidates: "wide") == .finished)
      points.append(try study.trials().map(\.point))
    }
    // Three shapes are trained in all: the fourth is the base model.
    #expect(points[0].count == 8 && Set(points[0]) == Set(points[1]))
  }

  @Test(
    "optimizers that choose accelerators, too, go on with trained shapes on others", arguments: ["random", "nsga-ii"])
  func chosen(optimizer: String) throws {
    let fixture = try #require(Self.fixture)
    let recipe = try recipe(["trainings": "1", "optimizer": optimizer, "trials": "12", "initial-trials": ""])
    let study = try fixture.study(recipe, optimizer)
    #expect(try fixture.run(recipe, study, candidates: "chosen") == .finished)
    let trials = try study.trials()
    #expect(trials.count == 12 && Set(trials.map(\.point)).count == 12)
    #expect(try TrainedShapes(trials, recipe).begun.count == 1)
  }

  @Test("it is part of what a study belongs to where it is given")
  func identity() throws {
    let fixture = try #require(Self.fixture)
    _ = try fixture.study(recipe(["trainings": "2"]), "identity")
    _ = try fixture.study(recipe(["trainings": "2", "trials": "9"]), "identity")
    #expect(throws: InputError.self) { try fixture.study(recipe(["trainings": "3"]), "identity") }
    #expect(throws: InputError.self) { try fixture.study(recipe([:]), "identity") }
    #expect(try recipe([:]).trainings == nil && recipe(["trainings": "2"]).trainings == 2)
    for wrong in ["0", "many"] { #expect(throws: InputError.self) { try recipe(["trainings": wrong]) } }
  }
}
