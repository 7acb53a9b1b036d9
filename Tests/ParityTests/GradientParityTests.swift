import CLIPCompute
import CLIPFiles
import Foundation
import CLIPParity
import Testing

@Suite("Training parity with PyTorch")
struct GradientParityTests {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .path

  @Test(
    "gradients of all parameters, and the parameters after three steps of AdamW, equal PyTorch's",
    arguments: [
      "clip_a", "clip_b", "clip_c", "clip_s", "hf_clip", "siglip_t", "eva02_t", "siglip2_t", "siglip_i18n_t", "eva01_t",
      "pe_core_t", "pe_core_g_t", "mobileclip2_l_t", "gap_t", "hf_siglip", "hf_siglip_gelu",
    ])
  func models(name: String) throws {
    let report = try ModelParity.run("\(Self.tests)/CLIPTests/Fixtures/\(name)", on: ThreadPool(threads: 2))
    let found = Dictionary(uniqueKeysWithValues: report.quantities.map { ($0.name, $0) })
    for key in ["gradients", "gradients_recomputed"]
      + (!name.hasPrefix("clip_") ? [] : ["adamw_losses", "adamw3", "adamw3_share_over_1e-6"])
    {
      let quantity = try #require(found[key])
      #expect(quantity.isWithinTolerance, "\(name) \(key): \(quantity.deviation)")
    }
    #expect(report.isWithinTolerance)
  }

  @Test("losses and their gradients on the tape equal open_clip's, distillation among them")
  func losses() throws {
    let report = try LossParity.run("\(Self.tests)/TensorsTests/Fixtures")
    #expect(report.quantities.contains { $0.name == "wide.distill.grad_image" })
    for quantity in report.quantities { #expect(quantity.isWithinTolerance, "\(quantity.name): \(quantity.deviation)") }
  }

  @Test("a wrong gradient is noticed")
  func noticed() throws {
    var report = ParityReport(fixture: "f")
    report.compareGradient("off", [1, 2.0001], [1, 2], tolerance: 1e-5)
    report.compareGradient("noise", [1, 2, 3e-8], [1, 2, 0], tolerance: 1e-5)
    report.compareGradient("short", [1], [1, 2], tolerance: 1e-5)
    report.compareGradient("nan", [.nan, 2], [1, 2], tolerance: 1e-5)
    #expect(report.quantities.map(\.isWithinTolerance) == [false, true, false, false])
  }
}
