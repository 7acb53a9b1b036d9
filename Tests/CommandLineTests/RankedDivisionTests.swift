import CLIPFiles
import Testing

/// What ranks divide beside the batch: the loss, and validation.
@Suite("Training over MPI, divided", .serialized)
struct RankedDivisionTests {
  private static let kinds = [[], ["--accum-freq", "2"], ["--siglip"]]

  @Test(
    "ranks that each compute their part of the loss train as one process does, and the same bits each time",
    arguments: RankedTrainingTests.launchers, 0..<kinds.count)
  func localLoss(launcher: String, kind: Int) throws {
    let folder = try TemporaryFolder(), ranks = kind == 0 ? 4 : 2, more = Self.kinds[kind]
    let batch = more.contains("--accum-freq") ? 16 : 32
    let alone = try Program.run(try RankedTrainingTests.arguments(folder, name: "alone", batch: batch) + more)
    try #require(alone.status == 0, "\(alone.errors)")
    for name in ["one", "two"] {
      let run = try RankedTrainingTests.run(
        launcher, ranks: ranks,
        try RankedTrainingTests.arguments(folder, name: name, batch: batch / ranks) + more
          + ["--local-loss", "--gather-with-grad"], in: folder)
      try #require(run.status == 0, "\(run.errors)")
    }
    let whole = try RankedTrainingTests.losses(folder, "alone"), shared = try RankedTrainingTests.losses(folder, "one")
    #expect(whole.count == 12 && shared.count == 12)
    for step in 1...10 {
      let expected = try #require(whole[step]), found = try #require(shared[step])
      #expect(abs(found - expected) <= 1e-5 * abs(expected), "step \(step): \(found), alone \(expected)")
    }
    #expect(try RankedTrainingTests.weights(folder, "one") == RankedTrainingTests.weights(folder, "two"))
  }

  /// The figures of a run's validations, by step.
  private static func validations(_ folder: TemporaryFolder, _ name: String) throws -> [Int: JSONValue] {
    var found: [Int: JSONValue] = [:]
    for line in try TextFile.lines(of: "\(folder.path)/logs/\(name)/log.jsonl") {
      let event = try JSONParser.parse(line)
      if event["event"]?.stringValue == "validation", let step = event["step"]?.intValue {
        found[step] = [
          "metrics": event["metrics"] ?? .null, "errors": event["standard_errors"] ?? .null,
        ]
      }
    }
    return found
  }

  @Test(
    "ranks that divide validation find what one process finds of the same weights",
    arguments: RankedTrainingTests.launchers)
  func validation(launcher: String) throws {
    let folder = try TemporaryFolder()
    func arguments(_ name: String, batch: Int) throws -> [String] {
      [
        "finetune", "--pretrained", "\(RankedTrainingTests.root)/checkpoints/base", "--train-data",
        "scenes:train?count=64", "--val-data", "scenes:validation?count=150", "--batch-size", "\(batch)", "--epochs",
        "1",
        "--train-num-samples", "16", "--threads", "1", "--logs", "\(folder.path)/logs", "--name", name,
      ]
    }
    let alone = try Program.run(try arguments("alone", batch: 16))
    try #require(alone.status == 0, "\(alone.errors)")
    let run = try RankedTrainingTests.run(launcher, ranks: 2, try arguments("shared", batch: 8), in: folder)
    try #require(run.status == 0, "\(run.errors)")
    let whole = try Self.validations(folder, "alone"), shared = try Self.validations(folder, "shared")
    #expect(whole[0] != nil && whole[0] == shared[0], "\(whole) \(shared)")
    #expect(Set(whole.keys) == Set(shared.keys) && whole.count == 2)
  }
}
