import CLIPFiles
import Foundation
import Testing
import CLIPTokenization

/// Unigrams and pairs with bytes, beside SentencePiece, Hugging Face's tokenizers, transformers and open_clip
/// (`Fixtures/make_pieces.py`).
@Suite("Tokenizers of pieces")
struct PieceTokenizerTests {
  static let folder = Fixture.folder + "/pieces"
  let recorded: JSONValue

  init() throws { recorded = try JSONParser.parse(file: "\(Self.folder)/pieces.json") }

  private func rows(_ key: String) -> [JSONValue] { recorded[key]?.arrayValue ?? [] }

  @Test(
    "pieces of hostile texts are those of the library that the file belongs to",
    arguments: [
      ("spiece.model", "spiece"), ("bytes.model", "bytes"), ("unigram", "unigram"),
      ("unigram/tokenizer.json", "unigram"),
      ("gemma", "gemma"),
    ])
  func pieces(file: String, key: String) throws {
    let tokenizer = try Tokenizer.load("\(Self.folder)/\(file)")
    #expect(rows("rows").count == 317)
    for row in rows("rows") {
      let text = row["text"]?.stringValue ?? "", expected = row[key]?.ids
      #expect(tokenizer.encode(text) == expected, "\(text.debugDescription)")
    }
  }

  /// Texts whose ids hang on guesses of ftfy's that are not made here.
  private static let guessed: Set<String> = []

  @Test("cleaned, cut and filled as open_clip's HFTokenizer has it")
  func openCLIP() throws {
    #expect(rows("open_clip").count == 360)
    for row in rows("open_clip") {
      let name = row["name"]?.stringValue ?? "", text = row["text"]?.stringValue ?? ""
      if Self.guessed.contains(text) { continue }
      let cleaning = try #require(Cleaning(rawValue: row["clean"]?.stringValue ?? ""))
      let tokenizer = try Tokenizer.load("\(Self.folder)/\(name)", cleaning: cleaning)
      #expect(
        tokenizer.tokenize(text, contextLength: 16) == row["ids"]?.ids, "\(name) \(cleaning) \(text.debugDescription)")
    }
  }

  @Test("a folder of transformers' SiglipTokenizer: small letters without punctuation, ended and filled by one token")
  func sigLIP() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: "\(Self.folder)/spiece.model", toPath: "\(folder)/spiece.model")
      try AtomicFile.write(
        #"{"tokenizer_class": "SiglipTokenizer", "pad_token": {"content": "</s>"}}"#,
        to: "\(folder)/tokenizer_config.json")
      let tokenizer = try Tokenizer.load(folder)
      #expect(tokenizer.vocabularySize == 280 && tokenizer.endToken == 1 && tokenizer.padding == 1)
      #expect(rows("siglip").count == 317)
      for row in rows("siglip") {
        let text = row["text"]?.stringValue ?? ""
        // The slow tokenizer looks for its own tokens first.
        if text.contains("</s>") || text.contains("<unk>") { continue }
        #expect(tokenizer.tokenize(text, contextLength: 16) == row["ids"]?.ids, "\(text.debugDescription)")
      }
    }
  }

  @Test(
    "what is saved makes the same pieces, and with its cleaning for readers that know of none",
    arguments: ["unigram", "gemma"])
  func saved(name: String) throws {
    let tokenizer = try Tokenizer.load("\(Self.folder)/\(name)", cleaning: .canonicalize)
    try withTemporaryFolder { folder in
      try tokenizer.save(to: "\(folder)/plain")
      try tokenizer.save(to: "\(folder)/cleaned", includesCleaning: true)
      let again = try Tokenizer.load("\(folder)/plain", cleaning: .canonicalize)
      let alone = try Tokenizer.load("\(folder)/cleaned")
      #expect(again.fingerprint == tokenizer.fingerprint && alone.fingerprint != tokenizer.fingerprint)
      for text in ["A Photo, of a_cat!", "  two\tDOGS ", "it's GRÖSSE", ""] {
        let expected = tokenizer.tokenize(text, contextLength: 12)
        #expect(again.tokenize(text, contextLength: 12) == expected)
        #expect(alone.tokenize(text, contextLength: 12) == expected, "\(text)")
      }
    }
  }

  @Test("ids read back as text")
  func decoding() throws {
    let unigram = try Tokenizer.load("\(Self.folder)/unigram"), gemma = try Tokenizer.load("\(Self.folder)/gemma")
    #expect(unigram.decode(unigram.encode("a photo of a cat")) == "a photo of a cat")
    #expect(gemma.decode(gemma.encode("a photo 😀 日 of\n\na cat")) == "a photo 😀 日 of\n\na cat")
    #expect(unigram.decode([100_000]) == "\u{FFFD}")
  }

  @Test(
    "damaged files are refused in one line",
    arguments: [
      (#"{"model": {"type": "Unigram", "vocab": []}}"#, "model.vocab: holds no pieces; fetch the file again"),
      (
        #"{"model": {"type": "Unigram", "vocab": [["a"]]}}"#,
        #"model.vocab[0]: expected a piece and its score, as ["a", -3.5]"#
      ),
      (#"{"model": {"type": "Unigram", "unk_id": 4, "vocab": [["a", 0]]}}"#, "model.unk_id: 4 is none of the 1 pieces"),
      (
        #"{"normalizer": {"type": "NFKD"}, "model": {"type": "Unigram", "vocab": [["a", 0]]}}"#,
        #"normalizer.type: the step "NFKD" is not supported"#
      ),
      (
        #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}, "model": {"type": "Unigram", "vocab": [["a", 0]]}}"#,
        "normalizer.precompiled_charsmap: is cut short; fetch the file again"
      ),
      (
        #"{"normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"Regex": "x*"}, "content": ""}]}, "model": {"type": "Unigram", "vocab": [["a", 0]]}}"#,
        #"normalizer.normalizers[0].pattern: the regular expression "x*" is not supported"#
      ),
      (
        #"{"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "Unigram", "vocab": [["a", 0]]}}"#,
        #"pre_tokenizer.type: the step "ByteLevel" is not supported"#
      ),
      (
        #"{"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "</s>"}}]}, "model": {"type": "Unigram", "vocab": [["a", 0]]}}"#,
        "post_processor.single[0]: expected a text or one of special_tokens"
      ),
      (
        #"{"model": {"type": "BPE", "byte_fallback": true, "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}"#,
        "model.merges[0]: two tokens, or what they make, are none of the vocabulary's"
      ),
      (
        #"{"model": {"type": "BPE", "byte_fallback": true, "vocab": {"a": 0, "b": 0}, "merges": []}}"#,
        #"model.vocab: "b" shares its number 0 with another token"#
      ),
      (
        #"{"model": {"type": "BPE", "byte_fallback": true, "unk_token": "?", "vocab": {"a": 0}, "merges": []}}"#,
        #"model.unk_token: "?" is none of the vocabulary's"#
      ),
      (
        #"{"added_tokens": [{"id": -4, "content": "x"}], "model": {"type": "Unigram", "vocab": [["a", 0]]}}"#,
        "added_tokens[0].id: -4 is no token's number"
      ),
    ])
  func damaged(document: String, expected: String) throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(document, to: "\(folder)/tokenizer.json")
      #expect(message(in: folder) { _ = try Tokenizer.load(folder) } == "tokenizer.json: \(expected)")
    }
  }

  @Test("a model of SentencePiece's that is cut or changed is refused or read, and never traps")
  func changedModels() throws {
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/bytes.model")))
    var random = SystemRandomNumberGenerator()
    try withTemporaryFolder { folder in
      for round in 0..<300 {
        var bytes = whole
        if round % 3 == 0 { bytes.removeLast(Int.random(in: 1..<whole.count, using: &random)) }
        for _ in 0..<round % 5 where !bytes.isEmpty {
          bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        try AtomicFile.write(bytes, to: "\(folder)/spiece.model")
        guard let tokenizer = try? Tokenizer.load("\(folder)/spiece.model") else { continue }
        _ = tokenizer.tokenize(["a photo of größe 😀 ::", "<mark>▁"], contextLength: 9)
      }
      try AtomicFile.write(Array(whole.dropLast(3)), to: "\(folder)/spiece.model")
      #expect(
        message(in: folder) { _ = try Tokenizer.load(folder) } == "spiece.model: is cut short; fetch the file again")
    }
  }

  @Test("letters that look alike are told apart by their bytes, in JSON's keys too")
  func lookAlikes() throws {
    try withTemporaryFolder { folder in
      let vocabulary = "{\"\u{E9}\": 0, \"e\u{301}\": 1, \"e\": 2, \"\u{301}\": 3}"
      let document =
        "{\"model\": {\"type\": \"BPE\", \"byte_fallback\": true, \"vocab\": \(vocabulary), \"merges\": [\"e \u{301}\"]}}"
      try AtomicFile.write(document, to: "\(folder)/tokenizer.json")
      let tokenizer = try Tokenizer.load(folder)
      #expect(tokenizer.encode("\u{E9}") == [0])
      #expect(tokenizer.encode("e\u{301}e") == [1, 2])
    }
  }
}
