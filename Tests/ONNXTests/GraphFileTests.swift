import CLIPCompute
import CLIPFiles
import Foundation
import CLIPONNX
import CLIPTensors
import Testing

@Suite("Files of exported graphs")
struct GraphFileTests {
  @Test("a graph beyond the limit keeps its large numbers in a file beside it, each on a page of its own")
  func externalData() throws {
    let model = try Sample.model(), file = try Sample.folder(model).imageEncoder, folder = try TemporaryFolder()
    let path = "\(folder.path)/image_encoder.onnx"
    #expect(try file.write(to: path) == ["image_encoder.onnx"])
    let whole = try ReadGraph(path)
    let places = whole.constants.values.filter { !$0.place.isEmpty }
    #expect(places.isEmpty)
    #expect(try file.write(to: path, limit: 50_000) == ["image_encoder.onnx", "image_encoder.onnx_data"])
    #expect(try folder.bytes("image_encoder.onnx").count < 50_000)
    let split = try ReadGraph(path)
    var external = 0
    for (name, constant) in split.constants {
      let same = constant.value.numbers == whole.constants[name]?.value.numbers
      #expect(same, "\(name)")
      guard let offset = constant.place["offset"].flatMap(Int.init) else {
        #expect(constant.value.numbers.count * 4 < 4096, "\(name)")
        continue
      }
      external += 1
      #expect(offset % 4096 == 0)
      #expect(constant.place["location"] == "image_encoder.onnx_data")
    }
    #expect(external >= 5)
    let images = Sample.images(2)
    let off = deviation(try split.features(images), try model.imageFeatures(images, on: ThreadPool(threads: 1)))
    #expect(off < GraphFeaturesTests.tolerance)
  }

  @Test("exactly at the limit a graph stays whole")
  func limit() throws {
    let file = try Sample.folder(try Sample.model()).textEncoder, folder = try TemporaryFolder()
    let path = "\(folder.path)/text_encoder.onnx"
    _ = try file.write(to: path)
    let length = try folder.bytes("text_encoder.onnx").count
    #expect(try file.write(to: path, limit: length).count == 1)
    #expect(try file.write(to: path, limit: length - 1).count == 2)
  }

  @Test("a folder holds what a program needs to run the graphs")
  func folder() throws {
    let model = try Sample.model("\"init_logit_bias\": -10,"), folder = try TemporaryFolder()
    let export = try Sample.folder(model), place = "\(folder.path)/a/b"
    _ = try export.write(to: place)
    let names = Set(try Folder.names(in: place))
    #expect(
      names == [
        "image_encoder.onnx", "text_encoder.onnx", "onnx_config.json", "preprocessor_config.json", "tokenizer.json",
        "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json",
      ])
    let configuration = try JSONParser.parse(file: "\(place)/onnx_config.json")
    #expect(configuration["logit_scale"]?.doubleValue.map { Float($0) } == model.logitScale.scalar)
    #expect(configuration["logit_bias"]?.doubleValue.map { Float($0) } == model.logitBias?.scalar)
    #expect(configuration["image_encoder"]?["file"] == "image_encoder.onnx")
    #expect(configuration["text_encoder"]?["context_length"] == 12)
    #expect(configuration["preprocess_cfg"]?["size"] == 24)
    let card = export.card(name: "small")
    #expect(card.hasPrefix("---\nlibrary_name: onnx\n"))
    #expect(card.contains("# small\n") && card.contains("(24, 24), Image.Resampling.BICUBIC"))
  }

  @Test("what cannot be written is refused with one line, and nothing is left behind")
  func refusals() throws {
    let everyToken = try Sample.model(vision: ", \"pool_type\": \"none\"")
    let error = try #require(throws: InputError.self) { _ = try Sample.folder(everyToken) }
    #expect(error.description.hasPrefix("image pooling \"none\" gives features of every token"))
    let folder = try TemporaryFolder(), place = "\(folder.path)/file"
    try AtomicFile.write("not a folder", to: place)
    #expect(throws: InputError.self) { _ = try Sample.folder(try Sample.model()).write(to: place) }
    #expect(try Folder.names(in: folder.path) == ["file"])
  }

  @Test("numbers that cannot be made leave the file of before")
  func brokenPayload() throws {
    let folder = try TemporaryFolder(), path = "\(folder.path)/message"
    try AtomicFile.write("before", to: path)
    func overwrite() throws {
      var message = ProtobufMessage()
      message.add(1, ProtobufMessage.Payload(count: 3) { _ in throw InputError("cannot be read") })
      var file = try AtomicFile(path: path)
      try message.write(to: &file)
      try file.commit()
    }
    #expect(throws: InputError.self) { try overwrite() }
    #expect(try Folder.names(in: folder.path) == ["message"])
    #expect(try folder.bytes("message") == Array("before".utf8))
  }
}
