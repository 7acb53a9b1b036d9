import CLIPEvaluation
import CLIPFiles
public import CLIPTokenization

/// Holds a tokenizer against open_clip's on recorded strings.
///
/// A fixture is a file of JSON lines: `text`, `ftfy_changes`, `encode` (ids without marks), `ids77` (context 77),
/// `decoded`, and `ids32_small` (context 32, another vocabulary). Those that were recorded with the given vocabulary's
/// size are compared; for each the share of strings with any wrong id is reported.
public enum TokenizerParity {
  /// - Parameters:
  ///   - path: the file of JSON lines
  ///   - tokenizer: the vocabulary to hold against it
  /// - Throws: ``InputError`` when a line is not of that form, or none suits the vocabulary.
  public static func run(_ path: String, _ tokenizer: Tokenizer) throws -> ParityReport {
    var lines: [Line] = []
    for (number, text) in try TextFile.text(of: path).split(separator: "\n").enumerated() {
      do { lines.append(try Line(try JSONParser.parse(String(text)))) } catch var error as InputError {
        error.file = path
        error.location = "line \(number + 1)"
        throw error
      }
    }
    let isSmall = lines.contains { $0.small != nil } && tokenizer.vocabularySize < 49408
    var report = ParityReport(fixture: Folder.name(of: path))
    for (suffix, wantsChanged) in [("", false), (" (ftfy changes the text)", true)] {
      let group = lines.filter { $0.isChangedByFtfy == wantsChanged }
      // What ftfy repairs is only partly done here (docs/tokenizer.md); its share is reported, not held to zero.
      let tolerance = wantsChanged ? 1.0 : 0
      func check(_ name: String, _ isRight: (Line) -> Bool?) {
        let verdicts = group.compactMap(isRight)
        guard !verdicts.isEmpty else { return }
        report.add(name + suffix, share: Double(verdicts.count { !$0 }) / Double(verdicts.count), tolerance: tolerance)
      }
      if isSmall {
        check("ids32_small") { line in line.small.map { $0 == tokenizer.tokenize(line.text, contextLength: 32) } }
      } else {
        check("encode") { line in line.encoded.map { $0 == tokenizer.encode(line.text) } }
        check("ids77") { line in line.full.map { $0 == tokenizer.tokenize(line.text, contextLength: 77) } }
        check("decoded") { line in
          guard let decoded = line.decoded, let ids = line.encoded else { return nil }
          return decoded == tokenizer.decode(ids)
        }
      }
    }
    guard !report.quantities.isEmpty else { throw InputError("holds no tokenized strings", file: path) }
    return report
  }

  private struct Line {
    let text: String
    let isChangedByFtfy: Bool
    let encoded, full, small: [Int32]?
    let decoded: String?

    init(_ json: JSONValue) throws {
      guard let text = json["text"]?.stringValue else { throw InputError("lacks \"text\"") }
      self.text = text
      isChangedByFtfy = json["ftfy_changes"]?.boolValue ?? false
      func ids(_ key: String) -> [Int32]? {
        json[key]?.arrayValue?.compactMap { $0.intValue.map(Int32.init(clamping:)) }
      }
      (encoded, full, small) = (ids("encode"), ids("ids77"), ids("ids32_small"))
      decoded = json["decoded"]?.stringValue
    }
  }
}
