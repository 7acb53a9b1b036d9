import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPWeights

/// transformers' `SiglipModel`: names, shapes and configuration there and back. Its features are in `CLIPTests`.
@Suite("Folders of transformers' SigLIP")
struct SigLIPFolderTests {
  private static let models = Folder.parent(of: Folder.parent(of: #filePath)) + "/CLIPTests/Fixtures"

  private func model() throws -> (CLIPConfiguration, StateDictionary) {
    let document = try JSONParser.parse(file: "\(Self.models)/hf_siglip.json")["config"] ?? .null
    return (
      try CLIPConfiguration(huggingFace: document),
      try StateDictionary(path: "\(Self.models)/hf_siglip.weights.safetensors")
    )
  }

  @Test("a folder that was written holds what it was made from, and how its pictures are prepared")
  func thereAndBack() throws {
    let folder = try TemporaryFolder(), (shape, original) = try model()
    #expect(shape.isStock == false && shape.vision.tower.usesTanhGELU && shape.text.tower.usesTanhGELU)
    try CheckpointFolder.writeHuggingFace(
      to: folder.path, shape, preprocess: ModelDescription(configuration: shape).preprocess,
      parameters: try original.inOpenCLIPNames())
    let written = try StateDictionary(path: "\(folder.path)/model.safetensors")
    #expect(Set(written.names) == Set(original.names))
    for name in original.names {
      #expect(written.shape(of: name) == original.shape(of: name), "\(name)")
      #expect(try written.tensor(name).elements == original.tensor(name).elements, "\(name)")
    }
    let read = try CheckpointFolder.open(folder.path)
    #expect(read.configuration == shape && read.layout == .huggingFaceSigLIP)
    let half: [Float] = [0.5, 0.5, 0.5]
    #expect(
      read.preprocess
        == PreprocessConfiguration(size: 32, mean: half, std: half, resizeMode: .squash, cropOffset: .down))
    let processor = try JSONParser.parse(file: "\(folder.path)/preprocessor_config.json")
    #expect(processor["image_processor_type"]?.stringValue == "SiglipImageProcessor")
  }

  @Test("what SiglipModel cannot express is refused before anything is written")
  func beyond() throws {
    var (shape, original) = try model()
    shape.vision.mlpWidth[0] -= 1
    let folder = try TemporaryFolder(), target = "\(folder.path)/hf"
    #expect(
      message(target) {
        try CheckpointFolder.writeHuggingFace(to: target, shape, parameters: try original.inOpenCLIPNames())
      }
        == "Hugging Face's SiglipModel cannot express feed-forward widths that differ from layer to layer; write the open_clip layout instead"
    )
    #expect(!Folder.exists(target))
  }

  @Test("what is assumed of pictures where no file says: SigLIP's and Perception Encoder's preparation is their own")
  func assumed() throws {
    func summary(_ name: String) throws -> String { try ModelDescription.resolve(name).preprocess.summary }
    #expect(
      try summary("ViT-B-16-SigLIP2-256") == "both sides to 256 pixels, bicubic, mean 0.5, 0.5, 0.5, std 0.5, 0.5, 0.5")
    #expect(try summary("PE-Core-B-16") == "both sides to 224 pixels, bilinear, mean 0.5, 0.5, 0.5, std 0.5, 0.5, 0.5")
    #expect(try summary("EVA01-g-14") == "shorter side to 224 pixels, center crop, bicubic, OpenAI's mean and std")
  }
}
