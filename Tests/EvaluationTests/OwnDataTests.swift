import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPTensors
import Foundation
import Testing

/// Plain pictures of a few colors, made in memory, with a caption and a class each.
private struct Colors: IndexedSource {
  static let names = ["red", "green", "blue", "yellow", "white", "black"]
  private static let values: [[UInt8]] = [
    [220, 20, 20], [20, 180, 20], [20, 20, 220], [230, 220, 20], [250, 250, 250], [5, 5, 5],
  ]
  let path = "colors"
  let count = 24
  var hasCaptions = true

  func sample(at index: Int) throws -> ImageTextSample {
    let color = index % Self.names.count
    let pixels = [[UInt8]](repeating: Self.values[color], count: 16 * 16).flatMap { $0 }
    return ImageTextSample(
      key: "\(index)", image: .pixels(PixelImage(rows: 16, columns: 16, pixels: pixels)),
      captions: hasCaptions ? ["\(Self.names[color]) number \(index)"] : [], label: color, file: path)
  }
}

/// How close pictures are to their own captions, by the mean cosine.
private struct MeanCosine: AccuracyMetric {
  let name = "mean-cosine"

  func accuracy(of features: FeatureExtraction.Features, on pool: ThreadPool) throws -> MeasuredAccuracy {
    let cosines = features.owner.enumerated().map { caption, image in
      zip(features.image.rows(image..<image + 1).elements, features.text.rows(caption..<caption + 1).elements)
        .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    return MeasuredAccuracy(cosines.reduce(0, +) / Double(cosines.count))
  }
}

@Suite("Evaluation of data and metrics of one's own")
struct OwnDataTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private let pool = ThreadPool(threads: 2)
  private let evaluator: Evaluator

  init() throws {
    evaluator = Evaluator(try LoadedModel(LoadedModel.Request(pretrained: "\(Self.root)/checkpoints/base")))
  }

  @Test("retrieval on a source in memory")
  func retrieval() throws {
    let found = try evaluator.retrieval(Colors(), on: pool)
    #expect(found.run.images == 24 && found.captions == 24 && found.run.dataset == "colors")
    #expect(found.imageRecall.at1 <= found.imageRecall.at5 && found.imageRecall.at5 <= found.imageRecall.at10)
    #expect(found.headline.value == found.meanRecallAt1)
    // The same through the door that takes either kind of data.
    let same = try evaluator.run(.captions(Colors()), on: pool)
    #expect(same.metricsJSON == found.metricsJSON && same.task == .retrieval)
    #expect(throws: InputError.self) { try evaluator.retrieval(Colors(hasCaptions: false), on: pool) }
  }

  @Test("classification with class names and templates as values")
  func classification() throws {
    let data = try ClassificationData(classNames: Colors.names, templates: ["a {c} square", "{c}"], source: Colors())
    let found = try evaluator.classification(data, on: pool)
    #expect(found.classes == 6 && found.templates == 2 && found.run.texts == 12 && found.run.images == 24)
    #expect(found.accuracy <= (found.topFive ?? 0))
  }

  @Test("a metric of one's own sees the features; one that is no number is refused")
  func metric() throws {
    let accuracy = try evaluator.measure(MeanCosine(), on: Colors(), pool)
    #expect((-1...1).contains(accuracy.value) && accuracy.standardError == 0)
    struct Broken: AccuracyMetric {
      let name = "broken"
      func accuracy(of features: FeatureExtraction.Features, on pool: ThreadPool) throws -> MeasuredAccuracy {
        MeasuredAccuracy(.nan)
      }
    }
    #expect(throws: InputError.self) { try evaluator.measure(Broken(), on: Colors(), pool) }
  }
}
