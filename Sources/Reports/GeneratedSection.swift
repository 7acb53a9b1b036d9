public import Files

/// A part of a document that a command writes, between two comments: numbers in prose then come from a file of results, and
/// the same command makes them again.
///
///     <!-- family-claim: begin -->
///     ...
///     <!-- family-claim: end -->
public enum GeneratedSection {
  /// Puts texts into the sections of a document that have their names; sections that it does not have are left out.
  /// - Returns: the names of the sections that the document has.
  /// - Throws: `InputError` for a document that cannot be read or written, or a section that does not end.
  @discardableResult
  public static func fill(_ sections: [(name: String, text: String)], in path: String) throws -> [String] {
    var document = try TextFile.text(of: path), found: [String] = []
    for (name, text) in sections {
      let begin = "<!-- \(name): begin -->", end = "<!-- \(name): end -->"
      guard let start = document.range(of: begin) else { continue }
      guard let stop = document[start.upperBound...].range(of: end) else {
        throw InputError("section \(name.quoted()) does not end", file: path, advice: "add the line \(end)")
      }
      document.replaceSubrange(start.upperBound..<stop.lowerBound, with: "\n\n\(text)\n\n")
      found.append(name)
    }
    if !found.isEmpty { try AtomicFile.write(document, to: path) }
    return found
  }
}

extension StringProtocol {
  /// The first place of a text.
  fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
