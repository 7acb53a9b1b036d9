import CLIPFiles
import Foundation
import CLIPReproduction
import Testing

@Suite("The page of the paper")
struct DocumentationTests {
  @Test("a table in Markdown: note, header, numbers right, parts indented")
  func table() {
    var table = ResultTable("claims", "Claims", note: "A note.", ["what", "kg"])
    table.add(["whole", "1.00"])
    table.add(["  part", "0.500"])
    #expect(
      table.markdown == """
        A note.

        | what | kg |
        | --- | ---: |
        | whole | 1.00 |
        | &nbsp;&nbsp;part | 0.500 |
        """)
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
