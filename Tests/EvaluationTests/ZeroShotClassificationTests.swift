import Compute
import Evaluation
import Files
import Tensors
import Testing

@Suite("Zero-shot classification")
struct ZeroShotClassificationTests {
  @Test("accuracy and mean per-class recall equal figures worked out by hand")
  func byHand() throws {
    // Classes on the axes; the images' largest coordinates are 0, 0, 1, 2 and the labels 0, 1, 1, 1.
    let classes = Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3])
    let images = Tensor([0.9, 0.1, 0, 0.8, 0.6, 0, 0.1, 0.9, 0, 0, 0.3, 0.9], [4, 3])
    let outcome = try ZeroShotClassification(
      image: images, classifier: classes, labels: [0, 1, 1, 1], on: ThreadPool(threads: 1))
    #expect(outcome.ranks == [0, 1, 0, 1])
    #expect(outcome.accuracy(at: 1) == 0.5)
    #expect(outcome.accuracy(at: 5) == 1)
    #expect(abs(outcome.meanPerClassRecall - (1 + 1.0 / 3) / 2) < 1e-12)
    #expect(abs(outcome.standardError - 0.25) < 1e-12)
  }

  @Test("a class is the normalized mean of its prompts' features")
  func classifier() throws {
    let weights = try ZeroShotClassification.classifier(prompts: [["a", "b"], ["c"]]) { texts in
      #expect(texts == ["a", "b", "c"])
      return Tensor([1, 0, 0, 1, 0.6, 0.8], [3, 2])
    }
    let half = Float(0.5).squareRoot()
    for (ours, expected) in zip(weights.elements, [half, half, 0.6, 0.8]) { #expect(abs(ours - expected) < 1e-6) }
  }

  @Test("labels beyond the class names are refused")
  func refusals() {
    #expect(
      throws: InputError(
        "an image has label 3, but there are 2 class names",
        advice: "labels count from 0, in the order of the class names")
    ) {
      try ZeroShotClassification(
        image: Tensor(zeros: [1, 2]), classifier: Tensor(zeros: [2, 2]), labels: [3], on: ThreadPool(threads: 1))
    }
  }
}
