import CLIPAccelerators
import CLIPFiles
import CLIPModelShapes
import CLIPTestSupport
import CLIPUnits
import Testing

@Suite("A model as it is used")
struct UsedModelTests {
  private static func model(_ name: String = "micro") throws -> CLIPConfiguration {
    try NamedModels.model(name).configuration
  }

  private static func used(_ use: ModelUse, _ name: String = "micro", inferences: Double = 1000) throws -> UsedModel {
    try UsedModel(model(name), in: use, inferences: inferences)
  }

  @Test("the list's multiply-adds are the use's", arguments: NamedModels.all.map(\.name))
  func conservation(name: String) throws {
    let model = try Self.model(name)
    for use in [
      ModelUse.pair, ModelUse(lastBlock: .pooledToken), ModelUse(textTokens: 9, lastBlock: .pooledToken),
      ModelUse(textsPerImage: 3, imagesPerFetch: 4),
    ] {
      // A tower without a causal mask computes all of its tokens, so fewer are refused.
      if use.textTokens != nil, !model.text.isCausal { continue }
      let list = try Self.used(use, name).operations, expected = model.multiplyAdds(in: use)
      #expect(list.multiplyAdds(of: .image) == use.imagesPerFetch * expected.image)
      #expect(list.multiplyAdds(of: .text) == use.imagesPerFetch * use.textsPerImage * expected.text)
      #expect(
        list.multiplyAdds(of: .both) == use.imagesPerFetch * use.textsPerImage * model.embedDimension)
    }
  }

  @Test("one image and one text are priced as ever, to the last bit")
  func pair() throws {
    let design = try AcceleratorDesign.named("edge-base"), cost = try PhysicalCostModel()
    #expect(try cost.estimate(Self.used(.pair), on: design) == cost.estimate(Self.model(), on: design))
    let reference = try ReferenceCostModel(), shape = try Self.model("ViT-B-32-quickgelu")
    #expect(
      try reference.estimate(Self.used(.pair, "ViT-B-32-quickgelu"), on: design)
        == reference.estimate(shape, on: design))
  }

  @Test("prompts that are kept are encoded once: an image answers for its share, and the device holds their features")
  func prompts() throws {
    let model = try Self.model(), design = try AcceleratorDesign.named("edge-base")
    let cost = try PhysicalCostModel(.init(keepsWeights: false))
    let use = ModelUse(textsPerImage: 0, prompts: 20, lastBlock: .pooledToken)
    let kept = try Self.used(use, inferences: 50)
    let list = kept.operations
    #expect(!list.operations.contains { $0.tower == .text })
    // All prompts' features are one matrix that stays.
    let similarity = try #require(list.operations.last)
    #expect(
      similarity.work == .matrixProduct(MatrixProduct(rows: 1, outputs: 20, reduced: model.embedDimension)))
    #expect(kept.parameterCount == model.imageParameterCount + 20 * model.embedDimension)
    let estimate = try cost.estimate(kept, on: design)
    let both = try cost.estimate(Self.used(ModelUse(lastBlock: .pooledToken)), on: design)
    // A text by itself, in front of which DRAM has not been free.
    let text = OperationList(both.lines.map(\.operation).filter { $0.tower == .text })
    let alone = try cost.estimate(text, on: design).energy
    #expect(abs(estimate.preparationEnergy / (alone * (20.0 / 50)) - 1) < 1e-12)
    #expect(abs(estimate.energy / (estimate.total.energy + estimate.preparationEnergy) - 1) < 1e-12)
    #expect(abs(try #require(estimate.energyByComponent).total / estimate.energy - 1) < 1e-12)
    // A device that lives longer shares it among more.
    let longer = try cost.estimate(Self.used(use, inferences: 5000), on: design)
    #expect(abs(longer.preparationEnergy * 100 / estimate.preparationEnergy - 1) < 1e-9)
    #expect(longer.total == estimate.total)
  }

  @Test("images that share a fetch move each weight once, and each image has its own activations")
  func shared() throws {
    let design = try AcceleratorDesign.named("camera-base"), cost = try PhysicalCostModel(.init(keepsWeights: false))
    func estimate(_ images: Int) throws -> Estimate {
      try cost.estimate(Self.used(ModelUse(textsPerImage: 0, imagesPerFetch: images)), on: design)
    }
    let one = try estimate(1), four = try estimate(4)
    #expect(four.images == 4 && four.latency > one.latency)
    // The image tower's matrices, the patches' among them, positions, and the prompt's features.
    let model = try Self.model(), vision = model.vision
    let blocks = vision.blocks(quickGELU: false).reduce(0) {
      $0 + 4 * $1.width * $1.inner + 2 * $1.width * $1.hidden
    }
    let weights =
      blocks + vision.width * 3 * vision.patchSize * vision.patchSize + vision.width * model.embedDimension
      + vision.tokens * vision.width + model.embedDimension
    let saved = try #require(one.energyByComponent).memory - #require(four.energyByComponent).memory
    #expect(abs(saved.value / (0.75 * Double(weights) * 64e-12) - 1) < 1e-9)
    let components = try #require(four.energyByComponent)
    #expect(abs(components.multiplyAdds / (try #require(one.energyByComponent)).multiplyAdds - 1) < 1e-12)
    #expect(abs(components.total / four.energy - 1) < 1e-12)
  }

  @Test("waiting is counted until the next run, and shared among its images")
  func waiting() throws {
    let design = try AcceleratorDesign.named("camera-base"), period = Seconds(0.05)
    let cost = try PhysicalCostModel(.init(period: period, keepsWeights: false))
    let one = try cost.estimate(Self.used(.pair), on: design)
    let three = try cost.estimate(Self.used(ModelUse(imagesPerFetch: 3)), on: design)
    // The same power, for what is left of three periods.
    let power = one.waitingEnergy.value / (period.value - one.latency.value)
    #expect(abs(three.waitingEnergy.value * 3 / (power * (3 * period.value - three.latency.value)) - 1) < 1e-9)
  }

  @Test("the reference counts every text, and leaves kept ones out; it knows no shared fetches")
  func reference() throws {
    let cost = try ReferenceCostModel(), design = try AcceleratorDesign.named("edge-dual")
    let name = "ViT-B-32-quickgelu", one = try cost.estimate(Self.used(.pair, name), on: design)
    let three = try cost.estimate(Self.used(ModelUse(textsPerImage: 3), name), on: design)
    #expect(abs(three.share(of: .text).energy / (one.share(of: .text).energy * 3) - 1) < 1e-12)
    #expect(three.share(of: .image) == one.share(of: .image))
    let kept = try cost.estimate(Self.used(ModelUse(textsPerImage: 0, prompts: 5), name, inferences: 10), on: design)
    #expect(kept.share(of: .text).energy == .zero)
    #expect(abs(kept.preparationEnergy / (one.share(of: .text).energy * 0.5) - 1) < 1e-12)
    #expect(
      message { _ = try cost.estimate(Self.used(ModelUse(imagesPerFetch: 2), name), on: design) }
        == "images-per-fetch: the reference cost model prices one image at a time; take the physical cost model")
  }

  @Test("a mapping for energy uses no more energy on the chip, one for time no more time")
  func objectives() throws {
    func onChip(_ estimate: Estimate) throws -> Joules {
      let parts = try #require(estimate.energyByComponent)
      return parts.l2 + parts.buffer
    }
    var differ = 0
    for name in ["edge-base", "edge-deep", "edge-dual", "camera-base"] {
      var design = try AcceleratorDesign.named(name)
      design.l2Kilobytes = 64
      func estimate(_ objective: MappingObjective) throws -> Estimate {
        try PhysicalCostModel(.init(objective: objective, keepsWeights: false))
          .estimate(Self.model("ViT-B-32"), on: design)
      }
      let fast = try estimate(.latency), frugal = try estimate(.energy), product = try estimate(.energyDelay)
      #expect(try onChip(frugal) <= onChip(fast) && onChip(frugal) <= onChip(product))
      #expect(fast.latency <= frugal.latency && fast.latency <= product.latency)
      if try onChip(frugal) < onChip(fast), frugal.latency > fast.latency { differ += 1 }
    }
    #expect(differ > 0)
  }

  @Test("a use that cannot be counted is refused in one line")
  func refused() throws {
    for (use, expected) in [
      (ModelUse(textsPerImage: -1), "texts-per-image: expected 0 to 10000, found -1"),
      (ModelUse(prompts: 0), "prompts: expected 1 to 1000000, found 0"),
      (ModelUse(textTokens: 0), "text-tokens: expected 1 to 1000000, found 0"),
      (ModelUse(imagesPerFetch: .max), "images-per-fetch: expected 1 to 4096, found \(Int.max)"),
      (
        ModelUse(textsPerImage: 10_000, imagesPerFetch: 4096),
        "4096 images and 10000 texts each: too much work to be priced; take fewer texts or images"
      ),
    ] {
      #expect(message { _ = try Self.used(use, "ViT-bigG-14") } == expected)
    }
    #expect(
      message { _ = try Self.used(ModelUse(textTokens: 78), "ViT-B-32") }
        == "text-tokens: expected 1 to 77, which the model reads, found 78")
    #expect(
      message { _ = try Self.used(ModelUse(textTokens: 9), "ViT-B-16-SigLIP") }
        == "text-tokens: the model's text tower has no causal mask and computes all of its 64 tokens, found 9; "
        + "leave it out")
    #expect(try Self.used(ModelUse(textTokens: 64), "ViT-B-16-SigLIP").use.textTokens == 64)
    #expect(message { _ = try Self.used(.pair, inferences: 0) } == "inferences: expected 1 or more, found 0.0")
  }
}
