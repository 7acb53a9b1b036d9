import CLIPCheckpoints
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPModels
import CLIPTensors
import Foundation
import Testing

/// Models for images and patches of other sizes.
@Suite("Other images and patches")
struct ResizingTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private let pool = ThreadPool(threads: 2)
  private let loaded: LoadedModel

  init() throws { loaded = try LoadedModel(LoadedModel.Request(pretrained: "\(Self.root)/checkpoints/base")) }

  /// Random pictures of blocks of pixels, `[count, 3, size, size]`.
  private func pictures(_ count: Int, size: Int, block: Int) -> Tensor {
    var random = Philox(seed: 3, purpose: .test)
    let side = size / block, values = (0..<count * 3 * side * side).map { _ in random.normal() }
    var pixels = [Float](repeating: 0, count: count * 3 * size * size)
    for index in pixels.indices {
      let column = index % size / block, row = index / size % size / block, plane = index / (size * size)
      pixels[index] = values[(plane * side + row) * side + column]
    }
    return Tensor(pixels, [count, 3, size, size])
  }

  @Test("a smaller image is what opening the checkpoint for it gives, prepared alike")
  func image() throws {
    var request = LoadedModel.Request(pretrained: "\(Self.root)/checkpoints/base")
    request.imageSize = 48
    let opened = try LoadedModel(request), resized = try loaded.resized(imageSize: 48)
    #expect(resized.model.configuration == opened.model.configuration)
    #expect(resized.preprocess == opened.preprocess && resized.preprocessing.imageSize == 48)
    let images = pictures(4, size: 48, block: 1)
    #expect(
      try resized.model.imageFeatures(images, on: pool).elements
        == opened.model.imageFeatures(images, on: pool).elements)
    #expect(resized.model.configuration.vision.tokens < loaded.model.configuration.vision.tokens)
  }

  @Test("the same sizes change nothing; impossible ones are refused")
  func ends() throws {
    let same = try loaded.resized(imageSize: 64, patchSize: 8), images = pictures(2, size: 64, block: 1)
    #expect(
      try same.model.imageFeatures(images, on: pool).elements == loaded.model.imageFeatures(images, on: pool).elements)
    for (image, patch) in [(4, 8), (64, 65), (0, 8), (64, 0)] {
      #expect(throws: InputError.self, "\(image), \(patch)") { try loaded.resized(imageSize: image, patchSize: patch) }
    }
  }

  /// `[width, tokens]` before any block: what the patch embedding gives, without places and bias.
  private func embedded(_ weight: Tensor, _ image: [Float], size: Int, patch: Int) -> [Double] {
    let width = weight.shape[0], side = size / patch, elements = weight.elements
    return (0..<width).flatMap { channel in
      (0..<side * side).map { token in
        var sum = 0.0
        for plane in 0..<3 {
          for row in 0..<patch {
            for column in 0..<patch {
              let pixel = (plane * size + token / side * patch + row) * size + token % side * patch + column
              sum += Double(image[pixel]) * Double(elements[((channel * 3 + plane) * patch + row) * patch + column])
            }
          }
        }
        return sum
      }
    }
  }

  /// A picture's patches of `old` pixels each resized to `new`, bilinearly; side by side.
  private func enlarged(_ image: [Float], size: Int, old: Int, new: Int) -> [Float] {
    let side = size / old, large = side * new
    var result = [Float](repeating: 0, count: 3 * large * large)
    func weights(_ position: Int) -> [(Int, Double)] {
      let center = max(0, (Double(position) + 0.5) * Double(old) / Double(new) - 0.5), first = min(Int(center), old - 1)
      return [(first, 1 - (center - Double(first))), (min(first + 1, old - 1), center - Double(first))]
    }
    for plane in 0..<3 {
      for row in 0..<large {
        for column in 0..<large {
          var sum = 0.0
          for (y, a) in weights(row % new) {
            for (x, b) in weights(column % new) {
              sum += a * b * Double(image[(plane * size + row / new * old + y) * size + column / new * old + x])
            }
          }
          result[(plane * large + row) * large + column] = Float(sum)
        }
      }
    }
    return result
  }

  @Test("an enlarged patch gives its token as the patch itself did", arguments: [9, 12, 16])
  func patches(new: Int) throws {
    let whole = try loaded.parameters.parameter("visual.conv1.weight", [192, 3, 8, 8])
    let resized = try loaded.resized(imageSize: 8 * new, patchSize: new)
    let weight = try resized.parameters.parameter("visual.conv1.weight", [192, 3, new, new])
    let image = pictures(1, size: 64, block: 1).elements
    let expected = embedded(whole, image, size: 64, patch: 8)
    let found = embedded(weight, enlarged(image, size: 64, old: 8, new: new), size: 8 * new, patch: new)
    let most = expected.map { abs($0) }.max() ?? 1
    #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-4 * most })
  }

  @Test("resampled weights are those of FlexiViT's PI-resize as timm has it")
  func peer() throws {
    let golden = try JSONParser.parse(file: "\(Self.root)/Tests/CheckpointsTests/Fixtures/patches.json")
    let input = try #require(golden["weight"]?.arrayValue?.compactMap { $0.doubleValue }.map { Float($0) })
    for one in try #require(golden["resampled"]?.arrayValue) {
      let size = try #require(one["size"]?.intValue)
      let expected = try #require(one["weight"]?.arrayValue?.compactMap { $0.doubleValue })
      let found = PatchResampling.resampled(Tensor(input, [2, 3, 8, 8]), to: size).elements
      #expect(found.count == expected.count)
      let most = expected.map { abs($0) }.max() ?? 1
      #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 * most }, "\(size)")
    }
  }
}
