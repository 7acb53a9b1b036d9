import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPSearch
import Testing

@Suite("Editions of a search's accounts")
struct AccountEditionTests {
  private static let fixture = try? SearchFixture()

  private static func recipe(_ changes: [String: String] = [:]) throws -> SearchRecipe {
    try #require(fixture).recipe(changes)
  }

  @Test("a recipe counts what its scenario says, and what it says itself comes after that")
  func keys() throws {
    let camera = try Scenario.named("camera")
    #expect(try Self.recipe().assessor.scenario == camera)
    let own = try Self.recipe([
      "texts-per-image": "2", "text-tokens": "8", "images-per-fetch": "4", "activity": "25 %", "mapping": "energy",
    ]).assessor
    #expect(
      own.scenario.use
        == ModelUse(textsPerImage: 2, textTokens: 8, lastBlock: .pooledToken, imagesPerFetch: 4))
    #expect(own.scenario.lifetime.activity == 0.25 && own.mapping == .energy)
  }

  @Test("the first edition counts an image with a text and every token, whatever the scenario says now")
  func first() throws {
    let first = try Self.recipe(["edition": "1"]).assessor.scenario
    #expect(first.use == .pair && first.boundary == .die)
    #expect(try Self.recipe().assessor.scenario.boundary == .packaged)
    #expect(try Self.recipe(["edition": "1", "boundary": "device"]).assessor.scenario.boundary == .device)
    let own = try Self.recipe(["edition": "1", "prompts": "9", "texts-per-image": "0"])
    #expect(own.assessor.scenario.use.prompts == 9)
  }

  @Test("a study keeps the edition that it began with; one without was begun before there were any")
  func records() throws {
    let recipe = try Self.recipe()
    let recorded = AccountEdition.recorded(recipe.node.json)
    #expect(recorded["edition"]?.intValue == AccountEdition.current)
    #expect(AccountEdition.meant(recipe.node, for: recorded).json["edition"]?.intValue == AccountEdition.current)
    let old = AccountEdition.meant(recipe.node, for: recipe.node.json)
    #expect(old.json["edition"]?.intValue == 1)
    #expect(try SearchRecipe(old, name: "old").assessor.scenario.use == .pair)
    // The study of edition 1 holds no edition, and a recipe that says the same as it is the same.
    #expect(AccountEdition.recorded(old.json)["edition"] == nil)
    let pinned = try Self.recipe(["texts-per-image": "1", "last-block": "all-tokens", "boundary": "die"]).node
    #expect(
      AccountEdition.recorded(AccountEdition.meant(pinned, for: recipe.node.json).json)
        == AccountEdition.recorded(old.json))
  }

  @Test("a widened space stands inside, and a study keeps it")
  func widening() throws {
    func space(_ recipe: SearchRecipe) -> DesignSpace? {
      if case .space(let space) = recipe.hardware { space } else { nil }
    }
    let plain = try Self.recipe(), wide = try Self.recipe(["widen": "true"])
    let before = try #require(space(plain)), after = try #require(space(wide))
    #expect(after.count > before.count && before.designs.allSatisfy { after.contains($0) })
    let assessor = wide.assessor, shape = try wide.space.shape(wide.space.largestPoint)
    let best = try #require(
      try assessor.least(.carbon, of: shape, across: after, limits: wide.limits, on: ThreadPool(threads: 2)))
    let ends = after.ends(of: best.design, for: try assessor.costModel(for: shape))
    #expect(ends.allSatisfy { $0.limit != nil }, "\(ends)")
    // What the study recorded counts, whatever would be widened to now.
    let recorded = AccountEdition.recorded(wide.node.json)
    #expect(try space(SearchRecipe(AccountEdition.meant(wide.node, for: recorded), name: "again")) == after)
    let small = SearchRecipe.recording(before, in: wide.node)
    let kept = try SearchRecipe(AccountEdition.meant(wide.node, for: AccountEdition.recorded(small.json)), name: "kept")
    #expect(space(kept) == before)
    #expect(AccountEdition.recorded(kept.node.json) == AccountEdition.recorded(small.json))
  }

  @Test("a name of a space means what it meant when the study was begun")
  func spaces() throws {
    func count(_ edition: String, _ name: String) throws -> Int? {
      guard case .space(let space) = try Self.recipe(["edition": edition, "hardware": name]).hardware else {
        return nil
      }
      return space.count
    }
    for edition in ["1", "2"] {
      #expect(try count(edition, "camera") == 1920)
      #expect(try count(edition, "edge") == 3240)
    }
    #expect(try count("3", "camera") == DesignSpace.named("camera").count)
    #expect(try count("3", "edge") == DesignSpace.edge().count)
    #expect(try count("3", "paper") == 3240)
    #expect(try DesignSpace.named("camera").count > 1_000_000)
  }

  @Test(
    "accelerators are priced in the arithmetic in which accuracy counts; in older studies as a byte for every number")
  func arithmetic() throws {
    func priced(_ changes: [String: String]) throws -> [String] {
      switch try Self.recipe(changes).hardware {
      case .space(let space): Array(Set([space[0], space[space.count - 1]].map(\.silicon.arithmetic)))
      case .design(let design): [design.silicon.arithmetic]
      }
    }
    #expect(try priced([:]) == ["int8"] && priced(["edition": "3"]) == ["standard"])
    #expect(try priced(["arithmetic": "fp32"]) == ["fp32"] && priced(["arithmetic": "w4a8"]) == ["w4a8-g64"])
    // Accuracy may be counted in floats on accelerators of bytes.
    #expect(try priced(["precision": "fp32"]) == ["standard"])
    #expect(try priced(["mode": "model", "hardware": "", "design": "camera-base"]) == ["int8"])
    #expect(try priced(["cost-model": "reference"]) == ["standard"])
    #expect(try priced(["hardware": "camera-chip", "arithmetic": "int8-only"]) == ["int8-only"])
    let four = try Self.recipe(["arithmetic": "w4a8"]), float = try Self.recipe(["arithmetic": "fp32"])
    #expect(four.precision == .int8 && four.arithmetic.description == "w4a8-g64" && four.precisionName == "w4a8-g64")
    #expect(float.precision == .float32 && float.precisionName == "float32")
    // Floats cost more than bytes, and 4 bits less to hold.
    let shape = try four.space.shape(four.space.largestPoint)
    func carbon(_ changes: [String: String]) throws -> Double {
      let recipe = try Self.recipe(changes)
      guard case .space(let space) = recipe.hardware else { return .nan }
      return try recipe.assessor.assess(shape, on: space[5], named: "").totalCarbon.value
    }
    let eight = try carbon([:])
    #expect(try carbon(["arithmetic": "fp32"]) > eight && carbon(["arithmetic": "w4a8"]) < eight)
  }

  @Test(
    "accelerators of one that is not measured, or of another than accuracy's, and several that mix floats are refused",
    arguments: [
      (["arithmetic": "[int8, fp32]"], "arithmetic: fp32 cannot be one of several: they are whole numbers"),
      (["arithmetic": "[int8, w4a8]", "precision": "fp32"], "precision: float32 is not what the accelerators compute"),
      (["arithmetic": "[int8, w4a8]", "mode": "all-hw", "model-space": ""], "are chosen from only where models"),
      (["arithmetic": "[int8, w4a8]", "cost-model": "reference"], "several are chosen from only where models"),
      (["arithmetic": "bf16"], "measured in fp32 or in whole numbers, not in bf16"),
      (["arithmetic": "w4a8", "precision": "int8"], "precision: int8 is not what the accelerators compute, w4a8-g64"),
      (["arithmetic": "int8", "precision": "fp32"], "precision: float32 is not what the accelerators compute, int8"),
    ])
  func otherArithmetic(changes: [String: String], part: String) throws {
    let error = try #require(throws: InputError.self) { _ = try Self.recipe(changes) }
    #expect(error.description.contains(part) && error.description.contains("test.yaml: line "), "\(error)")
  }

  @Test("a candidate is trained once and measured in each arithmetic, and a record says which")
  func measured() throws {
    let fixture = try #require(Self.fixture)
    var found: [CandidateMeasurement] = []
    for name in ["int8", "w2a8", "w4a8", "int8"] {
      let trainer = try CandidateTrainer(
        Self.recipe(["arithmetic": name]), folder: "\(fixture.folder)/numbers", on: ThreadPool(threads: 1),
        version: "test")
      let (measurement, wasKnown) = try trainer.measureOnce([0, 1, 0])
      #expect(wasKnown == (found.count == 3))
      #expect(CandidateMeasurement(.object(measurement.json)) == measurement)
      found.append(measurement)
    }
    #expect(found.map(\.arithmetic) == ["int8", "w2a8-g64", "w4a8-g64", "int8"])
    #expect(Set(found.map(\.checkpoint)).count == 1 && Set(found.map(\.float32.mean)).count == 1)
    #expect(found[1].times.training == 0 && found[0].times.training > 0 && found[0] == found[3])
    #expect(found[1].json["int8"] == nil && found[1].json["w2a8-g64"] != nil)
  }

  @Test(
    "mistakes are told with their place",
    arguments: [
      ("edition", "6", "edition must be a whole number from 1 to 5"),
      ("mapping", "delay", "mapping must be latency, energy, edp"),
      ("texts-per-image", "many", "test.yaml: line"), ("texts-per-image", "-1", "texts-per-image must be"),
      ("activity", "0 %", "activity must be 0.0001 to 100 %"),
      ("prompts", "0", "prompts must be a whole number from 1"),
    ])
  func mistakes(key: String, value: String, part: String) throws {
    let error = #expect(throws: InputError.self) { try Self.recipe([key: value]) }
    #expect("\(try #require(error))".contains(part), "\(String(describing: error))")
    // One place, not two.
    #expect("\(try #require(error))".ranges(of: "test.yaml").count <= 1, "\(String(describing: error))")
  }
}
