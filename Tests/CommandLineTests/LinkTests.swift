import CLIPFiles
import Foundation
import Testing

/// Where pages, helps and errors send a reader, there is something.
@Suite("Links")
struct LinkTests {
  private static let root = DocumentedCommands.root
  /// Pages of the ONNX project, which comments of that room cite.
  private static let onnx = ["docs/IR.md", "docs/ExternalData.md", "docs/Operators.md"]

  /// A heading's name in a link, as GitHub makes it.
  private static func slug(_ heading: String) -> String {
    let plain = heading.lowercased().replacing(/\[([^\]]*)\]\([^)]*\)/) { String($0.output.1) }
    return String(plain.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " })
      .replacing(" ", with: "-")
  }

  private static func anchors(of path: String) throws -> Set<String> {
    var found: Set<String> = [], isFenced = false
    for line in try TextFile.text(of: path).components(separatedBy: "\n") {
      if line.hasPrefix("```") { isFenced.toggle() }
      guard !isFenced, line.hasPrefix("#") else { continue }
      let slug = slug(line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces))
      var name = slug, number = 0
      while !found.insert(name).inserted { number += 1; name = "\(slug)-\(number)" }
    }
    return found
  }

  @Test("every link of every page leads to a file, and to a heading where it names one")
  func pages() throws {
    var count = 0
    for page in try DocumentedCommands.markdown() {
      let text = try TextFile.text(of: "\(Self.root)/\(page)")
      for match in text.matches(of: /\]\(([^)\s]+)\)/) {
        let link = String(match.output.1)
        if link.contains("://") || link.hasPrefix("mailto:") { continue }
        count += 1
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let folder = Folder.parent(of: "\(Self.root)/\(page)")
        let target = parts[0].isEmpty ? "\(Self.root)/\(page)" : "\(folder)/\(parts[0])"
        #expect(FileManager.default.fileExists(atPath: target), "\(page): \(link)")
        if parts.count > 1, target.hasSuffix(".md"), FileManager.default.fileExists(atPath: target) {
          #expect(try Self.anchors(of: target).contains(parts[1]), "\(page): \(link)")
        }
      }
    }
    #expect(count > 100)
  }

  @Test("every file of the repository that an error, a help or a comment names exists")
  func names() throws {
    var count = 0
    func walk(_ folder: String) throws {
      for name in try Folder.names(in: "\(Self.root)/\(folder)") {
        let path = "\(folder)/\(name)"
        if Folder.exists("\(Self.root)/\(path)") { try walk(path); continue }
        guard ["swift", "yaml", "md"].contains(where: { name.hasSuffix(".\($0)") }) else { continue }
        let text = try TextFile.text(of: "\(Self.root)/\(path)")
        for match in text.matches(of: /(?:docs|data|recipes)\/[A-Za-z0-9_\/-]+\.(?:md|yaml|csv)/) {
          let before = text[..<match.range.lowerBound].last ?? " "
          // Part of a longer path, such as logs/data/x.csv.
          if before == "/" || before.isLetter || before.isNumber || before == "-" || before == "_" { continue }
          if match.output.contains("NAME") || Self.onnx.contains(String(match.output)) { continue }
          count += 1
          #expect(FileManager.default.fileExists(atPath: "\(Self.root)/\(match.output)"), "\(path): \(match.output)")
        }
      }
    }
    for folder in ["Sources", "docs", "recipes", "data", "checkpoints"] { try walk(folder) }
    #expect(count > 100)
  }
}
