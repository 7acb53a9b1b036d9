import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPRecipes
import CLIPSearch
import CLIPTraining
import Testing

@Suite("Search recipes")
struct SearchRecipeTests {
  static let fixture = Result { try SearchFixture() }

  @Test("the shipped recipes are read, and say what their names promise")
  func shipped() throws {
    for (name, count) in [("quickstart", 151_200), ("micro-full", 16_796_160)] {
      let text = try TextFile.text(of: "\(SearchFixture.root)/recipes/\(name).yaml")
        .replacing("checkpoints/base", with: "\(SearchFixture.root)/checkpoints/base")
      let recipe = try SearchRecipe(Recipe.parse(text, origin: name), name: name)
      #expect(recipe.space.count == count)
      #expect(recipe.metrics == [.carbon] && recipe.precision == .int8)
      #expect(recipe.trials >= (recipe.looks == nil ? 18 : 8))
    }
  }

  @Test("a search of values is the recipe that says the same")
  func values() throws {
    let base = "\(SearchFixture.root)/checkpoints/base"
    let text = """
      {pretrained: \(base), model-space: {vision-mlp: [96, 384]}, hardware: camera-1920, scenario: camera, train-data: a, val-data: b}
      """
    let read = try SearchRecipe(Recipe.parse(text, origin: "text"), name: "own")
    func made(_ sizes: [Int]) throws -> SearchRecipe {
      try SearchRecipe(
        "own", pretrained: base, space: [.init("vision-mlp", sizes)],
        hardware: .space(DesignSpace.named("camera-1920")),
        assessor: Assessor(in: Scenario.named("camera")))
    }
    let own = try made([96, 384])
    #expect(own.space == read.space && own.metrics == read.metrics && own.precision == read.precision)
    #expect(own.training.json == read.training.json && LossTerm.json(own.losses) == LossTerm.json(read.losses))
    #expect(own.acceptedLoss == read.acceptedLoss && own.ridge == read.ridge && own.trials == read.trials)
    #expect(own.calibrationSamples == read.calibrationSamples && own.importance.name == read.importance.name)
    #expect(own.optimizer.name == read.optimizer.name && own.assessor.costModelName == read.assessor.costModelName)
    #expect(throws: InputError.self) { _ = try made([384]) }
  }

  @Test(
    "what is wrong is said in one line before anything is trained",
    arguments: [
      ("mode", "carbn", "carbon"), ("optimizer", "greybox", "did you mean \"grey-box\"?"),
      ("model-space", "{vision-layers: [3]}", "from 1 to 2"), ("model-space", "{vision-layers: []}", "is empty"),
      ("model-space", "{vision-layer: [1]}", "vision-layers"), ("model-space", "{vision-layers: [1, 1]}", "twice"),
      ("model-space", "", "model-space is missing"), ("strategy", "surgon", "surgeon"), ("hardware", "camra", "camera"),
      ("scenario", "egde", "edge"), ("limits", "[\"latency <= 5 mm2\"]", "ms"),
      ("limits", "[\"accuracy >= 200 %\"]", "accuracy"),
      ("limits", "[\"latency <= 5 ms\", \"latency <= 6 ms\"]", "twice"),
      ("objectives", "[carbon]", "accuracy is missing"),
      ("objectives", "[accuracy, carbn]", "carbon"), ("train-data", "", "train-data"), ("val-data", "", "val-data"),
      ("test-data", "scenes:validation?count=24&size=32", "must not see the test set"), ("trials", "0", "1"),
      ("trials", "1e12", "trials"), ("time", "3 parsecs", "hours"), ("finetune", "{lr: fast}", "lr"),
      ("finetune", "{learning-rate: 1}", "learning-rate"), ("pretrained", "/nonexistent/model", "/nonexistent/model"),
      ("precision", "int4", "int8"), ("sede", "3", "seed"), ("design", "edge-base", "exclude"),
      ("accepted-loss", "-1", "accepted-loss"),
    ])
  func mistakes(key: String, value: String, part: String) throws {
    let fixture = try Self.fixture.get()
    let error = try #require(throws: InputError.self) { _ = try fixture.recipe([key: value]) }
    #expect(error.description.contains(part), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test("where another library must hold the models, heads follow from the width, and every shape is held")
  func loadable() throws {
    let fixture = try Self.fixture.get()
    let recipe = try fixture.recipe(["loadable": "open_clip"]), space = recipe.space
    var seen = 0
    for layers in 0..<2 {
      for units in 0..<3 {
        for width in 0..<2 {
          let point = [layers, units, width], shape = try space.shape(point)
          #expect(shape.isLoadable(by: .openCLIP) && shape.isLoadable(by: .huggingFace))
          #expect(shape.text.headsPerLayer == [width + 1, width + 1] && shape.text.headWidth == 8)
          // Sizes say it all: they come back as the point, and give the shape in a space that binds nothing.
          #expect(space.point(space.json(point)) == point)
          #expect(try fixture.recipe().space.shape(sizes: space.json(point)) == shape)
          seen += 1
        }
      }
    }
    #expect(seen == space.count && space.name([0, 0, 0]).hasSuffix("text-width 8, text-heads 1"))
    for (space, part) in [
      (
        "{text-width: [8, 12, 16]}",
        "text-width must be a multiple of a head's 8 channels where loadable is hf, found 12"
      ),
      ("{text-heads: [1, 2]}", "text-heads follows from the width where loadable is hf; leave it out"),
    ] {
      let error = try #require(throws: InputError.self) {
        _ = try fixture.recipe(["loadable": "hf", "model-space": space])
      }
      #expect(error.description.contains(part), "\(error)")
    }
  }

  @Test("a scenario may stand inline, its keys at the top level, its base beside the recipe: all mean the same")
  func scenarios() throws {
    let fixture = try Self.fixture.get()
    func scenario(_ changes: [String: String]) throws -> Scenario { try fixture.recipe(changes).assessor.scenario }
    let inline = try scenario(["scenario": "{base: camera, grid: France, lifetime: 5 years, rate: 1 per second}"])
    #expect(inline.grid.code == "FR" && inline.lifetime.rate?.value == 1 && inline.name == "camera")
    #expect(try scenario(["grid": "FR", "lifetime": "5 years", "rate": "1 per second"]) == inline)
    #expect(try scenario(["scenario": "{base: edge, grid: IN}", "grid": "FR"]).grid.code == "FR")
    let folder = "\(fixture.folder)/inline"
    try Folder.make(folder)
    try AtomicFile.write(
      "base: camera\nlifetime: 5 years\nrate: 1 per second\nname: camera\n", to: "\(folder)/mine.yaml")
    try AtomicFile.write(
      fixture.text(["scenario": "{base: mine.yaml, grid: FR, name: camera}"]), to: "\(folder)/search.yaml")
    #expect(try SearchRecipe(file: "\(folder)/search.yaml").assessor.scenario == inline)
    // What a study records means the same from anywhere.
    let recorded = RecipeKind.search.recorded(try SearchRecipe(file: "\(folder)/search.yaml").node.json, in: "/tmp")
    #expect(recorded["scenario"]?["base"]?.stringValue?.hasSuffix("inline/mine.yaml") == true, "\(recorded)")
    for (value, part) in [
      ("{base: camra}", "did you mean \"camera\"?"), ("{base: camera, gird: FR}", "did you mean \"grid\"?"),
      ("{grid: FR}", "lifetime is missing"), ("[camera]", "must be a name, a file or keys"),
    ] {
      let error = try #require(throws: InputError.self) { _ = try scenario(["scenario": value]) }
      #expect(error.description.contains(part) && !error.description.contains("\n"), "\(error)")
    }
  }

  @Test("limits that exclude every accelerator are told with the one that does and by how much")
  func infeasible() throws {
    let fixture = try Self.fixture.get()
    let recipe = try fixture.recipe(["limits": "[\"area <= 0.1 mm2\"]"])
    let error = try #require(throws: InputError.self) { _ = try HardwareOutlook(recipe, on: ThreadPool(threads: 1)) }
    #expect(error.description.contains("area <= 0.1 mm2 excludes all"), "\(error)")
    #expect(error.description.contains("the least is"), "\(error)")
  }

  @Test("a short list's answers are those of every design, for shapes all over the space")
  func shortlist() throws {
    let fixture = try Self.fixture.get(), recipe = try fixture.recipe(), pool = ThreadPool(threads: 2)
    let outlook = try HardwareOutlook(recipe, on: pool)
    #expect(outlook.shortlist.count <= 96)
    for point in [[0, 0, 0], [1, 2, 1], [1, 0, 1], [0, 2, 0], [1, 1, 0]] {
      let quick = try outlook.consequences(point)
      let whole = try outlook.everything(point, on: pool)
      for one in quick {
        let exact = try #require(whole.allowed.first { $0.number == one.design })
        #expect(abs(exact.value(of: .carbon) / one.values[0] - 1) < 1e-12)
      }
      let best = try #require(whole.least(.carbon)?.value(of: .carbon))
      #expect(try #require(quick.map { $0.values[0] }.min()) <= best * 1.03)
    }
  }
}
