import ArgumentParser

/// The command line before it is parsed.
enum CommandWords {
  /// The words in the form that the parser takes: open_clip's flags for training become this program's.
  ///
  /// - Parameter note: told of each flag that was passed over
  /// - Throws: `ValidationError` naming all flags that need another one.
  static func prepared(_ words: [String], note: (String) -> Void) throws -> [String] {
    guard let command = words.first, ["train", "finetune"].contains(command),
      words.allSatisfy({ !["--help", "-h", "-help"].contains($0) })
    else { return words }
    let translation = OpenCLIPFlag.translate(Array(words.dropFirst()))
    translation.notes.forEach(note)
    guard translation.refusals.isEmpty else {
      throw ValidationError(
        "open_clip's flags that cannot be followed here: " + translation.refusals.joined(separator: "; "))
    }
    return [command] + translation.words
  }
}
