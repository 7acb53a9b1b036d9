import CLIPFiles
import Foundation
import Testing

/// A search for a metric that a program of the user's measures, as a user runs it.
@Suite("Searches by the user's program")
struct SearchMetricTests {
  @Test("it runs only where that is asked for, each time anew, and all that is written speaks its metric's name")
  func program() throws {
    let folder = try TemporaryFolder(), base = try SearchKillTests.recipe(folder, trials: 4)
    let script = try folder.write(
      Array(
        """
        echo ran >> "\(folder.path)/runs"
        bytes=$(cat "$1"/*.safetensors | wc -c)
        awk -v b="$bytes" 'BEGIN { print 1 / (1 + b / 200000), 0.01 }'
        """.utf8), "score.sh")
    let text = try TextFile.text(of: base).split(separator: "\n").filter {
      !$0.hasPrefix("val-data") && !$0.hasPrefix("test-data")
    }.joined(separator: "\n")
    let recipe = try folder.write(
      Array(
        """
        \(text)
        precision: fp32
        metric: {command: [/bin/sh, \(script)], name: smallness}
        """.utf8), "own.yaml")
    let words = ["search", recipe, "--logs", folder.path, "--candidates", "\(folder.path)/c", "--name", "s"]
    let refused = try Program.run(words)
    #expect(refused.status == 1 && refused.errorLines.count == 1, "\(refused.errors)")
    #expect(refused.errors.contains("--allow-commands") && refused.errors.contains("/bin/sh \(script) CHECKPOINT"))
    #expect(try Program.run(words + ["--dry-run"]).status == 1)
    #expect(!Folder.containsFile("\(folder.path)/runs"))

    let done = try Program.run(words + ["--allow-commands"])
    try #require(done.status == 0, "\(done.errors)")
    #expect(done.errors.contains("note: runs for every candidate, without a shell: /bin/sh \(script) CHECKPOINT"))
    let runs = try TextFile.lines(of: "\(folder.path)/runs").filter { !$0.isEmpty }.count
    #expect(runs == 4)
    #expect(try TextFile.lines(of: "\(folder.path)/s/trials.csv")[0].contains("float32_smallness"))
    #expect(try TextFile.lines(of: "\(folder.path)/s/front.csv")[0].contains("float32_smallness"))
    let report = try JSONParser.parse(TextFile.text(of: "\(folder.path)/s/search.json"))
    #expect(report["question"]?["accuracy"] == "smallness")
    #expect(try TextFile.text(of: "\(folder.path)/s/report.html").contains("smallness"))
    #expect(done.output.contains("smallness, float32") || done.output.contains("accuracy"))
    let card = try TextFile.text(of: "\(folder.path)/s/carbonclip/README.md")
    #expect(card.contains("smallness on what") && !card.contains("recall@1"))
    let metrics = try JSONParser.parse(TextFile.text(of: "\(folder.path)/s/carbonclip/metrics.json"))
    #expect(metrics["metric"] == "smallness" && metrics["validation"]?["float32"]?["smallness"] != nil)

    // The stored study does not run it by itself, and what is asked of it runs nothing.
    for asked in [words + ["--status"], ["report", "\(folder.path)/s"]] {
      let outcome = try Program.run(asked)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let status = try Program.run(words + ["--status"])
    #expect(status.output.contains("most accurate (smallness)"))
    let more = try Program.run(words + ["--add-trials", "1"])
    #expect(more.status == 1 && more.errors.contains("--allow-commands"))
    #expect(try TextFile.lines(of: "\(folder.path)/runs").filter { !$0.isEmpty }.count == runs)
    let allowed = try Program.run(words + ["--add-trials", "1", "--allow-commands"])
    #expect(allowed.status == 0, "\(allowed.errors)")
    #expect(try TextFile.lines(of: "\(folder.path)/runs").filter { !$0.isEmpty }.count == runs + 1)
  }
}
