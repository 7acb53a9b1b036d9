import CLIPFiles
import Testing

/// The library's page shows code that is built and run: each of its blocks stands, line by line, in `Examples`.
@Suite("The library's page")
struct LibraryPageTests {
  private static let root = DocumentedCommands.root

  @Test("every block of Swift on the page is part of a file of the examples")
  func blocks() throws {
    let folder = "\(Self.root)/Examples/Sources/Toolkit"
    let files = try Folder.names(in: folder).map { try TextFile.text(of: "\(folder)/\($0)") }
    let page = try TextFile.text(of: "\(Self.root)/docs/library.md")
    let blocks = page.matches(of: /```swift\n((?:(?!```)[\s\S])*)```/).map { String($0.output.1) }
    #expect(blocks.count >= 8)
    for block in blocks { #expect(files.contains { $0.contains(block) }, "not in Examples:\n\(block)") }
  }
}
