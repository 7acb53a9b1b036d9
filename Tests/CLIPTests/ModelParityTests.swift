import CLIPModels
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPModelShapes
import CLIPTensors
import Testing
import CLIPWeights

/// Models and what PyTorch computed with them; see `Fixtures/README.md`.
struct RecordedModel {
  let model: CLIPModel
  let io: SafetensorsFile
  let isHuggingFace: Bool

  static let names = [
    "clip_a", "clip_b", "clip_c", "clip_s", "hf_clip", "siglip_t", "eva02_t", "siglip2_t", "siglip_i18n_t", "eva01_t",
    "pe_core_t", "pe_core_g_t", "mobileclip2_l_t", "gap_t", "hf_siglip", "hf_siglip_gelu",
  ]
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

  init(_ name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let document = try JSONParser.parse(file: "\(path).json")
    let shape = try #require(document["config"])
    isHuggingFace = name.hasPrefix("hf_")
    let configuration = try isHuggingFace ? CLIPConfiguration(huggingFace: shape) : CLIPConfiguration(openCLIP: shape)
    let checkpoint = try CheckpointFolder.open(
      "\(path).weights.safetensors", as: ModelDescription(configuration: configuration))
    model = try CLIPModel(configuration, from: checkpoint.state)
    io = try SafetensorsFile(path: "\(path).io.safetensors")
  }

  var images: Tensor { get throws { try io.tensor(isHuggingFace ? "pixel_values" : "image") } }
  var ids: [Int32] { get throws { try io.integers(isHuggingFace ? "input_ids" : "text").map { Int32($0) } } }
  var imageFeatures: Tensor { get throws { try io.tensor(isHuggingFace ? "image_embeds" : "image_features") } }
  var textFeatures: Tensor { get throws { try io.tensor(isHuggingFace ? "text_embeds" : "text_features") } }
}

/// `max |a - b| / max |b|`.
func deviation(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape.count == b.shape.count else { return .infinity }
  let largest = b.elements.map { abs(Double($0)) }.max() ?? 0
  return (zip(a.elements, b.elements).map { abs(Double($0) - Double($1)) }.max() ?? 0) / max(largest, 1e-7)
}

/// The batch repeated `times`, so that it is cut into groups.
func repeated(_ tensor: Tensor, _ times: Int) -> Tensor {
  Tensor(
    (0..<times).flatMap { _ in tensor.elements },
    Shape([tensor.shape[0] * times] + tensor.shape.extents.dropFirst()))
}

@Suite("Model parity with PyTorch")
struct ModelParityTests {
  /// Features agree to two units in the sixth place: the spread of float32 implementations among themselves.
  static let tolerance = 2e-6

  @Test("features of a small batch equal PyTorch's", arguments: RecordedModel.names)
  func smallBatch(name: String) throws {
    let recorded = try RecordedModel(name), pool = ThreadPool(threads: 2)
    #expect(
      deviation(try recorded.model.imageFeatures(recorded.images, on: pool), try recorded.imageFeatures)
        < Self.tolerance)
    #expect(
      deviation(try recorded.model.textFeatures(recorded.ids, on: pool), try recorded.textFeatures) < Self.tolerance)
  }

  @Test("features of a batch that is cut into groups equal PyTorch's", arguments: RecordedModel.names)
  func largeBatch(name: String) throws {
    let recorded = try RecordedModel(name), pool = ThreadPool(threads: 2), times = 9
    let image = try recorded.model.imageFeatures(repeated(recorded.images, times), on: pool)
    let text = try recorded.model.textFeatures((0..<times).flatMap { _ in try recorded.ids }, on: pool)
    #expect(deviation(image, repeated(try recorded.imageFeatures, times)) < Self.tolerance)
    #expect(deviation(text, repeated(try recorded.textFeatures, times)) < Self.tolerance)
  }

  @Test("activations inside the towers equal PyTorch's", arguments: ["clip_a", "clip_b", "clip_c", "clip_s"])
  func activations(name: String) throws {
    let recorded = try RecordedModel(name), pool = ThreadPool(threads: 2)
    var seen: [String: Tensor] = [:]
    _ = try recorded.model.vision(recorded.images, on: pool) { seen["mid.visual.\($0)"] = $1 }
    _ = try recorded.model.text(recorded.ids, on: pool) { seen["mid.text.\($0)"] = $1 }
    let names = recorded.io.names.filter { $0.hasPrefix("mid.") }
    #expect(names.count >= 7)
    for name in names {
      let ours = try #require(seen[name], "\(name) was not observed")
      #expect(deviation(ours, try recorded.io.tensor(name)) < 5e-6, "\(name)")
    }
  }

  @Test("features are the same bits on 1, 2 and 3 threads", arguments: RecordedModel.names)
  func threads(name: String) throws {
    let recorded = try RecordedModel(name)
    for times in [1, 9] {
      let images = repeated(try recorded.images, times), ids = try (0..<times).flatMap { _ in try recorded.ids }
      let results = try [1, 2, 3].map { threads in
        let pool = ThreadPool(threads: threads)
        return try recorded.model.imageFeatures(images, on: pool).elements
          + recorded.model.textFeatures(ids, on: pool).elements
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }
  }

  @Test("logits and loss equal PyTorch's", arguments: ["clip_a", "clip_b", "clip_c", "clip_s"])
  func loss(name: String) throws {
    let recorded = try RecordedModel(name), pool = ThreadPool(threads: 1)
    let logits = recorded.model.logits(
      image: try recorded.model.imageFeatures(recorded.images, on: pool),
      text: try recorded.model.textFeatures(recorded.ids, on: pool))
    #expect(deviation(logits, try recorded.io.tensor("logits_per_image")) < 5e-6)
    let loss = try name == "clip_s" ? SigmoidLossOperator.forward(logits) : ContrastiveLossOperator.forward(logits)
    let expected = try recorded.io.doubles("loss")[0]
    #expect(abs(loss - expected) < 2e-6 * expected)
  }
}
