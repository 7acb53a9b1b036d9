import CLIPCompute
import CLIPFiles
import Testing
import CLIPScenes

@Suite("SceneGenerator") struct SceneGeneratorTests {
  @Test("a sample is the same on its own, in any order and on any number of threads")
  func randomAccess() throws {
    let generator = try SceneGenerator(seed: 5, split: .train)
    let inOrder = (0..<64).map { generator.sample($0) }
    let again = try SceneGenerator(seed: 5, split: .train)
    for index in [63, 5, 17, 0] { #expect(again.sample(index) == inOrder[index]) }
    let pool = ThreadPool(threads: 3)
    pool.forEach(64) { index in #expect(generator.sample(index) == inOrder[index]) }
    #expect(generator.captions(9) == inOrder[9].captions && generator.scene(9) == inOrder[9].scene)
  }

  @Test("seed, split and index each change the sample")
  func streams() throws {
    let sample = try SceneGenerator(seed: 5, split: .train).sample(3)
    #expect(try SceneGenerator(seed: 6, split: .train).sample(3) != sample)
    #expect(try SceneGenerator(seed: 5, split: .train).sample(4) != sample)
    let validation = try SceneGenerator(seed: 5, split: .validation).sample(3)
    #expect(validation.scene.objects != sample.scene.objects)
  }

  @Test("a larger picture shows the same scene with the same captions")
  func sizes() throws {
    for index in 0..<20 {
      let small = try SceneGenerator(seed: 1, imageSize: 64, split: .test).sample(index)
      let large = try SceneGenerator(seed: 1, imageSize: 96, split: .test).sample(index)
      #expect(small.scene == large.scene && small.captions == large.captions)
      #expect(large.image.rows == 96 && large.image.columns == 96 && small.image.rows == 64)
    }
  }

  @Test("any index gives a sample", arguments: [Int.max, Int.min, -1, 1 << 56])
  func extremeIndices(index: Int) throws {
    let sample = try SceneGenerator(seed: .max, imageSize: 32, split: .validation).sample(index)
    #expect(sample.captions.count == 5)
  }

  @Test("keys have at least six digits")
  func keys() throws {
    let generator = try SceneGenerator(seed: 1, imageSize: 32, split: .train)
    #expect(generator.sample(123).key == "000123")
    #expect(generator.sample(12_345_678).key == "12345678")
  }

  @Test(
    "a size that cannot be painted is refused",
    arguments: [(0, "0"), (31, "31"), (1025, "1025"), (-64, "-64")])
  func badSizes(size: Int, shown: String) {
    let message = "image size: a scene cannot be \(shown) pixels a side; choose 32 to 1024"
    #expect(
      throws: InputError(
        "a scene cannot be \(shown) pixels a side", at: "image size", advice: "choose 32 to 1024")
    ) {
      try SceneGenerator(seed: 1, imageSize: size, split: .train)
    }
    do { _ = try SceneClasses(seed: 1, imageSize: size) } catch { #expect("\(error)" == message) }
  }

  @Test("the JSON says what the scene holds")
  func json() throws {
    let sample = try SceneGenerator(seed: 4, split: .train).sample(8)
    let json = try JSONParser.parse(sample.json.text())
    let objects = try #require(json["objects"]?.arrayValue)
    #expect(objects.map { $0["shape"]?.stringValue } == sample.scene.objects.map(\.shape.rawValue))
    #expect(objects.map { $0["color"]?.stringValue } == sample.scene.objects.map(\.color.rawValue))
    #expect(json["relations"]?.arrayValue?.count == sample.scene.relations.count)
    #expect(json["captions"]?.arrayValue?.compactMap(\.stringValue) == sample.captions)
  }

  /// Changes to what is generated are changes to the data set: they show here. Not proof that pictures are
  /// right, but that every machine and every version paints the same.
  @Test("the pictures and captions of seed 1 are those of this version")
  func snapshot() throws {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for split in SceneSplit.allCases {
      let generator = try SceneGenerator(seed: 1, split: split)
      for index in 0..<64 {
        let sample = generator.sample(index)
        for byte in sample.image.pixels + Array(sample.captions.joined(separator: "\n").utf8) {
          hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
      }
    }
    #expect(String(hash, radix: 16) == "8a06834938ed4c39")
  }
}

@Suite("SceneClasses") struct SceneClassesTests {
  @Test("there are 192 classes, each color with each shape, all named differently")
  func names() {
    #expect(SceneClasses.names.count == 192 && Set(SceneClasses.names).count == 192)
    #expect(SceneClasses.names.contains("red lightning bolt"))
    #expect(SceneClasses.all.count { $0.isHeldOut } == 32)
  }

  @Test("labels go round and the picture shows its class")
  func labels() throws {
    let classes = try SceneClasses(seed: 3)
    for index in [0, 1, 191, 192, 400, -1] {
      let sample = classes.sample(index)
      #expect(sample.label == ((index % 192) + 192) % 192)
      #expect(sample.scene.objects.count == 1)
      let object = try #require(sample.scene.objects.first)
      #expect(SceneClasses.names[sample.label] == "\(object.color.rawValue) \(object.shape.rawValue)")
    }
    #expect(classes.sample(0).image != classes.sample(192).image)
  }

  @Test("prompts say an before a vowel")
  func prompts() {
    let orange = SceneClasses.prompts(for: "orange heart")
    let red = SceneClasses.prompts(for: "red heart")
    #expect(orange.count == SceneClasses.templates.count)
    #expect(orange.contains("a picture of an orange heart") && orange.contains("an orange heart"))
    #expect(red.contains("a picture of a red heart") && red.contains("the red heart"))
    #expect(!(orange + red).contains { $0.contains("{") })
  }
}
