import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPWeights

@Suite struct PositionalEmbeddingResizeTests {
  private let file: SafetensorsFile
  init() throws { file = try SafetensorsFile(path: fixture("resized.safetensors")) }

  private func model(grid: Int, context: Int) -> CLIPConfiguration {
    CLIPConfiguration(
      embedDimension: 4,
      vision: VisionConfiguration(
        imageSize: grid * 8, patchSize: 8, width: 6, layers: 1, heads: 1, headWidth: 6, mlpWidth: 6),
      text: TextConfiguration(
        contextLength: context, vocabularySize: 8, width: 4, layers: 1, heads: 1, mlpWidth: 4))
  }

  private func largestDifference(_ found: Tensor, _ expected: Tensor) -> Float {
    zip(found.elements, expected.elements).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(
    "patch grids are resized as PyTorch's antialiased bicubic does, the class token kept",
    arguments: [4, 5, 10])
  func image(_ size: Int) throws {
    let state = StateDictionary([("visual.positional_embedding", try file.tensor("image"))])
    let resized = try state.resizingPositionalEmbeddings(to: model(grid: size, context: 10))
      .tensor("visual.positional_embedding")
    let expected = try file.tensor("image.\(size)")
    #expect(resized.shape == expected.shape)
    #expect(largestDifference(resized, expected) < 2e-6)
  }

  @Test("text positions are resized as PyTorch's linear interpolation does", arguments: [7, 16])
  func text(_ length: Int) throws {
    let state = StateDictionary([("positional_embedding", try file.tensor("text"))])
    let resized = try state.resizingPositionalEmbeddings(to: model(grid: 7, context: length)).tensor(
      "positional_embedding")
    let expected = try file.tensor("text.\(length)")
    #expect(resized.shape == expected.shape)
    #expect(largestDifference(resized, expected) < 1e-6)
  }

  @Test("an embedding of the right size is left alone")
  func unchanged() throws {
    let state = StateDictionary([("visual.positional_embedding", try file.tensor("image"))])
    let same = state.resizingPositionalEmbeddings(to: model(grid: 7, context: 10))
    #expect(try same.tensor("visual.positional_embedding").elements == file.tensor("image").elements)
    #expect(!(try same.tensor("visual.positional_embedding").storage is WritableStorage))
  }
}
