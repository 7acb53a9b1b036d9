internal import CLIPFiles

/// A Markdown page that quotes results between markers, so that none of its figures is written by hand.
///
///     <!-- result: claims -->
///     ... what stands here is replaced by the table `claims` ...
///     <!-- end -->
public struct MarkedPage: Sendable {
  private enum Part {
    case text(Substring)
    case result(String)
  }

  private let path: String
  private let original: String
  private let parts: [Part]

  private static let begin = "<!-- result: "
  private static let close = " -->"
  private static let end = "<!-- end -->"

  /// Reads a page.
  /// - Parameter names: the results that there will be
  /// - Throws: `InputError` naming file and line: an unknown result, a beginning without end, no marker at all.
  public init(file path: String, names: [String]) throws {
    self.path = path
    let text = try TextFile.text(of: path)
    original = text
    parts = try namingFile(path) { try Self.parts(of: text, names) }
  }

  private static func parts(of text: String, _ names: [String]) throws -> [Part] {
    var parts: [Part] = []
    var open: (line: Int, name: String)?
    func unclosed(_ open: (line: Int, name: String)) -> InputError {
      InputError("result \(open.name.quoted()) has no \(end)", at: "line \(open.line)")
    }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix(begin), line.hasSuffix(close) {
        if let open { throw unclosed(open) }
        let name = String(line.dropFirst(begin.count).dropLast(close.count))
        guard names.contains(name) else {
          throw InputError(
            "unknown result \(name.quoted())", at: "line \(index + 1)",
            advice: Suggestion.advice(for: name, among: names))
        }
        open = (index + 1, name)
        parts += [.text(line), .result(name)]
      } else if line == end {
        guard open != nil else { throw InputError("an end without a beginning", at: "line \(index + 1)") }
        open = nil
        parts.append(.text(line))
      } else if open == nil {
        parts.append(.text(line))
      }
    }
    if let open { throw unclosed(open) }
    guard parts.contains(where: { if case .result = $0 { true } else { false } }) else {
      throw InputError("has no results", advice: "mark them as \(begin)\(names.first ?? "NAME")\(close) and \(end)")
    }
    return parts
  }

  /// The page with these results in their places; all else stays.
  public func text(with results: [(name: String, text: String)]) -> String {
    parts.map { part in
      switch part {
      case .text(let line): String(line)
      case .result(let name): "\n" + (results.first { $0.name == name }?.text ?? "") + "\n"
      }
    }.joined(separator: "\n")
  }

  /// Writes the page with these results, unless they stand there already.
  /// - Throws: `InputError` where it cannot be written.
  public func update(with results: [(name: String, text: String)]) throws {
    let text = text(with: results)
    if text != original { try AtomicFile.write(text, to: path) }
  }
}
