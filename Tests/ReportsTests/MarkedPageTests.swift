import CLIPFiles
import Foundation
import CLIPReports
import Testing

@Suite("Pages that quote results")
struct MarkedPageTests {
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

      <!-- end -->

      Words.

      """
    try Self.withPage(page) { path in
      for _ in 0..<2 {
        try MarkedPage(file: path, names: ["claims"]).update(with: [("claims", "A note.\n\n| what | kg |")])
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
}
