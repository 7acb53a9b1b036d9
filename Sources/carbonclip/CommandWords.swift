import ArgumentParser

/// The command line before it is parsed.
enum CommandWords {
  /// The words in the form that the parser takes: values that begin with a minus are tied to their option, so that a
  /// number out of range is met by its range, and open_clip's flags for training become this program's.
  ///
  /// - Parameter note: told of each flag that was passed over
  /// - Throws: `ValidationError` naming all flags that need another one.
  static func prepared(_ words: [String], note: (String) -> Void) throws -> [String] {
    var words = tyingNegativeValues(words)
    guard let command = words.first, ["train", "finetune"].contains(command),
      words.allSatisfy({ !["--help", "-h", "-help"].contains($0) })
    else { return words }
    let translation = OpenCLIPFlag.translate(Array(words.dropFirst()))
    translation.notes.forEach(note)
    guard translation.refusals.isEmpty else {
      throw ValidationError(
        "open_clip's flags that cannot be followed here: " + translation.refusals.joined(separator: "; "))
    }
    words = [command] + translation.words
    return words
  }

  /// `--lr -1` as `--lr=-1`: otherwise the parser takes the number for a flag.
  static func tyingNegativeValues(_ words: [String]) -> [String] {
    var result: [String] = []
    for (index, word) in words.enumerated() {
      if word == "--" { return result + words[index...] }
      if isNegativeNumber(word), let option = result.last, option.hasPrefix("--"), option != "--",
        !option.contains("="), option == words[index - 1]
      {
        result[result.count - 1] = "\(option)=\(word)"
      } else {
        result.append(word)
      }
    }
    return result
  }

  /// `-1`, `-.5`, `-1 years`, `-inf`: a minus and what begins a number.
  private static func isNegativeNumber(_ word: String) -> Bool {
    guard word.first == "-", let next = word.dropFirst().first else { return false }
    let rest = word.dropFirst()
    return next.isNumber || (next == "." && rest.dropFirst().first?.isNumber == true)
      || ["inf", "infinity", "nan"].contains(rest.lowercased())
  }
}
