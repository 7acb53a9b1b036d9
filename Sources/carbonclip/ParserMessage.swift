import CLIPFiles

/// What the parser says to a wrong use, in the words of this program's other errors.
enum ParserMessage {
  /// The same text; a value that is none of an option's words is answered as everywhere: what it must be, what was found, and
  /// the nearest word. The option's help, a line that nobody asked for, is left out.
  static func tidied(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Help:  ") }
      .map { choice(String($0)) ?? String($0) }.joined(separator: "\n")
  }

  /// Of `The value 'foo' is invalid for '--task <task>'. Please provide one of 'auto', 'retrieval' or 'classification'.`
  private static func choice(_ line: String) -> String? {
    let start = line.hasPrefix("Error: ") ? "Error: " : ""
    let rest = line.dropFirst(start.count)
    guard rest.hasPrefix("The value '"), let middle = rest.firstRange(of: "' is invalid for '"),
      let end = rest.firstRange(of: "'. Please provide one of '"), middle.upperBound <= end.lowerBound
    else { return nil }
    let value = String(rest[..<middle.lowerBound].dropFirst("The value '".count))
    let option = rest[middle.upperBound..<end.lowerBound].prefix { $0 != " " }
    // Every other piece between quotes is a word.
    let words = rest[end.upperBound...].split(separator: "'", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 0 && $0.element != "." }.map { String($0.element) }
    let near = Suggestion.nearest(to: value, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
    let list = words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    return "\(start)\(option) must be \(list), found \(value.quoted())\(near)"
  }
}
