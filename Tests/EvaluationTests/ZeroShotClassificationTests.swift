import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPTensors
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
    // As CLIP_benchmark has it: among three classes the best five say nothing.
    let run = EvaluationRun(dataset: "d", model: "m", pretrained: "p")
    #expect(ClassificationResult(run, outcome, templates: 1).topFive == nil)
  }

  @Test("among five classes and more the best five count, on any number of threads", arguments: [1, 3])
  func topFive(threads: Int) throws {
    // Image n scores classes 0...9 with their numbers but its label n % 10: so many classes are better.
    let classes = Tensor((0..<100).map { $0 / 10 == $0 % 10 ? 1 : 0 }, [10, 10])
    let images = Tensor((0..<6000).map { Float($0 % 10) }, [600, 10])
    let outcome = try ZeroShotClassification(
      image: images, classifier: classes, labels: (0..<600).map { $0 % 10 }, on: ThreadPool(threads: threads))
    #expect(outcome.ranks == (0..<600).map { 9 - $0 % 10 })
    let run = EvaluationRun(dataset: "d", model: "m", pretrained: "p")
    let result = ClassificationResult(run, outcome, templates: 1)
    #expect(result.metricsJSON == ["acc1": 0.1, "acc5": 0.5, "mean_per_class_recall": 0.1])
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

  @Test("an image's guess is the nearest class, of equally near ones the first; it is right where its rank is 0")
  func guesses() throws {
    let pool = ThreadPool(threads: 2)
    // The last two classes are one.
    let classes = Tensor([1, 0, 0, 1, 0.6, 0.8, 0.6, 0.8], [4, 2])
    let images = Tensor([0, 1, 0.6, 0.8, 1, 0, 0.8, 0.6], [4, 2])
    let guesses = try ZeroShotClassification.guesses(image: images, classifier: classes, on: pool)
    #expect(guesses == [1, 2, 0, 2])
    for label in 0..<4 {
      let labels = [label, label, label, label]
      let found = try ZeroShotClassification(image: images, classifier: classes, labels: labels, on: pool)
      #expect(found.ranks.map { $0 == 0 } == guesses.map { $0 == label })
    }
    #expect(throws: InputError.self) {
      try ZeroShotClassification.guesses(image: Tensor([.nan, 1], [1, 2]), classifier: classes, on: pool)
    }
  }

  @Test("prompts are encoded some classes at a time, and a class always whole")
  func parts() throws {
    let prompts = [3000, 1096, 1, 5000, 2].enumerated().map { label, count in
      [String](repeating: "\(label)", count: count)
    }
    var calls: [Int] = []
    let weights = try ZeroShotClassification.classifier(prompts: prompts) { texts in
      calls.append(texts.count)
      return Tensor(texts.flatMap { $0 == "3" ? [Float(0), -1] : [1, 0] }, [texts.count, 2])
    }
    #expect(calls == [4096, 1, 5000, 2])
    #expect(weights.elements == [1, 0, 1, 0, 1, 0, 0, -1, 1, 0])
  }

  @Test("classes without prompts and encoders that lose one are refused")
  func badPrompts() {
    let encode = { (texts: [String]) in Tensor(zeros: [1, 2]) }
    for prompts in [[], [["a"], []]] {
      #expect(throws: InputError("zero-shot classification needs at least one class and one prompt a class")) {
        try ZeroShotClassification.classifier(prompts: prompts, encode: encode)
      }
    }
    #expect(throws: ShapeError("zero-shot classifier", expected: "features [2, embed]", found: [1, 2])) {
      try ZeroShotClassification.classifier(prompts: [["a"], ["b"]], encode: encode)
    }
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
