import CLIPFiles
import Foundation
import Testing

@Suite("carbonclip bench")
struct BenchCommandTests {
  private static let quick = ["--seconds", "0.01", "--warm-up", "0", "--threads", "1"]

  @Test("a table for people, a document for programs, a table for costs that estimate takes")
  func tables() throws {
    let folder = try TemporaryFolder(), csv = "\(folder.path)/costs.csv"
    let outcome = try Program.run(
      [
        "bench", "micro", "--precision", "fp32,int8", "--batch-size", "1,2", "--json", "--csv", csv, "--device",
        "this, one",
      ]
        + Self.quick)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let document = try JSONParser.parse(outcome.output), found = document["measurements"]?.arrayValue ?? []
    #expect(found.count == 8 && found.allSatisfy { ($0["runs"]?.intValue ?? 0) >= 3 })
    #expect(Set(found.compactMap { $0["precision"]?.stringValue }) == ["fp32", "int8"])
    #expect(found.allSatisfy { ($0["p50_s"]?.doubleValue ?? 0) > 0 && $0["before"]?["zones"] != nil })
    let isEstimated = document["energy_is_estimated"]?.boolValue
    #expect(isEstimated == (document["energy_method"]?.stringValue?.hasPrefix("RAPL") == false))
    let lines = try TextFile.lines(of: csv).filter { !$0.isEmpty }
    #expect(lines.count == 9 && lines[1].hasPrefix("\"this, one\",image,fp32,1,"))

    let text = try Program.run(["bench", "micro", "--encoder", "image"] + Self.quick)
    #expect(text.status == 0 && text.output.contains("random weights") && text.output.contains("p99"))
    #expect(text.output.contains("J/sample (estimated)") == isEstimated)
    #expect(text.output.split(separator: "\n").filter { $0.hasPrefix("image") }.count == 1)
  }

  @Test("shapes of a search's space are measured, and price models that were not")
  func space() throws {
    let folder = try TemporaryFolder(), csv = "\(folder.path)/costs.csv", root = DocumentedCommands.root
    let outcome = try Program.run(
      ["bench", "--space", "\(root)/recipes/quickstart.yaml", "--count", "5", "--precision", "int8", "--csv", csv]
        + Self.quick)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let estimate = try Program.run([
      "estimate", "--model", "\(root)/checkpoints/base", "--costs", csv, "--scenario", "camera", "--device",
      "mains-camera",
      "--json",
    ])
    try #require(estimate.status == 0, "\(estimate.errors)")
    let document = try JSONParser.parse(estimate.output)
    #expect((document["estimate"]?["latency_s"]?.doubleValue ?? 0) > 0 && document["estimate"]?["area_mm2"] == .null)
    #expect(document["costs"]?["fits"]?.arrayValue?.isEmpty == false)
    let page = try Program.run([
      "estimate", "--model", "\(root)/checkpoints/base", "--costs", csv, "--scenario", "camera", "--device",
      "mains-camera",
    ])
    #expect(page.output.contains("area, TOPS   not known") && page.output.contains("a shape left out errs by"))
    for (flags, said) in [
      (["--design", "edge-base"], "--design belongs to imagined chips"),
      (["--sweep"], "--sweep belongs to imagined chips"),
      (["--clock", "100 MHz"], "--clock belongs to imagined chips"),
      (["--costs-precision", "fp32"], "no rows of precision"),
    ] {
      let refused = try Program.run(["estimate", "--model", "\(root)/checkpoints/base", "--costs", csv] + flags)
      #expect(
        refused.status != 0 && refused.errorLines.count == 1 && refused.errors.contains(said), "\(refused.errors)")
    }
  }

  @Test("shapes are written as ONNX with what the script reads")
  func onnx() throws {
    let folder = try TemporaryFolder(), place = "\(folder.path)/shapes", root = DocumentedCommands.root
    let outcome = try Program.run([
      "bench", "--space", "\(root)/recipes/quickstart.yaml", "--count", "2", "--precision", "fp32,int8", "--onnx",
      place,
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try Folder.names(in: place).sorted() == ["shape-01-fp32", "shape-01-int8", "shape-02-fp32", "shape-02-int8"])
    let config = try JSONParser.parse(TextFile.text(of: "\(place)/shape-02-int8/onnx_config.json"))
    #expect(config["precision"] == "int8" && config["model_cfg"]?["vision_cfg"]?["layers"]?.intValue == 3)
  }

  @Test(
    "a wrong use is 64, a name that nobody knows 1",
    arguments: [
      (["bench"], 64, "name a model"), (["bench", "micro", "--precision", "fp64"], 64, "fp32, bf16, int8"),
      (["bench", "micro", "--batch-size", "0"], 64, "from 1 to"),
      (["bench", "micro", "--text-tokens", "0"], 64, "at least 1"),
      (["bench", "micro", "--csv", "/dev/null/costs.csv"], 1, "/dev/null"),
      (["estimate", "--silicon", "--clock", "2GHz"], 64, "drop --clock"),
      (["bench", "micro", "--batch-size", "1,1"], 64, "different"),
      (["bench", "micro", "--encoder", "vision"], 64, "image, text"),
      (["bench", "micro", "--seconds", "0"], 64, "--seconds"),
      (["bench", "micro", "--onnx", "x"], 64, "--space"), (["bench", "micro", "--device", "x"], 64, "--csv"),
      (["bench", "micr"], 1, "micro"),
      (["bench", "micro", "--text-tokens", "900", "--seconds", "0.01"], 1, "900 tokens"),
    ])
  func wrong(words: [String], status: Int32, said: String) throws {
    let outcome = try Program.run(words)
    #expect(outcome.status == status && outcome.errors.contains(said), "\(outcome.status) \(outcome.errors)")
  }
}
