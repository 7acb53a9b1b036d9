import CLIPCompute
import CLIPFiles
import CLIPModels
import CLIPONNX
import CLIPTensors
import Testing

@Suite("ONNX as Optimum and transformers.js look for it")
struct TransformersLayoutTests {
  private static let tolerance = 1e-5

  @Test("files, ports and the configuration bear the names that are looked for")
  func names() throws {
    let folder = try Sample.folder(try Sample.model(), .transformers), place = try TemporaryFolder()
    let files = try folder.write(to: place.path)
    #expect(files == ["onnx/vision_model.onnx", "onnx/text_model.onnx", "onnx/model.onnx"])
    for file in files { #expect(Folder.containsFile("\(place.path)/\(file)")) }
    let text = try ReadGraph("\(place.path)/onnx/text_model.onnx"),
      whole = try ReadGraph("\(place.path)/onnx/model.onnx")
    #expect(text.inputs == [ReadGraph.Port(name: "input_ids", element: 7, shape: ["batch", "sequence_length"])])
    #expect(
      whole.inputs == [
        ReadGraph.Port(name: "input_ids", element: 7, shape: ["text_batch", "sequence_length"]),
        ReadGraph.Port(name: "pixel_values", element: 1, shape: ["image_batch", "3", "24", "24"]),
      ])
    #expect(whole.outputs.map(\.name) == ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"])
    let config = try JSONParser.parse(file: "\(place.path)/config.json")
    #expect(config["model_type"]?.stringValue == "clip" && config["transformers.js_config"] == nil)
    #expect(config["text_config"]?["max_position_embeddings"]?.intValue == 12)
    let own = try JSONParser.parse(file: "\(place.path)/onnx_config.json")
    #expect(own["text_encoder"]?["file"]?.stringValue == "onnx/text_model.onnx")
    #expect(folder.card(name: "x").contains("ORTModelForZeroShotImageClassification"))
  }

  @Test(
    "texts that are padded less have the features of those padded to the context",
    arguments: [
      "", ", \"pool_type\": \"eos\", \"eos_id\": 98", ", \"pool_type\": \"first\"", ", \"ls_init_value\": 0.5",
    ])
  func shortTexts(keys: String) throws {
    let model = try Sample.model(text: keys), graph = try Sample.folder(model, .transformers).textEncoder.read()
    let pool = ThreadPool(threads: 1), ids = Sample.ids(5), context = Sample.context
    let expected = try model.textFeatures(ids, on: pool)
    #expect(deviation(try graph.features(ids), expected) < Self.tolerance)
    var lengths: Set<Int> = []
    for text in 0..<5 {
      let own = Array(ids[text * context..<(text + 1) * context]),
        length = context - own.reversed().prefix { $0 == 0 }.count
      lengths.insert(length)
      let found = try graph.features(own.prefix(length).map(Double.init), [1, length])
      #expect(deviation(found, expected.rows(text..<text + 1)) < Self.tolerance, "\(length) tokens")
    }
    #expect(lengths.count > 3)
  }

  @Test(
    "where a token sees those after it, or the last is read, texts keep the context's length",
    arguments: [", \"no_causal_mask\": true", ", \"pool_type\": \"last\""])
  func fixedTexts(keys: String) throws {
    let graph = try Sample.folder(try Sample.model(text: keys), .transformers).textEncoder.read()
    #expect(graph.inputs == [ReadGraph.Port(name: "input_ids", element: 7, shape: ["batch", "12"])])
  }

  @Test("both towers in one graph give their features and the scaled similarities", arguments: [false, true])
  func whole(hasBias: Bool) throws {
    let model = try Sample.model(hasBias ? "\"init_logit_bias\": -10," : "", vision: ", \"rotary_reference\": 16")
    let graph = try Sample.folder(model, .transformers).wholeModel.read(), pool = ThreadPool(threads: 1)
    let images = Sample.images(3), ids = Sample.ids(2)
    let values = try GraphInterpreter(graph: graph).run([
      "pixel_values": try GraphNumbers(images.elements.map(Double.init), images.shape.extents),
      "input_ids": try GraphNumbers(ids.map(Double.init), [2, Sample.context]),
    ])
    let image = try model.imageFeatures(images, on: pool), text = try model.textFeatures(ids, on: pool)
    #expect(deviation(values["image_embeds"]?.numbers ?? [], image) < Self.tolerance)
    #expect(deviation(values["text_embeds"]?.numbers ?? [], text) < Self.tolerance)
    let logits = try #require(values["logits_per_image"]), turned = try #require(values["logits_per_text"])
    #expect(logits.shape == [3, 2] && turned.shape == [2, 3])
    let bias = model.logitBias.map { Double($0.scalar) } ?? 0
    for picture in 0..<3 {
      for caption in 0..<2 {
        let product = (0..<20).reduce(0.0) {
          $0 + Double(image.elements[picture * 20 + $1]) * Double(text.elements[caption * 20 + $1])
        }
        let expected = product * Double(model.scale) + bias
        #expect(abs(logits.numbers[picture * 2 + caption] - expected) < 1e-3)
        #expect(turned.numbers[caption * 3 + picture] == logits.numbers[picture * 2 + caption])
      }
    }
  }
}
