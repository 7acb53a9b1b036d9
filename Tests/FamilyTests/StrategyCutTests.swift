import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import Testing

@Suite("A family's rivals that a pruning strategy cuts to a budget")
struct StrategyCutTests {
  private func recipe(_ fixture: SearchFixture, _ baselines: String, seeds: String = "[0, 7]") throws -> FamilyRecipe {
    try AtomicFile.write(
      fixture.text(["test-data": "scenes:test?count=24&size=32"]), to: "\(fixture.folder)/search.yaml")
    try AtomicFile.write(
      """
      search: \(fixture.folder)/search.yaml
      study: \(fixture.folder)/study
      record: \(fixture.folder)/family.json
      checkpoints: \(fixture.folder)/c-
      baselines: \(baselines)
      finetune: {train-num-samples: 32}
      seeds: \(seeds)
      """, to: "\(fixture.folder)/family.yaml")
    return try FamilyRecipe(file: "\(fixture.folder)/family.yaml")
  }

  private func run(_ recipe: FamilyRecipe, _ fixture: SearchFixture, _ known: FamilyRecord) throws -> FamilyRecord {
    let run = FamilyRun(
      recipe, record: try FamilyRun.models(of: recipe, known: known, members: []), folder: "\(fixture.folder)/c",
      on: ThreadPool(threads: 2), version: "test")
    try run.run()
    return try FamilyRecord(file: recipe.record)
  }

  @Test("its sizes are chosen once, within the budget, and every seed trains them; another strategy is another model")
  func life() throws {
    let fixture = try SearchFixture()
    let recipe = try recipe(
      fixture,
      "{by-size: {strategy: magnitude, image-macs: 50 %}, by-gradient: {strategy: taylor, image-macs: 50 %}, "
        + "half: {vision-width: 8, vision-heads: 1}}")
    try recipe.checkData()
    let record = try run(recipe, fixture, FamilyRecord()), dense = recipe.search.dense
    #expect(record.models.map(\.name) == ["whole", "half", "by-size", "by-gradient"])
    #expect(record.models.map { $0.runs.map(\.seed) } == [[0], [0, 7], [0, 7], [0, 7]])
    for model in record.models.dropFirst(2) {
      let shape = try recipe.search.space.shape(sizes: model.sizes)
      #expect(2 * shape.imageMultiplyAdds <= dense.imageMultiplyAdds && shape.text == dense.text, "\(model.sizes)")
      #expect(model.runs.allSatisfy { $0.validation.multiplyAdds == shape.imageMultiplyAdds + shape.textMultiplyAdds })
      #expect(model.runs.allSatisfy { $0.validation.samples == 32 })
    }
    #expect(record.models[2].cut?.strategy == "magnitude" && record.models[2].cut?.json["image-macs"] == "50 %")
    // The key depends on the strategy, whatever sizes it chose.
    #expect(Set(record.models.flatMap(\.runs).map(\.key)).count == 7)
    let same = try run(recipe, fixture, record)
    #expect(same.models.map(\.sizes) == record.models.map(\.sizes))
    #expect(same.models.flatMap(\.runs).map(\.key) == record.models.flatMap(\.runs).map(\.key))

    // A task of another process has the same key.
    let half = record.models[2], runner = FamilyTaskRunner(on: ThreadPool(threads: 1), version: "test")
    let cut = try #require(half.cut)
    let task = try #require(
      FamilyTask([
        "task": "training", "name": "by-size", "sizes": .object(half.sizes), "seed": 7, "precision": "fp32",
        "cut": .object(cut.json), "key": .string(half.runs[1].key),
        "family": .string("\(fixture.folder)/family.yaml"), "candidates": .string("\(fixture.folder)/c"),
        "version": "test",
      ]))
    #expect(try #require(try runner.run(task))["key"]?.stringValue == half.runs[1].key)
  }

  @Test("learned masks choose sizes within the budget; every seed learns its own and is cut to them")
  func masks() throws {
    let fixture = try SearchFixture()
    let recipe = try recipe(
      fixture,
      "{masks: {strategy: learned-masks, image-macs: 50 %}, "
        + "longer: {strategy: learned-masks, image-macs: 50 %, mask-samples: 48, mask-lr: 0.2}}")
    try recipe.checkData()
    let record = try run(recipe, fixture, FamilyRecord()), dense = recipe.search.dense
    #expect(record.models.map(\.name) == ["whole", "masks", "longer"])
    for model in record.models.dropFirst() {
      let shape = try recipe.search.space.shape(sizes: model.sizes)
      #expect(2 * shape.imageMultiplyAdds <= dense.imageMultiplyAdds && shape.text == dense.text, "\(model.sizes)")
      #expect(model.runs.map(\.seed) == [0, 7] && model.runs.allSatisfy { $0.validation.samples == 32 })
    }
    #expect(record.models[2].cut?.maskSamples == 48 && record.models[2].cut?.maskRate == 0.2)
    #expect(record.models[1].cut?.json == ["strategy": "learned-masks", "image-macs": "50 %"])
    #expect(Set(record.models.flatMap(\.runs).map(\.key)).count == 5)
    // One file for each model and seed, which the trainings read.
    let files = try Folder.names(in: "\(fixture.folder)/c/masks").sorted()
    #expect(files.count == 4)
    let same = try run(recipe, fixture, record)
    #expect(same.models.flatMap(\.runs).map(\.key) == record.models.flatMap(\.runs).map(\.key))

    // Another process learns the same, with the file gone or damaged.
    let model = record.models[1], cut = try #require(model.cut), first = model.runs[1]
    let weights = "\(fixture.folder)/c/\(first.validation.checkpoint)/open_clip_model.safetensors"
    let before = try TextFile.bytes(of: weights)
    for file in files { try AtomicFile.write("{", to: "\(fixture.folder)/c/masks/\(file)") }
    try Folder.remove("\(fixture.folder)/c/\(first.key)")
    let task = try #require(
      FamilyTask([
        "task": "training", "name": "masks", "sizes": .object(model.sizes), "seed": 7, "precision": "fp32",
        "cut": .object(cut.json), "key": .string(first.key), "family": .string("\(fixture.folder)/family.yaml"),
        "candidates": .string("\(fixture.folder)/c"), "version": "test",
      ]))
    let again = try #require(try FamilyTaskRunner(on: ThreadPool(threads: 1), version: "test").run(task))
    #expect(again["key"]?.stringValue == first.key)
    let areSame = try TextFile.bytes(of: weights) == before
    #expect(areSame)
  }

  @Test("sizes may be lists, one for each layer")
  func lists() throws {
    let fixture = try SearchFixture(), space = try recipe(fixture, "{}").search.space
    let shape = try space.shape(sizes: ["vision-heads": [1, 2], "text-mlp": [16, 0]])
    #expect(shape.vision.headsPerLayer == [1, 2] && shape.text.mlpWidth == [16, 0])
    for wrong: JSONObject in [["vision-width": [8, 8]], ["vision-heads": ["a"]], ["vision-heads": [1, 2, 1]]] {
      #expect(throws: InputError.self) { try space.shape(sizes: wrong) }
    }
  }

  @Test(
    "what cannot be is refused before anything is computed",
    arguments: [
      ("{a: {strategy: magnitud, image-macs: 50 %}}", "magnitude"), ("{a: {strategy: magnitude}}", "one budget"),
      ("{a: {strategy: magnitude, macs: 50 %, params: 50 %}}", "one budget"),
      ("{a: {strategy: magnitude, image-macs: 50 %, vision-width: 8}}", "vision-width"),
      ("{a: {strategy: magnitude, image-macs: 200 %}}", "image-macs must be at most"),
      ("{a: {strategy: magnitude, image-macs: few}}", "image-macs takes a share"),
      ("{a: {strategy: surgeon, image-macs: 0.1 %}}", "image-macs cannot be reached: the smallest shape has"),
      ("{a: {strategy: learned-masks, image-macs: 0.1 %}}", "image-macs cannot be reached: the smallest shape has"),
      ("{a: {strategy: reference, image-macs: 50 %}}", "cannot choose"),
      ("{a: {strategy: learned-mask, image-macs: 50 %}}", "learned-masks"),
      ("{a: {strategy: learned-masks, macs: 50 %}}", "cuts the image tower alone"),
      ("{a: {strategy: learned-masks, image-macs: 50 %, mask-samples: 0}}", "mask-samples must be"),
      ("{a: {strategy: learned-masks, image-macs: 50 %, mask-lr: fast}}", "mask-lr must be a number"),
      ("{a: {strategy: magnitude, image-macs: 50 %, mask-lr: 0.1}}", "belong to learned-masks"),
    ])
  func refused(baselines: String, message: String) throws {
    let fixture = try SearchFixture()
    let error = try #require(throws: InputError.self) { try recipe(fixture, baselines).checkData() }
    #expect("\(error)".contains(message), "\(error)")
  }
}
