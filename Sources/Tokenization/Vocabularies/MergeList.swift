import CLIPFiles

/// Merge lists: a header line, then two tokens a line, best-ranked first; open_clip's vocabulary files.
enum MergeList {
  /// The header our own files carry, which Hugging Face's reader knows too.
  static let header = "#version: 0.2"

  /// Reads a list; of a longer one the first ``Vocabulary/mostMerges`` count, as in open_clip.
  ///
  /// Empty lines at the end are ignored. (open_clip takes each of them for one more, empty token.)
  /// - Throws: ``InputError`` with the line of the first fault.
  static func parse(_ bytes: [UInt8]) throws -> Vocabulary {
    try Vocabulary(mergePairs: try pairs(bytes, limit: Vocabulary.mostMerges), firstLine: 2)
  }

  /// The pairs of tokens of a list, without the header.
  static func pairs(_ bytes: [UInt8], limit: Int) throws -> [(left: Token, right: Token)] {
    var lines = bytes.split(
      separator: UInt8(ascii: "\n"), maxSplits: limit + 1, omittingEmptySubsequences: false)
    if lines.count > limit + 1 { lines.removeLast() }
    while let last = lines.last, last.allSatisfy({ $0 == 0x0D || $0 == 0x20 }) { lines.removeLast() }
    guard let first = lines.first, String(decoding: first, as: UTF8.self).utf8.containsVersion else {
      throw InputError(
        "expected a header such as \"\(header)\"", at: "line 1",
        advice: "name a merge list, vocab.json with merges.txt, or tokenizer.json")
    }
    return try lines.dropFirst().enumerated().map { index, line in try pair(line, number: index + 2) }
  }

  private static func pair(_ line: ArraySlice<UInt8>, number: Int) throws -> (left: Token, right: Token) {
    guard let text = String(validating: line, as: UTF8.self) else {
      throw InputError("is not UTF-8 text", at: "line \(number)", advice: "fetch the file again")
    }
    let parts = text.utf8.split { $0 == 0x20 || $0 == 0x0D }.map { Substring($0) }
    guard parts.count == 2 else {
      throw InputError(
        "expected two tokens, found \(text.quoted())", at: "line \(number)", advice: "fetch the file again")
    }
    return (try token(parts[0], number), try token(parts[1], number))
  }

  private static func token(_ text: Substring, _ number: Int) throws -> Token {
    if let token = Token(spelling: text) { return token }
    throw InputError(
      "\(String(text).quoted()) holds a character that stands for no byte", at: "line \(number)",
      advice: "fetch the file again")
  }

  /// A list as a file's text; without a last line end, which open_clip would take for one more token.
  static func text(of vocabulary: Vocabulary, header: String = header) -> String {
    var lines = [header]
    for merge in vocabulary.merges {
      if let left = vocabulary.tokens[Int(merge.left)], let right = vocabulary.tokens[Int(merge.right)] {
        lines.append("\(left.spelling) \(right.spelling)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension String.UTF8View {
  fileprivate var containsVersion: Bool {
    let mark = Array("#version".utf8)
    var rest = self[...]
    while rest.count >= mark.count {
      if rest.starts(with: mark) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
