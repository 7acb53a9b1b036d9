import CLIPCompute
import CLIPFamily

/// Made-up models whose right pictures are known.
enum ClaimFixture {
  /// Right on so many of 100 pictures, from one on: `seeds` of them one after another.
  static func model(
    _ name: String, _ kind: ClaimModel.Kind, _ right: Int..., from first: Int = 0, of pictures: Int = 100
  ) -> ClaimModel {
    ClaimModel(
      name, kind,
      right: [right.map { count in (0..<pictures).map { ($0 + pictures - first) % pictures < count } }])
  }

  static func rule(draws: Int = 400, seed: UInt64 = 0) -> ClaimRule {
    var rule = ClaimRule()
    rule.draws = draws
    rule.seed = seed
    return rule
  }

  static func study(_ models: [ClaimModel], draws: Int = 400, seed: UInt64 = 0, threads: Int = 2) throws -> ClaimStudy {
    try ClaimStudy(models, rule(draws: draws, seed: seed), on: ThreadPool(threads: threads))
  }

  /// What models save whose carbon is certain.
  static func result(_ models: [ClaimModel], _ carbon: [Double]) throws -> ClaimResult {
    try study(models).result(of: [ClaimCarbon(use: "camera", stated: carbon)])
  }
}
