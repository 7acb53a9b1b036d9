import CLIPFiles
import Foundation
import CLIPTensors
import Testing
import CLIPWeights

@Suite("Losses")
struct LossTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

  private func deviation(_ ours: [Float], _ theirs: [Float]) -> Double {
    let largest = theirs.map { abs(Double($0)) }.max() ?? 0
    return (zip(ours, theirs).map { abs(Double($0) - Double($1)) }.max() ?? .infinity) / max(largest, 1e-7)
  }

  @Test("losses and their gradients equal open_clip's", arguments: ["small", "wide"], ["clip", "siglip"])
  func recorded(size: String, kind: String) throws {
    let file = try SafetensorsFile(path: "\(Self.folder)/losses.safetensors")
    let document = try JSONParser.parse(file: "\(Self.folder)/losses.json")
    let figures = try #require(document["\(size).\(kind)"])
    let image = try file.tensor("\(size).image"), text = try file.tensor("\(size).text")
    let scale = Float(try #require(figures["logit_scale"]?.doubleValue))
    let bias = Float(figures["logit_bias"]?.doubleValue ?? 0)
    let logits = SimilarityOperator.forward(image, text, scale: scale, bias: bias)
    let isSigmoid = kind == "siglip"
    let loss = try isSigmoid ? SigmoidLossOperator.forward(logits) : ContrastiveLossOperator.forward(logits)
    let expected = try #require(figures["loss"]?.doubleValue)
    #expect(abs(loss - expected) < 1e-6 * expected)
    let gradient = SimilarityOperator.backward(
      try isSigmoid ? SigmoidLossOperator.backward(logits) : ContrastiveLossOperator.backward(logits), image, text,
      scale: scale)
    let recordedImage = try file.tensor("\(size).\(kind).grad_image").elements
    let recordedText = try file.tensor("\(size).\(kind).grad_text").elements
    let recordedScale = try file.tensor("\(size).\(kind).grad_logit_scale").elements
    #expect(deviation(gradient.a.elements, recordedImage) < 2e-6)
    #expect(deviation(gradient.b.elements, recordedText) < 2e-6)
    // A sum of terms that nearly cancel: held to the size of its largest terms.
    #expect(abs(gradient.scale - Double(recordedScale[0])) < 1e-5 * max(abs(gradient.scale), 0.01))
    if isSigmoid {
      let recordedBias = try file.tensor("\(size).\(kind).grad_logit_bias").elements
      #expect(deviation([Float(gradient.bias)], recordedBias) < 1e-5)
    }
  }

  @Test("as many texts as images are demanded, with the shape found")
  func shapes() {
    let wrong = Tensor(zeros: [2, 3])
    #expect(throws: ShapeError("contrastive loss", expected: "[batch, batch]", found: [2, 3])) {
      try ContrastiveLossOperator.forward(wrong)
    }
    #expect(throws: ShapeError("sigmoid loss", expected: "[batch, batch]", found: [2, 3])) {
      try SigmoidLossOperator.backward(wrong)
    }
  }
}

@Suite("Tensor")
struct TensorTests {
  @Test("a tensor is a value: writing one copy leaves the other")
  func copyOnWrite() {
    let original = Tensor([1, 2, 3, 4], [2, 2])
    var copy = original
    copy.withUnsafeMutableElements { $0[0] = 9 }
    #expect(original.elements == [1, 2, 3, 4])
    #expect(copy.elements == [9, 2, 3, 4])
    var part = original.rows(1..<2)
    part.withUnsafeMutableElements { $0[0] = 7 }
    #expect(part.elements == [7, 4])
    #expect(original.elements == [1, 2, 3, 4])
  }

  @Test("a tensor that nobody shares is written where it lies, and one in the making becomes one there")
  func inPlace() {
    let fresh = FreshTensor([2, 3]), start = UnsafePointer(fresh.start)
    fresh.matrix.fill(1)
    var tensor = fresh.tensor()
    tensor.withMutableMatrix { $0.rows(1..<2).fill(2) }
    #expect(tensor.storage.start == start && tensor.elements == [1, 1, 1, 2, 2, 2])
    let other = tensor
    tensor.withUnsafeMutableElements { $0[0] = 3 }
    #expect(other.storage.start == start && other.elements == [1, 1, 1, 2, 2, 2] && tensor.storage.start != start)
  }

  @Test("memory that another object keeps is copied before a write, and kept while a matrix of it is read")
  func readOnly() {
    final class Keeper {
      let floats = UnsafeMutablePointer<Float>.allocate(capacity: 6)
      init() { for index in 0..<6 { floats[index] = Float(index) } }
      deinit { floats.deallocate() }
    }
    var keeper: Keeper? = Keeper()
    weak let watched = keeper
    var tensor: Tensor? = keeper.map { Tensor(Storage(reading: $0.floats, count: 6, keeper: $0), [3, 2]) }
    keeper = nil
    tensor?.withUnsafeMutableElements { $0[0] = 9 }
    #expect(watched == nil && tensor?.elements == [9, 1, 2, 3, 4, 5])

    keeper = Keeper()
    weak let again = keeper
    tensor = keeper.map { Tensor(Storage(reading: $0.floats, count: 6, keeper: $0), [3, 2]) }
    var row = tensor?.reading.rows(1..<2)
    (keeper, tensor) = (nil, nil)
    #expect(again != nil && row.map { [$0.start[0], $0.start[1]] } == [2, 3])
    row = nil
    #expect(again == nil)
  }

  @Test("storage is aligned to 64 bytes and can be had again")
  func storage() {
    for count in [1, 17, 1000, 100_000] {
      let storage = WritableStorage(count: count)
      #expect(UInt(bitPattern: storage.start) % 64 == 0)
    }
  }

  @Test("shapes print as PyTorch prints them")
  func shapes() {
    #expect("\(Shape([4, 65, 192]))" == "[4, 65, 192]")
    #expect(Shape([]).count == 1)
    #expect("\(ShapeError("linear", expected: [2, 3], found: [3, 2]))" == "linear: expected [2, 3], found [3, 2]")
  }
}
