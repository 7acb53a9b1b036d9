import CLIPModelShapes
import Testing

@Suite("What a use has computed")
struct ModelUseTests {
  @Test("of ViT-B-16's last block all but keys and values of the tokens that nobody reads is left out")
  func lastBlock() throws {
    let model = try NamedModels.model("ViT-B-16").configuration
    let read = model.multiplyAdds(in: ModelUse(lastBlock: .pooledToken)), all = model.multiplyAdds(in: .pair)
    // By hand: for 196 of 197 tokens queries, scores, context, output and both feed-forward matrices.
    #expect(all.image - read.image == 196 * (768 * 768 + 2 * 197 * 768 + 768 * 768 + 2 * 768 * 3072))
    #expect(all.text - read.text == 76 * (512 * 512 + 2 * 77 * 512 + 512 * 512 + 2 * 512 * 2048))
    #expect(all.image == model.imageMultiplyAdds && all.text == model.textMultiplyAdds)
  }

  @Test("a tower that reads the mean of its tokens, or asks with a learned row, computes its last block whole")
  func readsAll() throws {
    var model = try NamedModels.model("ViT-B-16").configuration
    model.vision.poolType = .avg
    #expect(model.multiplyAdds(in: ModelUse(lastBlock: .pooledToken)).image == model.imageMultiplyAdds)
    model.vision.poolType = .attention
    model.vision.attentionPool = .init(heads: 12, hidden: 3072)
    #expect(model.multiplyAdds(in: ModelUse(lastBlock: .pooledToken)).image == model.imageMultiplyAdds)
  }

  @Test("a causal tower computes a text's own tokens, another its whole context")
  func tokens() throws {
    var model = try NamedModels.model("ViT-B-16").configuration
    let short = ModelUse(textTokens: 10)
    #expect(model.textTokens(in: short) == 10 && model.textTokens(in: ModelUse(textTokens: 500)) == 77)
    let block = 4 * 10 * 512 * 512 + 2 * 10 * 10 * 512 + 2 * 10 * 512 * 2048
    #expect(model.multiplyAdds(in: short).text == 12 * block + 512 * 512)
    model.text.noCausalMask = true
    #expect(model.multiplyAdds(in: short).text == model.textMultiplyAdds)
  }

  @Test("what images need is the image tower", arguments: ["ViT-B-32", "micro", "ViT-L-14"])
  func imageParameters(name: String) throws {
    let model = try NamedModels.model(name).configuration
    var other = model
    other.text.width = 64
    other.text.headWidth = 8
    other.text.headsPerLayer = [1]
    other.text.mlpWidth = [8]
    #expect(other.imageParameterCount == model.imageParameterCount)
    #expect(model.imageParameterCount < model.parameterCount)
  }

  @Test("a use is told in a few words")
  func summary() {
    #expect(ModelUse.pair.summary == "one image and one text")
    #expect(ModelUse(textsPerImage: 0, prompts: 32).summary == "one image, features of 32 prompts kept")
    #expect(ModelUse(textsPerImage: 0).summary == "one image, features of one prompt kept")
    #expect(ModelUse(textsPerImage: 5, textTokens: 12).summary == "one image and 5 texts of 12 tokens")
    #expect(ModelUse(imagesPerFetch: 4).summary == "4 images and one text each")
  }
}
