import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPImages
import CLIPTensors
import Foundation
import Testing

@Suite("Embedding with a checkpoint")
struct EmbeddingTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private let pool = ThreadPool(threads: 2)
  private let loaded: LoadedModel

  init() throws { loaded = try LoadedModel(LoadedModel.Request(pretrained: "\(Self.root)/checkpoints/base")) }

  private func picture(_ name: String) -> String { "\(Self.root)/Tests/ImagesTests/Fixtures/\(name)" }

  @Test("a picture file gives what decoding, preprocessing and the image tower give by hand")
  func image() throws {
    let path = picture("images/photo.jpg")
    let size = loaded.preprocessing.imageSize
    let pixels = loaded.preprocessing(try ImageDecoder.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: path)))))
    let expected = try loaded.model.imageFeatures(Tensor(pixels, [1, 3, size, size]), on: pool).elements
    #expect(try loaded.embed(image: path, on: pool) == expected)
  }

  @Test("features have unit length, and batches of any size give the same")
  func texts() throws {
    let captions = ["a red circle", "a blue square above a red circle", ""]
    let features = try loaded.embed(texts: captions, on: pool)
    #expect(features.shape == [3, loaded.model.configuration.embedDimension])
    for row in 0..<3 {
      let elements = features.rows(row..<row + 1).elements
      #expect(abs(elements.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
    #expect(try loaded.embed(texts: captions, batchSize: 2, on: pool).elements.count == features.count)
    let alone = try loaded.embed(text: captions[1], on: pool)
    let closeness = zip(alone, features.rows(1..<2).elements).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(closeness > 0.99999)
    #expect(try loaded.embed(texts: [], on: pool).shape[0] == 0)
  }

  @Test("a file that is no picture is named")
  func bad() throws {
    let path = "\(Self.root)/Package.swift"
    #expect {
      _ = try loaded.embed(image: path, on: pool)
    } throws: { ($0 as? InputError)?.file == path }
  }
}
