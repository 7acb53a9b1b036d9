import Testing
import CLIPScenes

@Suite("SceneCaptioner") struct SceneCaptionerTests {
  @Test("every word of every caption is true of its scene", arguments: SceneSplit.allCases)
  func truth(split: SceneSplit) throws {
    let generator = try SceneGenerator(seed: 11, split: split)
    for index in 0..<3000 {
      let scene = generator.scene(index)
      for caption in generator.captions(index) {
        let facts = CaptionReader.read(caption)
        #expect(facts.unread.isEmpty, "\(index): \(caption): \(facts.unread)")
        #expect(facts.hold(in: scene), "\(index): \(caption)")
      }
    }
  }

  @Test("the reader finds wrong captions wrong")
  func readerCanFail() throws {
    let generator = try SceneGenerator(seed: 11, split: .train)
    var refused = 0
    var stated = 0
    for index in 0..<500 {
      // The same words, said of the next scene.
      let caption = generator.captions(index)[4]
      if !CaptionReader.read(caption).hold(in: generator.scene(index + 1)) { refused += 1 }
      stated += CaptionReader.read(caption).statements.count
    }
    #expect(refused == 500)
    #expect(stated > 500)
  }

  @Test("there are five captions, short enough for 77 tokens, and the last says the most")
  func lengths() throws {
    let generator = try SceneGenerator(seed: 3, split: .train)
    var total = [0, 0, 0, 0, 0]
    for index in 0..<2000 {
      let captions = generator.captions(index)
      #expect(captions.count == 5)
      for (kind, caption) in captions.enumerated() {
        let words = caption.split(separator: " ").count
        #expect((2...52).contains(words), "\(caption)")
        #expect(!caption.contains("\n") && !caption.contains("  ") && caption == caption.trimmed)
        total[kind] += words
      }
    }
    #expect(total[0] < total[1] && total[4] > total[3] && total[4] == total.max())
  }

  @Test("nearly every caption fits one scene of a thousand only")
  func captionsIdentifyScenes() throws {
    let generator = try SceneGenerator(seed: 42, split: .test)
    let scenes = (0..<1000).map { generator.scene($0) }
    var chance = [0.0, 0, 0, 0, 0]
    var identified = 0
    for index in scenes.indices {
      var fewest = Int.max
      for (kind, caption) in generator.captions(index).enumerated() {
        let facts = CaptionReader.read(caption)
        let fitting = scenes.count { facts.hold(in: $0) }
        fewest = min(fewest, fitting)
        chance[kind] += 1 / Double(max(fitting, 1))
      }
      if fewest == 1 { identified += 1 }
    }
    // What a perfect reader would reach: recall@1 of each kind of caption, and of the best of five.
    #expect(chance.allSatisfy { $0 > 850 })
    #expect(identified > 985)
  }
}

extension String {
  fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
