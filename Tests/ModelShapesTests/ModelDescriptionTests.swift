import Files
import Foundation
import ModelShapes
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
      let preprocess = PreprocessConfiguration(size: 64, mean: [0, 0, 0])
      try AtomicFile.write(preprocess.huggingFaceJSON().text(), to: "\(folder)/preprocessor_config.json")
      let huggingFace = try ModelDescription.resolve(folder)
      #expect(huggingFace.configuration.vision == micro.vision && huggingFace.preprocess == preprocess)

      try AtomicFile.write(micro.json(with: preprocess).text(), to: "\(folder)/open_clip_config.json")
      #expect(
        try ModelDescription.resolve(folder) == ModelDescription(configuration: micro, preprocess: preprocess)
      )
    }
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
