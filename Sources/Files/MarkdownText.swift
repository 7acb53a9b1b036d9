// Names from files and flags, as model cards hold them.

extension String {
  /// The text as one line of Markdown that a reader sees as it is: no HTML, no emphasis, no link, no cell of a table.
  ///
  /// An underscore inside a word means nothing in Markdown and stays, so that ordinary names do too.
  /// Source: CommonMark 0.31, sections 2.4 and 6; GitHub Flavored Markdown 0.29, section 4.10 (`|`).
  public var markdownEscaped: String {
    let letters = Array(singleLine)
    func isWord(_ index: Int) -> Bool {
      letters.indices.contains(index) && (letters[index].isLetter || letters[index].isNumber)
    }
    var result = ""
    for (index, letter) in letters.enumerated() {
      switch letter {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "_" where isWord(index - 1) && isWord(index + 1): result += "_"
      case "\\", "`", "*", "_", "[", "]", "|", "~": result += "\\\(letter)"
      // Only what begins a line makes a heading, a list or a rule of it.
      case "#" where index == 0, "+" where index == 0, "-" where index == 0: result += "\\\(letter)"
      default: result.append(letter)
      }
    }
    return result
  }

  /// The text as a code span: `` `text` ``, with longer fences where it holds backticks itself.
  ///
  /// - Parameter isInTable: escapes `|`, which ends a table's cell in code spans too
  /// Source: CommonMark 0.31, section 6.1.
  public func markdownCode(isInTable: Bool = false) -> String {
    let line = singleLine
    var longest = 0, run = 0
    for letter in line {
      run = letter == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let room = line.hasPrefix("`") || line.hasSuffix("`") || line.isEmpty ? " " : ""
    let text = isInTable ? line.replacing("|", with: "\\|") : line
    return fence + room + text + room + fence
  }
}
