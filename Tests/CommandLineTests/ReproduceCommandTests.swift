import CLIPFiles
import Foundation
import Testing

@Suite("reproduce paper")
struct ReproduceCommandTests {
  /// A family of two, so that a run takes seconds.
  private static func tables(
    in folder: TemporaryFolder, changing find: String = "", to put: String = ""
  ) throws -> String {
    let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("data/paper").path
    for (name, kept) in [
      ("family", ["CarbonCLIP-XS", "TinyCLIP-8M/16"]), ("hardware-search", ["TinyCLIP-8M/16"]),
      ("claims", ["CarbonCLIP-XS"]),
    ] {
      let lines = try String(contentsOfFile: "\(shipped)/\(name).csv", encoding: .utf8).split(separator: "\n")
      let head = lines.firstIndex { !$0.hasPrefix("#") } ?? 0
      let rows = lines[(head + 1)...].filter { line in kept.contains { line.contains($0) } }
      var text = ([lines[head]] + rows).joined(separator: "\n") + "\n"
      if !find.isEmpty { text = text.replacingOccurrences(of: find, with: put) }
      try AtomicFile.write(text, to: "\(folder.path)/\(name).csv")
    }
    return folder.path
  }

  @Test("files, page and JSON tell the same; threads change nothing")
  func everything() throws {
    let folder = try TemporaryFolder(), tables = try Self.tables(in: folder), output = "\(folder.path)/out"
    let page = "\(folder.path)/page.md"
    try AtomicFile.write("# Mine\n\n<!-- result: carbon -->\n<!-- end -->\n", to: page)
    let outcome = try Program.run([
      "reproduce", "paper", "--tables", tables, "--output", output, "--page", page, "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let object = try JSONParser.parse(outcome.output)
    #expect(try JSONParser.parse(file: "\(output)/paper.json") == object)
    let family = try #require(object["family"]?.arrayValue)
    #expect(family.count == 2)
    let total = try #require(family[0]["reference-published"]?["total_kgco2e"]?.doubleValue)
    #expect(family[0]["model"]?.stringValue == "TinyCLIP-8M/16")
    #expect(abs(total - 0.318) < 0.0005)
    #expect(object["best"]?.arrayValue?.count == 6)
    #expect(object["conclusions"]?.arrayValue?.first?["edge_verdict"]?.stringValue == "undecided")
    // The header, two members in five set-ups, two rows of table 2 in three, two models' two best in three.
    let rows = try String(contentsOfFile: "\(output)/paper.csv", encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 1 + 10 + 6 + 12)
    #expect(Set(rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("| TinyCLIP-8M/16 | 0.34 |"))
    let single = try Program.run(["reproduce", "paper", "--tables", tables, "--threads", "1"])
    let double = try Program.run(["reproduce", "paper", "--tables", tables, "--threads", "2"])
    #expect(single.status == 0 && single.output == double.output, "\(single.errors)")
    #expect(single.output.split(separator: "\n").allSatisfy { $0.count <= 122 })
  }

  @Test("what cannot be read is one line, before any work")
  func refused() throws {
    let folder = try TemporaryFolder(), tables = try Self.tables(in: folder, changing: ",0.34,", to: ",a lot,")
    let damaged = try Program.run(["reproduce", "paper", "--tables", tables])
    #expect(damaged.status == 1 && damaged.errorLines.count == 1)
    #expect(damaged.errors.contains("family.csv: line 2, column carbon_kgco2e: expected a number"), "\(damaged.errors)")
    let missing = try Program.run(["reproduce", "paper", "--page", "\(folder.path)/none.md"])
    #expect(missing.status == 1 && missing.errorLines.count == 1)
    #expect(try Program.run(["reproduce", "paper", "--threads", "0"]).status == 64)
  }
}
