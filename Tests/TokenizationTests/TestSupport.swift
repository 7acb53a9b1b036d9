import CLIPFiles
import Foundation
import CLIPTokenization

/// Where tests find what they read.
enum Fixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path
  static let fullVocabulary = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "data/vocabularies/bpe_simple_vocab_16e6.txt.gz").path
  static let smallVocabulary = folder + "/bpe_4096.txt.gz"

  /// The rows of a file with one JSON object a line.
  static func rows(_ name: String) throws -> [JSONValue] {
    try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n").map {
      try JSONParser.parse(String($0))
    }
  }
}

/// CLIP's tokenizer, read once for all tests.
let clip = Result { try Tokenizer.load(Fixture.fullVocabulary) }

extension JSONValue {
  /// A list of numbers as token ids.
  var ids: [Int32] { (arrayValue ?? []).compactMap { $0.intValue.map(Int32.init) } }
}

/// Runs `body` with a new folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tokenization-\(UUID().uuidString)")
    .path
  try Folder.make(folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The error message of `body`, with `folder` left out.
func message(in folder: String, _ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)".replacingOccurrences(of: folder + "/", with: "").replacingOccurrences(
      of: folder, with: "FOLDER")
  }
}
