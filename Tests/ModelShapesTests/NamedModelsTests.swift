import CLIPFiles
import CLIPModelShapes
import Testing

@Suite struct NamedModelsTests {
  @Test(
    "named models have the parameters PyTorch counts",
    arguments: [
      ("ViT-B-32", 151_277_313), ("ViT-B-16", 149_620_737), ("ViT-L-14", 427_616_513),
      ("ViT-H-14", 986_109_441),
      ("ViT-L-14-336", 427_944_193),
    ])
  func parameters(_ name: String, _ count: Int) throws {
    #expect(try NamedModels.model(name).configuration.parameterCount == count)
  }

  @Test(
    "multiply-adds are half of what PyTorch's FlopCounterMode counts",
    arguments: [
      ("micro", 0.491, 0.079), ("TinyCLIP-ViT-8M-16-Text-3M", 3.573, 0.382), ("ViT-B-32", 8.818, 5.960),
      ("ViT-B-16", 35.127, 5.960),
    ])
  func multiplyAdds(_ name: String, _ image: Double, _ text: Double) throws {
    let model = try NamedModels.model(name).configuration
    #expect(abs(2e-9 * Double(model.imageMultiplyAdds) - image) < 0.0005)
    #expect(abs(2e-9 * Double(model.textMultiplyAdds) - text) < 0.0005)
  }

  @Test("names are unique and every model has a description")
  func names() {
    #expect(Set(NamedModels.all.map(\.name)).count == NamedModels.all.count)
    #expect(NamedModels.all.allSatisfy { !$0.description.isEmpty })
  }

  @Test("a misspelt name is answered with the nearest")
  func misspelt() {
    #expect(throws: InputError("unknown model \"ViT-B32\"", advice: "did you mean \"ViT-B-32\"?")) {
      try NamedModels.model("ViT-B32")
    }
  }

  @Test("every named model comes back from its own JSON")
  func roundTrip() throws {
    for model in NamedModels.all {
      let text = model.configuration.json().text(indentation: 2)
      #expect(
        try CLIPConfiguration(openCLIP: try JSONParser.parse(text)) == model.configuration, "\(model.name)")
    }
  }
}
