import CLIPFiles
import Foundation
import Testing

/// What one sees of a search while it is at work.
@Suite("Searches at work", .serialized)
struct LivePageTests {
  @Test("the page is there while the search runs, loads itself again until then, and status says what is learned")
  func page() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 40)
    let arguments = [
      "search", recipe, "--logs", "\(folder.path)/logs", "--candidates", "\(folder.path)/candidates", "--name", "s",
      "--threads", "1",
    ]
    let page = "\(folder.path)/logs/s/report.html", refresh = "http-equiv=\"refresh\""
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    func finished(_ text: String) -> Int {
      text.firstMatch(of: /The search is at work: (\d+) of 40 trials/).flatMap { Int($0.1) } ?? -1
    }
    var counts: [Int] = []
    let end = Date().addingTimeInterval(240)
    // Where a page takes long, as it does without optimization, trials go by without one.
    while process.isRunning, counts.count < 40, Date() < end {
      // Whole or not at all, whenever one looks.
      if let text = try? String(contentsOfFile: page, encoding: .utf8) {
        #expect(text.hasSuffix("</html>\n") && text.contains(refresh))
        counts.append(finished(text))
      }
      usleep(20_000)
    }
    #expect(process.isRunning && counts.count == 40 && counts == counts.sorted() && (counts.first ?? -1) >= 1)
    // What is learned is told from six trials on.
    var status = try Program.run(arguments + ["--status"])
    while process.isRunning, Date() < end, !status.output.contains("expected of the next trial") {
      status = try Program.run(arguments + ["--status"])
    }
    #expect(status.status == 0, "\(status.errors)")
    #expect(status.output.contains("front so far (* would be the answer):"), "\(status.output)")
    #expect(status.output.contains("what it believes each axis to cost in accuracy"), "\(status.output)")
    #expect(status.output.contains("expected of the next trial: "), "\(status.output)")
    #expect(status.output.contains(" % more hypervolume, by "), "\(status.output)")
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    let stopped = try TextFile.text(of: page)
    #expect(!stopped.contains(refresh) && !stopped.contains("The search is at work"))
    #expect(stopped.contains("the search has not ended yet"))
    let json = try Program.run(arguments + ["--status", "--json"])
    let learned = try #require(JSONParser.parse(json.output)["learned"])
    #expect(
      learned["front"]?.arrayValue?.isEmpty == false && learned["expected_gain"]?["share"]?.doubleValue ?? -1 >= 0)
    #expect(
      learned["axis_points"]?.objectValue?.keys.sorted() == ["text-mlp", "text-width", "vision-layers", "vision-mlp"])
  }

  @Test("a finished search's page does not load itself again, with one process and with several")
  func finished() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 4)
    for workers in ["1", "2"] {
      let run = try Program.run([
        "search", recipe, "--logs", "\(folder.path)/logs", "--candidates", "\(folder.path)/candidates", "--name",
        "s\(workers)", "--workers", workers, "--threads", "1",
      ])
      try #require(run.status == 0, "\(run.errors)")
      let text = try TextFile.text(of: "\(folder.path)/logs/s\(workers)/report.html")
      #expect(!text.contains("http-equiv=\"refresh\"") && text.contains("Would another objective have found it?"))
    }
  }
}
