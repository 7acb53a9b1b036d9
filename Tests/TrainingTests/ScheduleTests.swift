import CLIPModelShapes
import Testing
import CLIPTraining

@Suite("Learning rate")
struct ScheduleTests {
  /// open_clip 3.3.0's `scheduler.py` with base 0.001, 10 steps of warm-up, 100 steps.
  @Test(
    "schedules equal open_clip's",
    arguments: [
      (LearningRateSchedule.Kind.cosine, [0: 1e-4, 9: 1e-3, 10: 1e-3, 40: 0.00075, 99: 3.0458649045213896e-07]),
      (.const, [0: 1e-4, 9: 1e-3, 50: 1e-3, 99: 1e-3]),
      (.constCooldown, [4: 5e-4, 50: 1e-3, 79: 1e-3, 80: 1e-3, 90: 5.5e-4, 99: 1.45e-4]),
    ])
  func recorded(kind: LearningRateSchedule.Kind, expected: [Int: Double]) {
    var schedule = LearningRateSchedule(kind, base: 1e-3, warmup: 10, steps: 100)
    schedule.cooldown = 20
    schedule.cooldownEnd = 1e-4
    for (step, rate) in expected {
      #expect(abs(schedule.rate(at: step) - rate) < 1e-12, "\(kind) \(step): \(schedule.rate(at: step))")
    }
  }

  @Test("a warm-up longer than the run, and none at all, give finite rates")
  func extremes() {
    for warmup in [0, 5, 1000] {
      for kind in LearningRateSchedule.Kind.allCases {
        let schedule = LearningRateSchedule(kind, base: 1e-3, warmup: warmup, steps: 5)
        for step in 0..<7 { #expect((0...1e-3).contains(schedule.rate(at: step))) }
      }
    }
  }
}

@Suite("AdamW")
struct AdamWTests {
  /// The names that open_clip 3.3.0's and its later rule leave undecayed, of a model with every kind of parameter.
  @Test("weight decay leaves out what open_clip's two rules leave out")
  func exclusion() {
    var shape = Sample.shape { vision, text in
      vision.layerScaleInit = 0.1
      text.projectionBias = true
    }
    shape.initialLogitBias = -10
    let parameters = ParameterList(shape).parameters
    func decayed(_ rule: DecayExclusion) -> Set<String> {
      Set(
        parameters.filter { !rule.excludes($0) }.map { name in
          name.name.split(separator: ".").filter { Int($0) == nil }.joined(separator: ".")
        })
    }
    let matrices: Set<String> = [
      "visual.proj", "visual.conv1.weight", "text_projection.weight", "token_embedding.weight",
      "visual.transformer.resblocks.attn.in_proj_weight", "visual.transformer.resblocks.attn.out_proj.weight",
      "visual.transformer.resblocks.mlp.c_fc.weight", "visual.transformer.resblocks.mlp.c_proj.weight",
      "transformer.resblocks.attn.in_proj_weight", "transformer.resblocks.attn.out_proj.weight",
      "transformer.resblocks.mlp.c_fc.weight", "transformer.resblocks.mlp.c_proj.weight",
    ]
    #expect(decayed(.openCLIP3) == matrices.union(["positional_embedding", "visual.positional_embedding"]))
    #expect(decayed(.gainsBiasesAndPositions) == matrices)
  }
}
