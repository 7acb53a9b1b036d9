/// Words of a command line that a person is to copy.
enum ShellWord {
  /// The word as a shell reads it: in quotes where it holds what a shell would take for its own.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0)) }
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }

  /// A whole line.
  static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}
