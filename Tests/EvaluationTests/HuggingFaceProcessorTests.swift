import CLIPEvaluation
import CLIPFiles
import Foundation
import CLIPImages
import CLIPModelShapes
import Testing
import CLIPWeights

@Suite struct HuggingFaceProcessorTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

  @Test("pictures become what transformers' image processors make of them, by every form of their settings")
  func oracle() throws {
    let settings = try JSONParser.parse(file: "\(Self.folder)/hf_processors.json").objectValue ?? [:]
    let recorded = try SafetensorsFile(path: "\(Self.folder)/hf_processors.safetensors")
    #expect(settings.count == 15)
    for (name, document) in settings.pairs {
      let preprocessing = Preprocessing(try PreprocessConfiguration(huggingFace: document, size: 8))
      for index in 0..<4 {
        let shape = try #require(recorded.shape(of: "picture.\(index)"))
        let picture = PixelImage(
          rows: shape[0], columns: shape[1], pixels: try recorded.bytes("picture.\(index)"))
        let expected = try recorded.tensor("\(name).\(index)").elements
        // Rounding of the scale's order only: one level of a byte would be 0.004 at least.
        let difference = zip(preprocessing(picture), expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 2e-5, "\(name), picture \(index)")
      }
    }
  }
}
