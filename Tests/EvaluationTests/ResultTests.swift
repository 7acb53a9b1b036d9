import CLIPEvaluation
import CLIPParity
import CLIPFiles
import Testing

@Suite("Results and figures")
struct ResultTests {
  @Test("results have CLIP_benchmark's fields and file name")
  func clipBenchmark() {
    var run = EvaluationRun(dataset: "wds/vtab/pets:test", model: "ViT-B-32", pretrained: "laion2b")
    run.images = 10
    run.version = "1.2"
    run.data = "pets"
    let result = RetrievalResult(
      run, imageRecall: .init(at1: 0.25, at5: 0.5, at10: 0.75), textRecall: .init(at1: 0.5, at5: 0.5, at10: 1),
      standardErrors: .init(imageRecallAt1: 0.01, textRecallAt1: 0.02, meanRecallAt1: 0.015), captions: 20, seed: 3)
    #expect(run.fileName(.retrieval) == "vtab_pets-test_laion2b_ViT-B-32_en_zeroshot_retrieval.json")
    #expect(
      result.json.objectValue?.keys == [
        "dataset", "model", "pretrained", "task", "metrics", "language", "standard_error", "images", "skipped",
        "data_fingerprint", "precision", "carbonclip_version", "captions", "bootstrap_seed", "data",
      ])
    #expect(
      result.json["metrics"]?.objectValue?.keys == [
        "image_retrieval_recall@1", "text_retrieval_recall@1", "image_retrieval_recall@5", "text_retrieval_recall@5",
        "image_retrieval_recall@10", "text_retrieval_recall@10", "mean_recall@1",
      ])
    #expect(result.meanRecallAt1 == 0.375 && result.chance == 0.1)
    #expect(result.json["metrics"]?["mean_recall@1"]?.doubleValue == 0.375)
    #expect(
      result.json["standard_error"] == [
        "image_retrieval_recall@1": 0.01, "text_retrieval_recall@1": 0.02, "mean_recall@1": 0.015,
      ])
    #expect(result.json["precision"] == "fp32" && result.json["bootstrap_seed"] == 3)
  }

  @Test("the table is aligned, with standard errors and a dash for what says nothing")
  func table() {
    var run = EvaluationRun(dataset: "d", model: "m", pretrained: "p")
    run.images = 10
    let result = ClassificationResult(
      run, accuracy: 0.9996, topFive: nil, meanPerClassRecall: 0.08124, standardError: 0.00451, classes: 3, templates: 1
    )
    #expect(
      result.table == """
          acc1                     100% ± 0.451%
          acc5                        -
          mean_per_class_recall   8.12%
        """)
    #expect(result.json["standard_error"] == ["acc1": 0.00451])
    #expect(result.json["metrics"]?["acc5"] == .null && result.json["classes"] == 3)
    #expect(result.json["images"] == 10)
  }

  @Test("a parity report takes the largest deviation, relative to the largest entry, and lets nothing odd pass")
  func parity() {
    var report = ParityReport(fixture: "f")
    report.compare("close", [1, 2.000002], [1, 2], tolerance: 2e-6)
    #expect(report.isWithinTolerance)
    #expect(abs(report.quantities[0].deviation - 1e-6) < 1e-9)
    for odd in [[1.0], [.nan, 2], [1, .infinity]] {
      var other = ParityReport(fixture: "f")
      other.compare("odd", odd, [1, 2], tolerance: 1)
      #expect(!other.isWithinTolerance)
    }
    report.compareExactly("bytes", [1, 2, 3], [1, 2, 4])
    #expect(!report.isWithinTolerance)
    #expect(!ParityReport(fixture: "empty").isWithinTolerance)
  }
}
