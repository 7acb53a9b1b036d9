import CLIPFiles
import Foundation
import CLIPModelShapes
import Testing

/// Names and shapes beside open_clip 3.3's own configuration files (`Fixtures/record.py`).
@Suite struct OpenCLIPModelsTests {
  let recorded: JSONValue

  init() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    recorded = try JSONParser.parse(file: "\(folder)/Fixtures/open_clip_models.json", limit: 1 << 24)
  }

  @Test("every configuration of known blocks has its name, shape and parameters")
  func runs() throws {
    let runs = try #require(recorded["runs"]?.objectValue)
    #expect(runs.count == 83)
    for (name, run) in runs.pairs {
      let model = try NamedModels.model(name).configuration
      let theirs = try CLIPConfiguration(openCLIP: try #require(run["model_cfg"]))
      #expect(model == theirs, "\(name)")
      #expect(.integer(model.parameterCount) == run["parameters"], "\(name)")
    }
    let names = Set(NamedModels.all.map(\.name))
    #expect(names.isSuperset(of: runs.keys) && names.count == 83 + 6)
  }

  @Test("every other configuration is refused with what it is")
  func others() throws {
    let others = try #require(recorded["others"]?.objectValue)
    #expect(others.count == 61)
    let words = [
      "convolutions": "has a convolutional image tower, ConvNeXt",
      "hybrid": "has an image tower of convolutions and attention",
      "windows": "has an image tower with shifted windows, Swin",
      "relative positions": "has an image tower with relative positions",
      "post-norm": "has an image tower whose norms follow its branches",
      "ResNet": "has a ResNet for its image tower", "Hugging Face": "has a text tower of Hugging Face's",
      "CoCa": "is a CoCa model, with a decoder that writes texts",
    ]
    for (name, kind) in others.pairs {
      let word = try #require(words[kind.stringValue ?? ""])
      #expect(
        throws: InputError(
          "open_clip's \"\(name)\" \(word), which is not supported", advice: "carbonclip models lists what is")
      ) {
        try ModelDescription.resolve(name)
      }
    }
  }

  @Test("a name is taken with a slash, as open_clip takes it")
  func slashes() throws {
    let plain = try ModelDescription.resolve("ViT-B-32")
    #expect(try ModelDescription.resolve("ViT-B/32") == plain)
    #expect(try NamedModels.model("ViT-B/32").name == "ViT-B-32")
    #expect(throws: InputError.self) { try ModelDescription.resolve("RN50/x4") }
  }

  @Test(
    "a name that nobody knows is answered with the nearest, and with what that one is",
    arguments: [
      ("ViT-B32", "did you mean \"ViT-B-32\"?"), ("ViT-S32", "did you mean \"ViT-S-32\"?"),
      ("vit-l-14-clipa", "did you mean \"ViT-L-14-CLIPA\"?"),
      (
        "ViTamin-L-385",
        "did you mean \"ViTamin-L-384\"?; that one has an image tower of convolutions and attention, which is not supported"
      ),
      ("no name of any model", "carbonclip models lists the names"),
    ])
  func nearest(name: String, advice: String) {
    #expect(throws: InputError("unknown model \"\(name)\"", advice: advice)) { try NamedModels.model(name) }
  }
}
