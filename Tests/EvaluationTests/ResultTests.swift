import CLIPEvaluation
import CLIPParity
import CLIPFiles
import Testing

@Suite("Results and figures")
struct ResultTests {
  @Test("results have CLIP_benchmark's fields and file name")
  func clipBenchmark() {
    let result = EvaluationResult(
      dataset: "wds/vtab/pets:test", model: "ViT-B-32", pretrained: "laion2b", task: .retrieval,
      metrics: ["image_retrieval_recall@5": 0.5], standardErrors: [:], details: ["images": 10])
    #expect(result.fileName == "vtab_pets-test_laion2b_ViT-B-32_en_zeroshot_retrieval.json")
    let keys = result.json.objectValue?.keys ?? []
    #expect(keys.prefix(6) == ["dataset", "model", "pretrained", "task", "metrics", "language"])
    #expect(result.json["metrics"]?["image_retrieval_recall@5"]?.doubleValue == 0.5)
    #expect(result.table == "  image_retrieval_recall@5   50.0%")
  }

  @Test("the table is aligned, with standard errors and a dash for what says nothing")
  func table() {
    let result = EvaluationResult(
      dataset: "d", model: "m", pretrained: "p", task: .classification,
      metrics: ["acc1": 0.9996, "acc5": .null, "mean_per_class_recall": 0.08124], standardErrors: ["acc1": 0.00451],
      details: ["images": 10])
    #expect(
      result.table == """
          acc1                     100% ± 0.451%
          acc5                        -
          mean_per_class_recall   8.12%
        """)
    #expect(result.json["standard_error"] == ["acc1": 0.00451])
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
