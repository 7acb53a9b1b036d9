import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing
import CLIPTokenization

@Suite("Added tokens")
struct AddedTokenTests {
  private let recorded: JSONValue

  init() throws { recorded = try JSONParser.parse(file: "\(Fixture.folder)/added_tokens.json") }

  /// `hf_614` with the recorded tokens, as a `tokenizer.json`.
  private func write(to folder: String) throws {
    var document = try JSONParser.parse(file: "\(Fixture.folder)/hf_614/tokenizer.json").objectValue ?? [:]
    document["added_tokens"] = recorded["added_tokens"] ?? .null
    try AtomicFile.write(JSONValue.object(document).text(), to: "\(folder)/tokenizer.json")
  }

  private func check(_ tokenizer: Tokenizer, _ name: String) {
    let cases = recorded["cases"]?.arrayValue ?? []
    #expect(cases.count == 20)
    for row in cases {
      let text = row["text"]?.stringValue ?? ""
      #expect(tokenizer.encode(text) == row["ids"]?.ids, "\(name): \(text)")
    }
  }

  @Test("added tokens are found as Hugging Face's tokenizers finds them, and survive being saved")
  func oracle() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let tokenizer = try Tokenizer.load("\(folder)/tokenizer.json")
      #expect(tokenizer.vocabularySize == 625 && tokenizer.vocabulary.added.count == 11)
      check(tokenizer, "tokenizer.json")
      #expect(tokenizer.decode([614, 615]) == "<cat-toy> <cat> ")
      try tokenizer.save(to: "\(folder)/saved")
      for name in ["", "/tokenizer.json", "/vocab.json", "/merges.txt"] {
        check(try Tokenizer.load("\(folder)/saved\(name)"), "saved\(name)")
      }
    }
  }

  @Test("numbers alone, as older versions of transformers wrote them, are taken as well")
  func numbers() throws {
    try withTemporaryFolder { folder in
      for name in ["vocab.json", "merges.txt"] {
        try FileManager.default.copyItem(atPath: "\(Fixture.folder)/hf_614/\(name)", toPath: "\(folder)/\(name)")
      }
      try AtomicFile.write(#"{"<cat-toy>": 614}"#, to: "\(folder)/added_tokens.json")
      #expect(try Tokenizer.load(folder).encode("<cat-toy><CAT-TOY>") == [614, 614])
    }
  }

  @Test(
    "damaged ones are refused with their place",
    arguments: [
      (#"[{"id": 614}]"#, "tokenizer.json: added_tokens[0]: expected \"content\" and \"id\""),
      (#"[{"id": 614, "content": ""}]"#, "tokenizer.json: added_tokens[0].content: is empty"),
      (
        #"[{"id": 614, "content": "x", "lstrip": 1}]"#,
        "tokenizer.json: added_tokens[0].lstrip: expected true or false"
      ),
      (
        #"[{"id": 614, "content": "!"}]"#,
        "tokenizer.json: added_tokens[0]: \"!\" has id 614 here and 0 in the vocabulary"
      ),
    ])
  func damaged(_ added: String, _ expected: String) throws {
    try withTemporaryFolder { folder in
      var document = try JSONParser.parse(file: "\(Fixture.folder)/hf_614/tokenizer.json").objectValue ?? [:]
      document["added_tokens"] = try JSONParser.parse(added)
      try AtomicFile.write(JSONValue.object(document).text(), to: "\(folder)/tokenizer.json")
      let found = message(in: folder) { _ = try Tokenizer.load("\(folder)/tokenizer.json") }
      #expect(found == expected)
    }
  }

  @Test(
    "JSON nested a million deep is refused in one line",
    arguments: ["tokenizer.json", "vocab.json", "added_tokens.json", "tokenizer_config.json"])
  func deep(_ name: String) throws {
    try withTemporaryFolder { folder in
      for name in ["vocab.json", "merges.txt"] {
        try FileManager.default.copyItem(atPath: "\(Fixture.folder)/hf_614/\(name)", toPath: "\(folder)/\(name)")
      }
      try AtomicFile.write(#"{"a": "# + String(repeating: "[", count: 1_000_000), to: "\(folder)/\(name)")
      let found = message(in: folder) { _ = try Tokenizer.load(folder) }
      #expect(found.contains("\(name): ") && found.contains("not valid JSON"), "\(found)")
    }
  }
}
