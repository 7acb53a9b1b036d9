import CLIPAssessment
import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPStudies
import Testing

@Suite("A search among arithmetics")
struct ArithmeticAxisTests {
  private static let fixture = try? SearchFixture()
  private static let several = [
    "arithmetic": "[int8, w4a8]", "model-space": "{vision-layers: [1, 2], text-width: [8, 16]}",
  ]

  @Test("each shape stands in the space once for every arithmetic, the one of fewest bits first")
  func space() throws {
    let recipe = try #require(Self.fixture).recipe(Self.several), space = recipe.space
    #expect(space.axes.map(\.name) == ["vision-layers", "text-width", "arithmetic"] && space.count == 8)
    #expect(space.arithmetics.map(\.description) == ["w4a8-g64", "int8"])
    #expect(recipe.precision == .int8 && recipe.precisionName == "w4a8-g64 or int8")
    for point in [[0, 0, 0], [1, 0, 1], space.largestPoint] {
      let json = space.json(point)
      #expect(json["arithmetic"]?.stringValue == space.arithmetic(point)?.description)
      #expect(space.point(json) == point && space.name(point).hasSuffix(json["arithmetic"]?.stringValue ?? "-"))
      #expect(try space.shape(sizes: json) == space.shape(point))
    }
    #expect(try space.shape([1, 1, 0]) == space.shape([1, 1, 1]) && space.shape([1, 1, 0]) == recipe.dense)
    var other = space.json([0, 0, 0])
    other["arithmetic"] = .string("w2a8-g64")
    #expect(space.point(other) == nil && space.arithmetic([0, 0]) == nil)
  }

  @Test("a shape costs in each arithmetic what a search of that one alone prices it at, size among it")
  func prices() throws {
    let fixture = try #require(Self.fixture), pool = ThreadPool(threads: 1)
    let limits = ["limits": "[size <= 1 GB]"]
    let both = try fixture.recipe(Self.several.merging(limits) { $1 })
    let outlook = try HardwareOutlook(both, on: pool)
    for (level, name) in ["w4a8", "int8"].enumerated() {
      let alone = try fixture.recipe(Self.several.merging(["arithmetic": name]) { $1 }.merging(limits) { $1 })
      let own = try HardwareOutlook(alone, on: pool)
      for point in [[0, 0], [1, 1]] {
        let all = try outlook.everything(point + [level], on: pool), one = try own.everything(point, on: pool)
        #expect(all.least(.carbon)?.number == one.least(.carbon)?.number)
        #expect(all.least(.carbon)?.value(of: .carbon) == one.least(.carbon)?.value(of: .carbon))
        #expect(all.least(.carbon)?.value(of: .size) == one.least(.carbon)?.value(of: .size))
        let number = try #require(one.least(.carbon)?.number)
        #expect(
          try outlook.assessment(point + [level], design: number).totalCarbon
            == own.assessment(point, design: number).totalCarbon)
        #expect(outlook.design(number, for: point + [level]) == own.design(number, for: point))
        // What proposals see of a design is what it costs.
        for seen in try outlook.consequences(point + [level]) {
          #expect(try seen.values == [own.assessment(point, design: seen.design).value(of: .carbon)])
        }
      }
    }
    let four = try outlook.everything([1, 1, 0], on: pool), eight = try outlook.everything([1, 1, 1], on: pool)
    #expect(try #require(four.least(.carbon)).value(of: .carbon) < #require(eight.least(.carbon)).value(of: .carbon))
  }

  @Test("a whole search trains each shape once, measures it in both, and its report says which is which")
  func search() throws {
    let fixture = try #require(Self.fixture), pool = ThreadPool(threads: 1)
    let more = ["trials": "8", "test-data": "scenes:test?count=24&size=32"]
    let recipe = try fixture.recipe(Self.several.merging(more) { $1 })
    let study = try fixture.study(recipe, "arithmetics")
    #expect(try fixture.run(recipe, study, candidates: "arithmetics") == .finished)
    let outlook = try HardwareOutlook(recipe, on: pool), trials = try study.trials()
    let front = try SearchFront(recipe, trials, outlook)
    #expect(front.finished.count == 8)
    var trained: [[Int]: Int] = [:]
    for one in front.finished {
      let measured = one.record.measurement
      #expect(measured.arithmetic == recipe.space.arithmetic(one.point)?.description)
      if measured.times.training > 0 { trained[Array(one.point.dropLast()), default: 0] += 1 }
    }
    // The whole model is not trained at all.
    #expect(trained.count == 3 && trained.values.allSatisfy { $0 == 1 }, "\(trained)")
    for shape in [[0, 0], [0, 1], [1, 0], [1, 1]] {
      let pair = front.finished.filter { Array($0.point.dropLast()) == shape }.map(\.record)
      #expect(pair.count == 2 && pair[0].measurement.checkpoint == pair[1].measurement.checkpoint)
      #expect(pair[0].measurement.float32 == pair[1].measurement.float32)
      #expect(pair[0].placements != pair[1].placements)
    }
    #expect(front.dense.map { front.finished[$0].point } == [1, 1, 1])
    // What is saved is told beside the whole model in the arithmetic in which it emits least.
    let wholes = front.wholes.compactMap { index in
      front.finished[index].record.extremes.first { $0.metric == .carbon }?.value(of: .carbon)
    }
    let compared = try #require(try SearchSummary(recipe, study, outlook, on: pool).dense).costs.carbon.value
    let least = try #require(wholes.min())
    #expect(wholes.count == 2 && abs(least - compared) <= 1e-9 * least)

    let trainer = try CandidateTrainer(
      recipe, folder: "\(fixture.folder)/arithmetics", on: pool, version: "test")
    try TestAccuracies.measure(front, study, with: trainer) { _, _ in }
    for member in front.members {
      let one = front.finished[member.index]
      let test = try #require(try TestAccuracies.known(study, trial: one.trial.number))
      #expect(test.arithmetic == one.record.measurement.arithmetic)
    }
    let summary = try SearchSummary(recipe, study, outlook, on: pool)
    #expect(summary.question.precisionName == "w4a8-g64 or int8" && summary.axes.last?.names == ["w4a8-g64", "int8"])
    #expect(summary.trials.allSatisfy { $0.measurement?.arithmetic == summary.axes[2].names[$0.sizes[2]] })
    #expect(summary.walls.allSatisfy { $0.axis != "arithmetic" })
  }
}
