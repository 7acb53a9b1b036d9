import CLIPFiles
import CLIPModelShapes
import CLIPTensors
import CLIPWeights
import Foundation
import Testing

/// `prune` under `mpirun`, with each MPI that is installed; with none these tests are skipped.
@Suite("Pruning over MPI", .serialized)
struct RankedPruneTests {
  private static func arguments(_ folder: TemporaryFolder, _ output: String, _ more: [String]) -> [String] {
    [
      "prune", "--pretrained", "\(folder.path)/dense", "--output", "\(folder.path)/\(output)", "--rankings",
      "\(folder.path)/rankings-\(output)", "--calibration-data", "scenes:train?count=200&size=32",
      "--calibration-samples", "80", "--threads", "1", "--ridge", "1e-2",
    ] + more
  }

  /// What was kept of each tower, as the report says.
  private static func kept(_ folder: TemporaryFolder, _ output: String) throws -> [JSONValue] {
    let report = try JSONParser.parse(file: "\(folder.path)/\(output)/pruning.json")
    return ["vision", "text"].flatMap { tower in
      let blocks = report[tower]?["blocks"]?.arrayValue ?? []
      return [report[tower]?["channels"] ?? .null]
        + blocks.flatMap { block in ["kept", "kept_heads", "kept_mlp"].map { block[$0] ?? .null } }
    }
  }

  private static func bytes(_ folder: TemporaryFolder, _ output: String) throws -> [UInt8] {
    try TextFile.bytes(of: "\(folder.path)/\(output)/open_clip_model.safetensors", limit: 1 << 26)
  }

  /// The largest difference of any parameter, relative to its largest entry; a new model's biases are all but zero, and what
  /// a fit makes of them is rounding.
  private static func distance(_ folder: TemporaryFolder, _ one: String, _ other: String) throws -> Double {
    let first = try CheckpointFolder.open("\(folder.path)/\(one)"),
      second = try CheckpointFolder.open("\(folder.path)/\(other)")
    var most = 0.0
    for parameter in ParameterList(first.configuration).parameters {
      let shape = Shape(parameter.shape)
      let a = try first.state.parameter(parameter.name, shape).elements
      let b = try second.state.parameter(parameter.name, shape).elements
      let scale = a.reduce(0) { max($0, abs($1)) }
      most = max(most, Double(zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(scale, 1e-2)))
    }
    return most
  }

  private static let cuts = [
    ["--target-macs", "60%", "--val-data", "scenes:validation?count=40&size=32"],
    ["--vision-width", "24", "--vision-mlp", "40,48", "--text-heads", "1", "--embed-dim", "8"],
  ]

  @Test(
    "ranks prune as one process does, the same bits each time", arguments: RankedTrainingTests.launchers,
    0..<cuts.count)
  func same(launcher: String, number: Int) throws {
    let folder = try TemporaryFolder(), more = Self.cuts[number]
    try Checkpoint.write(to: "\(folder.path)/dense")
    let alone = try Program.run(Self.arguments(folder, "alone", more))
    try #require(alone.status == 0, "\(alone.errors)")
    for (name, ranks) in [("one", 2), ("two", 2), ("four", 4)] {
      let run = try RankedTrainingTests.run(launcher, ranks: ranks, Self.arguments(folder, name, more), in: folder)
      try #require(run.status == 0, "\(run.errors)")
      let kept = try Self.kept(folder, name), expected = try Self.kept(folder, "alone")
      #expect(kept.count == 14 && kept == expected)
      let distance = try Self.distance(folder, name, "alone")
      #expect(distance <= 3e-4, "\(name): \(distance)")
      // Rank 0 alone keeps a ranking.
      #expect(try Folder.names(in: "\(folder.path)/rankings-\(name)").count == 1)
    }
    #expect(try Self.bytes(folder, "one") == Self.bytes(folder, "two"))
    let report = try JSONParser.parse(file: "\(folder.path)/one/pruning.json")
    let expected = try JSONParser.parse(file: "\(folder.path)/alone/pruning.json")
    #expect(report["calibration"] == expected["calibration"], "\(report["calibration"] ?? .null)")
  }

  @Test("what no rank can do, and what one cannot, ends in one line", arguments: RankedTrainingTests.launchers)
  func faults(launcher: String) throws {
    let folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/dense")
    for (more, part) in [
      (["--vision-width", "33"], "error: --vision-width must be from 1 to 32, found 33"),
      (["--target-macs", "1%"], "error: "), (["--strategy", "surgon", "--vision-width", "24"], "error: --strategy"),
      (["--vision-width", "24", "--calibration-data", "\(folder.path)/none"], "error: \(folder.path)/none"),
      (["--vision-width", "24", "--rankings", "/dev/full/rankings"], "error: rank 0: /dev/full"),
    ] {
      let run = try RankedTrainingTests.run(launcher, ranks: 3, Self.arguments(folder, "out", more), in: folder)
      #expect(run.status != 0)
      let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
      #expect(lines.count == 1 && lines[0].hasPrefix(part), "\(more): \(run.errors)")
    }
    #expect(!Folder.exists("\(folder.path)/out"))
  }

  @Test(
    "a signal to one rank stops all; the scores are kept, and the ranking goes on",
    arguments: RankedTrainingTests.launchers)
  func signal(launcher: String) throws {
    let folder = try TemporaryFolder()
    try Checkpoint.write(to: "\(folder.path)/dense")
    let more = [
      "--strategy", "reference", "--vision-heads", "1", "--calibration-samples", "2000", "--calibration-data",
      "scenes:train?count=4000&size=32",
    ]
    let process = try RankedTrainingTests.process(
      launcher, ranks: 2, Self.arguments(folder, "out", more), errors: "\(folder.path)/errors")
    try process.run()
    let rankings = "\(folder.path)/rankings-out"
    while process.isRunning, ((try? Folder.names(in: rankings)) ?? []).isEmpty { usleep(5_000) }
    let ranks = try RankedTrainingTests.children(of: process.processIdentifier, named: "prune")
    try #require(ranks.count == 2, "\(ranks)")
    kill(ranks[1], SIGTERM)
    process.waitUntilExit()
    let text = try TextFile.text(of: "\(folder.path)/errors")
    #expect(process.terminationStatus != 0 && !Folder.exists("\(folder.path)/out"), "\(text)")
    #expect(text.contains("stopped; scores found so far are kept") && !text.contains("error: "), "\(text)")
    let file = try #require(try Folder.names(in: rankings).first), kept = try TextFile.lines(of: "\(rankings)/\(file)")
    let rest = try RankedTrainingTests.run(launcher, ranks: 2, Self.arguments(folder, "out", more), in: folder)
    #expect(rest.status == 0, "\(rest.errors)")
    let all = try TextFile.lines(of: "\(rankings)/\(file)")
    #expect(Set(kept).isSubset(of: all) && all.count > kept.count)
  }
}
