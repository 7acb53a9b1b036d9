import Files
import Foundation
import Reproduction
import Testing

@Suite("Pages that quote results")
struct MarkedPageTests {
  private static var table: ResultTable {
    var table = ResultTable("claims", "Claims", note: "A note.", ["what", "kg"])
    table.add(["whole", "1.00"])
    table.add(["  part", "0.500"])
    return table
  }

  private static func withPage<Value>(_ text: String, _ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write(text, to: "\(folder)/page.md")
    do { return try body("\(folder)/page.md") } catch let error as InputError {
      throw InputError(error.description.replacingOccurrences(of: "\(folder)/", with: ""))
    }
  }

  @Test("what stands between the markers is replaced, all else stays; a second time changes nothing")
  func replaced() throws {
    let page = "# Title\n\n<!-- result: claims -->\nold\n\nolder\n<!-- end -->\n\nWords.\n"
    let expected = """
      # Title

      <!-- result: claims -->

      A note.

      | what | kg |
      | --- | ---: |
      | whole | 1.00 |
      | &nbsp;&nbsp;part | 0.500 |

      <!-- end -->

      Words.

      """
    try Self.withPage(page) { path in
      for _ in 0..<2 {
        try MarkedPage(file: path, names: ["claims"]).update(with: [Self.table])
        #expect(try TextFile.text(of: path) == expected)
      }
    }
  }

  @Test(
    "a page with wrong markers is refused in one line",
    arguments: [
      ("x\n", "page.md: has no results; mark them as <!-- result: claims --> and <!-- end -->"),
      ("<!-- result: claim -->\n<!-- end -->\n", "page.md: line 1: unknown result \"claim\"; did you mean \"claims\"?"),
      ("a\n<!-- result: claims -->\nb\n", "page.md: line 2: result \"claims\" has no <!-- end -->"),
      (
        "<!-- result: claims -->\n<!-- result: claims -->\n<!-- end -->\n",
        "page.md: line 1: result \"claims\" has no <!-- end -->"
      ), ("<!-- end -->\n", "page.md: line 1: an end without a beginning"),
    ])
  func refused(page: String, message: String) throws {
    let error = try #require(throws: InputError.self) {
      try Self.withPage(page) { try MarkedPage(file: $0, names: ["claims"]) }
    }
    #expect(error.description == message)
  }

  @Test("docs/paper.md quotes docs/results/paper.md")
  func documentation() throws {
    let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs").path
    let results = try TextFile.text(of: "\(docs)/results/paper.md")
    let page = try TextFile.text(of: "\(docs)/paper.md")
    let quotes = page.components(separatedBy: "<!-- result: ").dropFirst()
    #expect(quotes.count > 8)
    for quote in quotes {
      let parts = quote.components(separatedBy: " -->\n")
      let text = try #require(parts.dropFirst().joined(separator: " -->\n").components(separatedBy: "<!-- end").first)
      #expect(results.contains(text.trimmingCharacters(in: .newlines)), "\(parts[0])")
      #expect(PaperReproduction.resultNames.contains(parts[0]))
    }
  }
}
