import CLIPFiles
import CLIPModelShapes
import Testing
import CLIPWeights

/// Names that open_clip and transformers download: nothing is downloaded here, and the error has the command that does.
@Suite struct HubNameTests {
  private func advice(_ path: String, model: String? = nil) -> String? {
    do {
      _ = try CheckpointFolder.open(path, as: model.map { try ModelDescription.resolve($0) })
      return nil
    } catch let error as InputError { return error.advice } catch { return "\(error)" }
  }

  @Test(
    "repositories of the Hub",
    arguments: [
      "hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
      "https://huggingface.co/laion/CLIP-ViT-B-32-laion2B-s34B-b79K/tree/main",
    ])
  func repositories(name: String) {
    #expect(
      advice(name)
        == "nothing is downloaded; fetch it with: hf download laion/CLIP-ViT-B-32-laion2B-s34B-b79K --local-dir "
        + "CLIP-ViT-B-32-laion2B-s34B-b79K (then --pretrained CLIP-ViT-B-32-laion2B-s34B-b79K)")
  }

  @Test("open_clip's tags, with the model that is meant")
  func tags() {
    let fetch =
      "fetch it with: hf download timm/vit_base_patch16_clip_224.openai --local-dir vit_base_patch16_clip_224.openai "
      + "(then --pretrained vit_base_patch16_clip_224.openai)"
    #expect(advice("openai", model: "ViT-B-16") == "nothing is downloaded; \(fetch)")
    #expect(advice("openai", model: "ViT-B-16-quickgelu") == "nothing is downloaded; \(fetch)")
    #expect(
      advice("openai")
        == "a tag of open_clip's, and nothing is downloaded; for one of ViT-B-16, ViT-B-32, ViT-L-14, ViT-L-14-336; "
        + "ViT-B-16's: \(fetch)")
    #expect(
      advice("laion2b_s34b_b79k")
        == "a tag of open_clip's, and nothing is downloaded; for ViT-B-32's: fetch it with: hf download "
        + "laion/CLIP-ViT-B-32-laion2B-s34B-b79K --local-dir CLIP-ViT-B-32-laion2B-s34B-b79K (then --pretrained "
        + "CLIP-ViT-B-32-laion2B-s34B-b79K)")
  }

  @Test(
    "paths remain paths",
    arguments: [
      "missing", "missing/", "./openai/model", "/no/such", "../a/b", "a/b/c", "a/b.pt", "weights.pt", "Tests/none",
    ])
  func paths(path: String) {
    #expect(advice(path) == "check the path")
  }

  @Test("a model's name is no checkpoint")
  func shapes() {
    #expect(
      advice("ViT-B-32")
        == "\"ViT-B-32\" is a shape: name it with --model, and a checkpoint folder or weight file with --pretrained")
    #expect(advice("https://example.org/model.pt") == "nothing is downloaded; fetch the file and name its path")
  }
}
