import CLIPCheckpoints
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import Foundation
import Testing

@Suite("Figures that may stand for accuracy")
struct AccuracyFigureTests {
  @Test(
    "short names and CLIP_benchmark's mean the same",
    arguments: [
      ("recall@1", "mean_recall@1"), ("mean_recall@5", "mean_recall@5"),
      ("image-recall@10", "image_retrieval_recall@10"),
      ("text_retrieval_recall@3", "text_retrieval_recall@3"), ("acc1", "acc1"), ("acc5", "acc5"),
      ("mean-per-class", "mean_per_class_recall"), ("mean_per_class_recall", "mean_per_class_recall"),
    ])
  func names(given: String, known: String) throws {
    #expect(try AccuracyFigure(parsing: given).description == known)
    #expect(try AccuracyFigure(parsing: known).description == known)
  }

  @Test(
    "others are refused, with the nearest",
    arguments: ["recal@1", "acc", "acc0", "recall@", "recall@x", "recall", "acc5@1", "map"])
  func wrong(name: String) throws {
    let error = try #require(#expect(throws: InputError.self) { _ = try AccuracyFigure(parsing: name) })
    #expect(error.advice != nil && !"\(error)".contains("\n"))
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private static let model = Result { try LoadedModel(LoadedModel.Request(pretrained: "\(root)/checkpoints/base")) }

  @Test("of captions they are what retrieval finds, by another way")
  func captions() throws {
    let pool = ThreadPool(threads: 2), evaluator = Evaluator(try Self.model.get())
    let source = try ImageTextData.open("scenes:validation?count=40")
    let found = try evaluator.figures(
      [.recall(1), .imageRecall(5), .textRecall(10), .recall(40)], of: .captions(source), on: pool)
    let whole = try evaluator.retrieval(source, on: pool)
    #expect(found[0].value.value == whole.meanRecallAt1)
    #expect(found[0].value.standardError == whole.standardErrors.meanRecallAt1)
    #expect(found[1].value.value == whole.imageRecall.at5 && found[2].value.value == whole.textRecall.at10)
    #expect(found[0].chance == 1.0 / 40 && found[1].chance == 5.0 / 40 && found[3].chance == 1)
    // All images are among the first 40.
    #expect(found[3].value.value > found[0].value.value)
    #expect(throws: InputError.self) { _ = try evaluator.figures([.accuracy(1)], of: .captions(source), on: pool) }
  }

  @Test("of classes they are what classification finds; mean per class has an error of its own")
  func classes() throws {
    let pool = ThreadPool(threads: 2), evaluator = Evaluator(try Self.model.get())
    let data = try ClassificationData.open("scenes:classes?count=60")
    let found = try evaluator.figures([.accuracy(1), .accuracy(5), .meanPerClass], of: .classes(data), on: pool)
    let whole = try evaluator.classification(data, on: pool)
    #expect(found[0].value.value == whole.accuracy && found[0].value.standardError == whole.standardError)
    #expect(found[1].value.value == whole.topFive && found[2].value.value == whole.meanPerClassRecall)
    #expect(found[0].chance == 1.0 / 192)
    #expect(abs((found[1].chance ?? 0) - 5.0 / 192) < 1e-12)
    #expect(throws: InputError.self) { _ = try evaluator.figures([.recall(1)], of: .classes(data), on: pool) }
  }

  @Test("the error of the mean per class, by hand")
  func meanPerClassError() throws {
    // Class 0: 1 of 2 right; class 1: 3 of 4; class 2 does not occur.
    let axes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map { $0.map { Float($0) } }
    let labels = [0, 0, 1, 1, 1, 1], guesses = [0, 2, 1, 1, 1, 0]
    let found = try ZeroShotClassification(
      image: .init(guesses.flatMap { axes[$0] }, [6, 3]), classifier: .init(axes.flatMap { $0 }, [3, 3]),
      labels: labels,
      on: ThreadPool(threads: 1))
    #expect(abs(found.meanPerClassRecall - 0.625) < 1e-12)
    let expected = (0.25 / 2 + 0.1875 / 4).squareRoot() / 2
    #expect(abs(found.meanPerClassError - expected) < 1e-12)
  }
}
