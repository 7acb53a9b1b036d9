import CLIPFiles
import Foundation

/// A `carbonclip ...` line of a page, a help text, a recipe's comment or the Makefile.
struct DocumentedCommand: CustomStringConvertible {
  /// The file and line, or the help it stands in.
  let place: String
  /// The arguments, as a shell would cut them.
  let words: [String]
  /// Whether it is named in a sentence (`carbonclip parity`) rather than shown on a line of its own.
  let isMention: Bool

  var text: String { words.joined(separator: " ") }
  var description: String { "\(place): carbonclip \(text)" }
}

/// All of them. What is shown on a line of its own (indented or fenced, with or without `$`, continued by `\`) is a command
/// that a reader will copy.
enum DocumentedCommands {
  static let root = SearchKillTests.root

  static func all() throws -> [DocumentedCommand] {
    try helps() + pages() + recipes() + makefile()
  }

  private static func helps() throws -> [DocumentedCommand] {
    try CommandTree().leaves.flatMap { leaf in
      leaf.discussion.components(separatedBy: "\n").compactMap { line in
        var text = Substring(line)
        if text.hasPrefix("Example: ") { text = text.dropFirst("Example: ".count) }
        return command(text.drop { $0 == " " }, "\(leaf.path.joined(separator: " ")) --help", isMention: false)
      }
    }
  }

  private static func pages() throws -> [DocumentedCommand] {
    try markdown().flatMap { path in
      let lines = try lines(of: path)
      var found: [DocumentedCommand] = [], isFenced = false
      for (number, line) in lines {
        if line.hasPrefix("```") { isFenced.toggle() }
        let place = "\(path):\(number)"
        let isCode = isFenced || line.hasPrefix("    ")
        if isCode, let shown = command(line.drop { $0 == " " }, place, isMention: false) {
          found.append(shown)
        } else if !isCode {
          let spans = line.components(separatedBy: "`")
          for (index, span) in spans.enumerated() where index % 2 == 1 {
            if let mention = command(Substring(span), place, isMention: true) { found.append(mention) }
          }
        }
      }
      return found
    }
  }

  private static func recipes() throws -> [DocumentedCommand] {
    let folders = ["recipes", "recipes/pruning"]
    return try folders.flatMap { folder in
      try Folder.names(in: "\(root)/\(folder)").filter { $0.hasSuffix(".yaml") }.flatMap { name in
        try lines(of: "\(folder)/\(name)").filter { $0.text.hasPrefix("#") }.compactMap { number, line in
          let text = line.drop { $0 == "#" || $0 == " " }
          let place = "\(folder)/\(name):\(number)"
          if let shown = command(text, place, isMention: false) { return shown }
          return line.range(of: ": carbonclip ").flatMap {
            command(line[$0.lowerBound...].dropFirst(2), place, isMention: true)
          }
        }
      }
    }
  }

  private static func makefile() throws -> [DocumentedCommand] {
    try lines(of: "Makefile").compactMap { number, line in
      command(
        line.replacingOccurrences(of: "$(CARBONCLIP)", with: "carbonclip").drop { $0.isWhitespace },
        "Makefile:\(number)", isMention: false)
    }
  }

  /// Pages of the repository, their paths from its root.
  static func markdown() throws -> [String] {
    var found = ["README.md", "CONTRIBUTING.md", "Benchmarks/README.md", "Tests/interop/README.md"]
    func walk(_ folder: String) throws {
      for name in try Folder.names(in: "\(root)/\(folder)") {
        let path = "\(folder)/\(name)"
        if Folder.exists("\(root)/\(path)") { try walk(path) } else if name.hasSuffix(".md") { found.append(path) }
      }
    }
    for folder in ["docs", "data", "checkpoints"] { try walk(folder) }
    return found
  }

  /// Lines with their numbers; those that end in a backslash are joined with the next.
  static func lines(of path: String) throws -> [(number: Int, text: String)] {
    var result: [(number: Int, text: String)] = [], isContinued = false
    for (index, raw) in try TextFile.text(of: "\(root)/\(path)").components(separatedBy: "\n").enumerated() {
      var line = raw
      let continues = line.hasSuffix("\\")
      if continues { line.removeLast() }
      if isContinued {
        result[result.count - 1].text += " " + line.drop { $0 == "#" || $0 == " " }
      } else {
        result.append((index + 1, line))
      }
      isContinued = continues
    }
    return result
  }

  private static func command(_ line: some StringProtocol, _ place: String, isMention: Bool) -> DocumentedCommand? {
    var text = String(line)
    if text.hasPrefix("$ ") { text.removeFirst(2) }
    guard text.hasPrefix("carbonclip "), !text.hasPrefix("carbonclip  ") else { return nil }
    return DocumentedCommand(
      place: place, words: words(String(text.dropFirst("carbonclip ".count))), isMention: isMention)
  }

  /// Words as a shell cuts them; a comment ends them, and the brackets of what may be left out are taken off.
  static func words(_ line: String) -> [String] {
    var words: [String] = [], word = "", isWord = false, quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        isWord = true
      } else if character == " " {
        if isWord { words.append(word) }
        (word, isWord) = ("", false)
      } else if character == "#", !isWord {
        break
      } else if character != "[", character != "]" {
        word.append(character)
        isWord = true
      }
    }
    if isWord { words.append(word) }
    // Where it goes from there is the shell's.
    words = Array(words.prefix { ![">", "2>", "|", "&&", ";"].contains($0) })
    return words.filter { $0 != "..." && $0 != "flags" }
  }
}
