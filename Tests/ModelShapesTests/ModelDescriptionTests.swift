import CLIPFiles
import Foundation
import CLIPModelShapes
import Testing

@Suite struct ModelDescriptionTests {
  private func inFolder(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("shapes-\(UUID().uuidString)")
      .path
    try Folder.make(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func refusal(_ name: String, without folder: String = "\0") -> String {
    do {
      _ = try ModelDescription.resolve(name)
      return "no error"
    } catch { return "\(error)".replacingOccurrences(of: folder, with: "FOLDER") }
  }

  @Test("a model is found by name, file or folder")
  func resolve() throws {
    let micro = try NamedModels.model("micro").configuration
    #expect(try ModelDescription.resolve("micro") == ModelDescription(configuration: micro))
    try inFolder { folder in
      try AtomicFile.write(micro.json().text(), to: "\(folder)/mine.json")
      #expect(try ModelDescription.resolve("\(folder)/mine.json").configuration == micro)
      #expect(
        refusal(folder, without: folder)
          == "FOLDER: holds neither open_clip_config.json nor config.json; see docs/checkpoints.md for the layouts"
      )

      try AtomicFile.write(micro.huggingFaceJSON().text(), to: "\(folder)/config.json")
      let preprocess = PreprocessConfiguration(size: 64, mean: [0, 0, 0], cropOffset: .down)
      try AtomicFile.write(preprocess.huggingFaceJSON().text(), to: "\(folder)/preprocessor_config.json")
      let huggingFace = try ModelDescription.resolve(folder)
      #expect(huggingFace.configuration.vision == micro.vision && huggingFace.preprocess == preprocess)

      try AtomicFile.write(micro.json(with: preprocess).text(), to: "\(folder)/open_clip_config.json")
      #expect(
        try ModelDescription.resolve(folder)
          == ModelDescription(
            configuration: micro, preprocess: preprocess, preprocessFile: "\(folder)/open_clip_config.json"))
    }
  }

  @Test("an image processor's settings are found where each version of transformers writes them")
  func processors() throws {
    let micro = try NamedModels.model("micro").configuration
    func mean(_ files: [String: String]) throws -> (Float, String?) {
      var result: (Float, String?) = (0, nil)
      try inFolder { folder in
        try AtomicFile.write(micro.huggingFaceJSON().text(), to: "\(folder)/config.json")
        for (name, text) in files { try AtomicFile.write(text, to: "\(folder)/\(name)") }
        let found = try ModelDescription.read(folder: folder)
        result = (found.preprocess.mean[0], found.preprocessFile.map(Folder.name))
      }
      return result
    }
    func settings(_ mean: Int) -> String { #"{"size": 64, "crop_size": 64, "image_mean": [\#(mean), 0, 0]}"# }
    let nested = #"{"image_processor": \#(settings(1)), "processor_class": "CLIPProcessor"}"#
    #expect(try mean(["processor_config.json": nested]) == (1, "processor_config.json"))
    #expect(
      try mean(["processor_config.json": nested, "preprocessor_config.json": settings(2)])
        == (1, "processor_config.json"))
    #expect(
      try mean(["processor_config.json": #"{"processor_class": "X"}"#, "preprocessor_config.json": settings(2)])
        == (2, "preprocessor_config.json"))
    #expect(try mean(["processor_config.json": settings(3)]) == (3, "processor_config.json"))
    #expect(try mean([:]) == (PreprocessConfiguration.openAIMean[0], nil))
    #expect(throws: InputError.self) {
      try mean(["processor_config.json": #"{"image_processor": {"size": 65, "crop_size": 65}}"#])
    }
    let deep = String(repeating: "[", count: 1_000_000)
    for name in ["processor_config.json", "preprocessor_config.json"] {
      #expect(throws: InputError.self) { try mean([name: #"{"image_processor": "# + deep]) }
    }
  }

  @Test("what a flag changes is held against the limits that files are", arguments: [-1, 0, 7, 8192, 9000, Int.max])
  func overrides(_ size: Int) throws {
    let base = ModelDescription(configuration: try NamedModels.model("micro").configuration)
    #expect(throws: InputError.self) { try base.overriding(imageSize: size) }
    let changed = try base.overriding(imageSize: 40, usesQuickGELU: true)
    #expect(changed.configuration.vision.imageSize == 40 && changed.preprocess.size == 40)
    #expect(changed.configuration.usesQuickGELU)
  }

  @Test("what is neither is refused, with the file's name where there is one")
  func refused() throws {
    #expect(refusal("ViT-B-23") == "unknown model \"ViT-B-23\"; did you mean \"ViT-B-32\"?")
    #expect(
      refusal("no/such")
        == "no/such: is neither a folder nor a .json file; name a model, a folder or a .json file")
    #expect(refusal("missing.json") == "missing.json: cannot open: No such file or directory; check the path")
    try inFolder { folder in
      try AtomicFile.write(#"{"embed_dim": 0}"#, to: "\(folder)/bad.json")
      #expect(
        refusal("\(folder)/bad.json", without: folder)
          == "FOLDER/bad.json: embed_dim: expected a whole number from 1 to 65536, found 0")
    }
  }
}
