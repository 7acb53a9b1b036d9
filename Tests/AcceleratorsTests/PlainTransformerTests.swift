import CLIPAccelerators
import CLIPFiles
import Testing

@Suite("Transformers that are not CLIP")
struct PlainTransformerTests {
  private func model(_ name: String, tokens: Int? = nil, decodes: Bool = false) throws -> PlainTransformer {
    try #require(try PlainTransformer(named: name, tokens: tokens, decodes: decodes))
  }

  @Test(
    "parameters are those that the published checkpoints have",
    arguments: [
      ("BERT-base", 109_482_240), ("ViT-B-16-classifier", 86_567_656), ("Llama-2-7B", 6_738_415_616),
      ("Llama-3.1-8B", 8_030_261_248),
    ])
  func parameters(name: String, count: Int) throws {
    #expect(try model(name).parameterCount == count)
  }

  @Test("a prompt's multiply-adds: every matrix once a token, attention with the square of the tokens, one output")
  func prefill() throws {
    let tokens = 512, width = 4096
    // Llama 2: all matrices are square or 4096 x 11008.
    let seven = 32 * (tokens * (4 * width * width + 3 * width * 11008) + 2 * tokens * tokens * width) + width * 32000
    #expect(try model("Llama-2-7B", tokens: tokens).operations.multiplyAdds == seven)
    // Llama 3.1: keys and values are a quarter as wide; scores are not fewer for that.
    let projections = 2 * width * width + 2 * width * 1024 + 3 * width * 14336
    let eight = 32 * (tokens * projections + 2 * tokens * tokens * width) + width * 128_256
    #expect(try model("Llama-3.1-8B", tokens: tokens).operations.multiplyAdds == eight)
    let bert = 12 * (128 * (4 * 768 * 768 + 2 * 768 * 3072) + 2 * 128 * 128 * 768) + 768 * 768
    #expect(try model("BERT-base").operations.multiplyAdds == bert)
    let image = 12 * (197 * (4 * 768 * 768 + 2 * 768 * 3072) + 2 * 197 * 197 * 768) + 196 * 768 * 768 + 768 * 1000
    #expect(try model("ViT-B-16-classifier").operations.multiplyAdds == image)
  }

  @Test("one more token reads every weight once and all keys and values; DRAM bounds it")
  func decoding() throws {
    let list = try model("Llama-3.1-8B", tokens: 1023, decodes: true).operations
    let weights = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 4096 * 128_256
    let attention = 32 * 2 * 1024 * 4096
    #expect(list.multiplyAdds == weights + attention)
    // What is streamed: weights, and the cache of eight heads of 128, keys and values.
    let streamed = list.operations.reduce(0) { sum, operation in
      guard case .matrixProduct(let product) = operation.work, product.hasWeights else { return sum }
      return sum + operation.count * product.outputs * product.reduced
    }
    #expect(streamed == weights + 32 * 2 * 1024 * 8 * 128)
    let costs = try PhysicalCostModel()
    let design = try AcceleratorDesign.named("edge-dual")
    let estimate = try costs.estimate(list, on: design)
    let least = Double(streamed) / (128 * 625e6)
    #expect(estimate.latency.value >= least)
    #expect(estimate.latency.value < 1.3 * least)
  }

  @Test("both cost models price all of them")
  func priced() throws {
    let design = try AcceleratorDesign.named("edge-dual")
    for name in PlainTransformer.names {
      let workload = try model(name)
      for costs in [try PhysicalCostModel() as any CostModel, try ReferenceCostModel()] {
        let estimate = try costs.estimate(workload, on: design)
        #expect(estimate.isPossible && estimate.latency.value > 0 && estimate.energy.value > 0, "\(name)")
      }
    }
  }

  @Test("what a model cannot take is refused with the range")
  func refusals() throws {
    #expect(try PlainTransformer(named: "BERT-large") == nil)
    for (name, tokens, decodes) in [
      ("BERT-base", 513, false), ("BERT-base", 0, false), ("Llama-2-7B", 4097, false), ("Llama-2-7B", -1, true),
      ("ViT-B-16-classifier", 10, false), ("BERT-base", 10, true), ("Llama-3.1-8B", Int.max, false),
    ] {
      #expect(throws: InputError.self) { _ = try PlainTransformer(named: name, tokens: tokens, decodes: decodes) }
    }
  }

  @Test("designs that come with the toolkit are priced for every model of its own kind of space")
  func designs() throws {
    let costs = try PhysicalCostModel()
    for name in ["edge-tpu-class", "eyeriss-class", "simba-class", "nvdla-class", "camera-base"] {
      let design = try AcceleratorDesign.named(name)
      let estimate = try costs.estimate(try model("BERT-base"), on: design)
      #expect(estimate.isPossible, "\(name)")
      // No design does more than its peak.
      #expect(2 * 12 * 128e0 * 7_077_888 / estimate.latency.value < design.peakTOPS * 1e12, "\(name)")
    }
    #expect(try DesignSpace.named("camera-1920").count == 1920)
  }
}
