import Testing
import CLIPScenes

@Suite("SceneSplit") struct SceneSplitTests {
  /// What a composition is, as text.
  private func composition(_ scene: Scene) -> String {
    scene.objects.map { "\($0.color) \($0.shape) \($0.texture)" }.sorted().joined(separator: ", ")
  }

  @Test("train, validation and test share no composition over 40,000 scenes each, whatever the seed")
  func disjoint() throws {
    var compositions: [SceneSplit: Set<String>] = [:]
    for (number, split) in SceneSplit.allCases.enumerated() {
      for seed in [UInt64(1), UInt64(50 + number)] {
        let generator = try SceneGenerator(seed: seed, split: split)
        for index in 0..<20_000 {
          compositions[split, default: []].insert(composition(generator.scene(index)))
        }
      }
    }
    let train = compositions[.train] ?? []
    let validation = compositions[.validation] ?? []
    let test = compositions[.test] ?? []
    #expect(
      train.isDisjoint(with: validation) && train.isDisjoint(with: test) && validation.isDisjoint(with: test))
    #expect(min(train.count, validation.count, test.count) > 30_000)
  }

  @Test("held-out pairs of color and shape are in every test scene and in no other")
  func heldOutPairs() throws {
    for split in SceneSplit.allCases {
      let generator = try SceneGenerator(seed: 7, split: split)
      for index in 0..<20_000 {
        let scene = generator.scene(index)
        let hasHeldOut = scene.objects.contains { SceneSplit.isHeldOut($0.color, $0.shape) }
        #expect(hasHeldOut == (split == .test))
        #expect(SceneSplit.split(of: scene.objects) == split)
      }
    }
  }

  @Test("each shape loses two colors, each color two to four shapes: all are still learned")
  func heldOutPairsAreSpread() {
    for shape in SceneShape.allCases {
      #expect(SceneColor.allCases.count { SceneSplit.isHeldOut($0, shape) } == 2)
    }
    for color in SceneColor.allCases {
      #expect((2...4).contains(SceneShape.allCases.count { SceneSplit.isHeldOut(color, $0) }))
    }
  }

  @Test("a composition's split does not depend on the order of its objects")
  func order() throws {
    let generator = try SceneGenerator(seed: 9, split: .validation)
    for index in 0..<1000 {
      #expect(SceneSplit.split(of: generator.scene(index).objects.reversed()) == .validation)
    }
  }

  @Test("scenes of a split are varied: shapes, colors, patterns, sizes, numbers of objects, relations")
  func variety() throws {
    let generator = try SceneGenerator(seed: 2, split: .train)
    var shapes: [SceneShape: Int] = [:]
    var colors: [SceneColor: Int] = [:]
    var textures: [SceneTexture: Int] = [:]
    var counts: [Int: Int] = [:]
    var relations: [SceneRelation.Kind: Int] = [:]
    var sizes: [SceneSize: Int] = [:]
    var backgrounds: [SceneBackground.Kind: Int] = [:]
    var backgroundColors: [SceneBackgroundColor: Int] = [:]
    for index in 0..<10_000 {
      let scene = generator.scene(index)
      counts[scene.objects.count, default: 0] += 1
      backgrounds[scene.background.kind, default: 0] += 1
      backgroundColors[scene.background.color, default: 0] += 1
      for object in scene.objects {
        shapes[object.shape, default: 0] += 1
        colors[object.color, default: 0] += 1
        textures[object.texture, default: 0] += 1
        sizes[object.size, default: 0] += 1
      }
      for kind in Set(scene.relations.map(\.kind)) { relations[kind, default: 0] += 1 }
    }
    #expect(shapes.count == 16 && colors.count == 12 && textures.count == 4 && sizes.count == 2)
    #expect(shapes.values.allSatisfy { $0 > 900 } && colors.values.allSatisfy { $0 > 1200 })
    #expect(textures.values.allSatisfy { $0 > 3000 } && sizes.values.allSatisfy { $0 > 6000 })
    #expect(Set(counts.keys) == [1, 2, 3] && counts.values.allSatisfy { $0 > 800 })
    #expect(relations.count == 4 && relations.values.allSatisfy { $0 > 450 })
    #expect(backgrounds.count == 5 && backgrounds.values.allSatisfy { $0 > 800 })
    #expect(backgroundColors.count == 12 && backgroundColors.values.allSatisfy { $0 > 250 })
  }
}
