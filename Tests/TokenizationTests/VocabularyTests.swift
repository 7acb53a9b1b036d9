import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing
import CLIPTokenization

@Suite("Vocabulary files")
struct VocabularyTests {
  @Test("what is saved in Hugging Face's formats is read back as the same vocabulary, from each file")
  func roundTrip() throws {
    let vocabulary = try Vocabulary.read(Fixture.smallVocabulary)
    try withTemporaryFolder { folder in
      try vocabulary.save(to: folder + "/new/folder")
      for name in ["", "/vocab.json", "/merges.txt", "/tokenizer.json"] {
        #expect(try Vocabulary.read("\(folder)/new/folder\(name)") == vocabulary, "\(name)")
      }
      let names = try Folder.names(in: folder + "/new/folder")
      #expect(
        names == [
          "merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json",
        ])
      try vocabulary.writeMerges(to: folder + "/list.txt")
      #expect(try Vocabulary.read(folder) == vocabulary, "a folder with one list")
    }
  }

  @Test("the full vocabulary survives Hugging Face's formats, too")
  func fullRoundTrip() throws {
    let tokenizer = try clip.get()
    try withTemporaryFolder { folder in
      try tokenizer.save(to: folder)
      #expect(try Vocabulary.read(folder + "/tokenizer.json") == tokenizer.vocabulary)
    }
  }

  @Test(
    "files that transformers wrote give transformers' ids",
    arguments: ["", "/vocab.json", "/merges.txt", "/tokenizer.json"])
  func huggingFace(name: String) throws {
    let tokenizer = try Tokenizer.load("\(Fixture.folder)/hf_614\(name)")
    #expect(tokenizer.vocabularySize == 614)
    #expect(tokenizer.startToken == 612)
    #expect(tokenizer.endToken == 613)
    let rows = try JSONParser.parse(file: "\(Fixture.folder)/hf_614/ids.json").arrayValue ?? []
    #expect(rows.count == 4)
    for row in rows { #expect(tokenizer.encode(row["text"]?.stringValue ?? "") == row["ids"]?.ids) }
  }

  @Test("a merge list of any name, with any line ends, is recognized")
  func recognized() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/anything"
      try AtomicFile.write("\u{FEFF}# my #version: 1\r\na b\r\nab c</w>\r\n\n", to: path)
      let tokenizer = try Tokenizer.load(path)
      #expect(tokenizer.vocabularySize == 516)
      #expect(tokenizer.encode("abc") == [513])
      #expect(tokenizer.encode("ab") == [64, 256 + 65])
    }
  }

  /// Bad files by name, and what is said about them.
  static let faults: [(name: String, content: String, message: String)] = [
    ("empty.txt", " \n", "empty.txt: is empty; fetch the file again"),
    (
      "headless.txt", "a b\nab c",
      "headless.txt: line 1: expected a header such as \"#version: 0.2\"; name a merge list, vocab.json with merges.txt, or tokenizer.json"
    ),
    (
      "one.txt", "#version: 0.2\na b\nabc",
      "one.txt: line 3: expected two tokens, found \"abc\"; fetch the file again"
    ),
    (
      "blank.txt", "#version: 0.2\na b\n\nb c",
      "blank.txt: line 3: expected two tokens, found \"\"; fetch the file again"
    ),
    (
      "letters.txt", "#version: 0.2\na 中",
      "letters.txt: line 2: \"中\" holds a character that stands for no byte; fetch the file again"
    ),
    (
      "unknown.txt", "#version: 0.2\nab c",
      "unknown.txt: line 2: uses the token \"ab\", which no merge makes; fetch the file again"
    ),
    (
      "twice.txt", "#version: 0.2\na b\nb c\na b",
      "twice.txt: line 4: the token \"ab\" stands twice; remove one of the two merges"
    ),
    (
      "same.txt", "#version: 0.2\na b\nb c\nab c\na bc",
      "same.txt: line 5: the token \"abc\" stands twice; remove one of the two merges"
    ),
    (
      "ended.txt", "#version: 0.2\na</w> b",
      "ended.txt: line 2: the left part \"a</w>\" ends a word, so nothing can follow it; fetch the file again"
    ),
    (
      "list.json", "[1]",
      "list.json: line 1: expected a header such as \"#version: 0.2\"; name a merge list, vocab.json with merges.txt, or tokenizer.json"
    ),
    ("cut.json", "{\"a\": 1", "cut.json: line 1, column 8: not valid JSON: expected \",\" or \"}\""),
    (
      "alone.json", "{\"a\": 1}",
      "alone.json: looks like a vocab.json, but has no merges.txt beside it; put the two together"
    ),
    (
      "other.json", "{\"model\": {\"type\": \"Unigram\"}}",
      "other.json: model.type: expected \"BPE\", found \"Unigram\"; only CLIP's byte-pair encoding is supported"
    ),
    (
      "suffix.json", "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}",
      "suffix.json: model.end_of_word_suffix: expected \"</w>\"; only CLIP's byte-pair encoding is supported"
    ),
    (
      "novocab.json", "{\"model\": {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\"}}",
      "novocab.json: model.vocab: expected an object"
    ),
    (
      "text.json",
      "{\"model\": {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\", \"vocab\": {\"a\": \"b\"}, \"merges\": []}}",
      "text.json: model.vocab: expected a whole number for \"a\", found a string"
    ),
    (
      "huge.json",
      "{\"model\": {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\", \"vocab\": {\"a\": 9223372036854775807}, \"merges\": []}}",
      "huge.json: \"a\" has id 9223372036854775807, but 1 tokens must be numbered 0 to 0"
    ),
    (
      "shared.json",
      "{\"model\": {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []}}",
      "shared.json: \"a\" and \"b\" share the id 0"
    ),
    (
      "nospecial.json",
      "{\"model\": {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\", \"vocab\": {\"a\": 0}, \"merges\": []}}",
      "nospecial.json: the start token is missing; expected \"<|startoftext|>\" or \"<start_of_text>\""
    ),
    (
      "nobytes.json",
      "{\"model\": {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\", \"vocab\": {\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}, \"merges\": []}}",
      "nobytes.json: the token \"!\" is missing; fetch the file again"
    ),
  ]

  @Test("a malformed file is refused with one line that says where and why", arguments: faults.indices)
  func malformed(index: Int) throws {
    let fault = Self.faults[index]
    try withTemporaryFolder { folder in
      try AtomicFile.write(fault.content, to: "\(folder)/\(fault.name)")
      let found = message(in: folder) { _ = try Vocabulary.read("\(folder)/\(fault.name)") }
      #expect(found == fault.message)
    }
  }

  @Test("missing and cut files, bombs and folders without a vocabulary are refused")
  func missing() throws {
    try withTemporaryFolder { folder in
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder + "/none.txt") }
          == "none.txt: cannot open: No such file or directory; check the path")
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder) }
          == "FOLDER: holds no vocabulary; expected tokenizer.json, vocab.json with merges.txt, or a merge list; a file may be named instead"
      )
      let packed = try TextFile.bytes(of: Fixture.smallVocabulary)
      try AtomicFile.write(Array(packed.dropLast(packed.count / 2)), to: folder + "/cut.txt.gz")
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder + "/cut.txt.gz") }.hasPrefix(
          "cut.txt.gz: compressed data is corrupt or cut short"))
      let bomb = try JSONParser.parse(file: Fixture.folder + "/bomb.json").stringValue ?? ""
      try AtomicFile.write(Array(Data(base64Encoded: bomb) ?? Data()), to: folder + "/bomb.txt.gz")
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder + "/bomb.txt.gz") }
          == "bomb.txt.gz: unpacks to more than the 67108864 bytes allowed here")
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder) }.hasPrefix(
          "FOLDER: holds 2 text files, and it is unclear which"))
    }
  }

  @Test("a vocab.json and a merges.txt of different models are told apart")
  func mismatched() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: Fixture.folder + "/hf_614/vocab.json", toPath: folder + "/vocab.json")
      try AtomicFile.write("#version: 0.2\ni n\nq z", to: folder + "/merges.txt")
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder) }
          == "vocab.json: merges.txt, line 3: \"q\", \"z\" or what they make is no token; take both files from the same model"
      )
      try AtomicFile.write("#version: 0.2\ni n\ni n", to: folder + "/merges.txt")
      #expect(
        message(in: folder) { _ = try Vocabulary.read(folder) }
          == "vocab.json: merges.txt, line 3: the merge of \"i\" and \"n\" stands twice")
    }
  }

  @Test("damaged files of every format are read or refused, never a fault")
  func fuzz() throws {
    var generator = SeededRandom(seed: 2)
    try withTemporaryFolder { folder in
      try Vocabulary.read("\(Fixture.folder)/hf_614").save(to: folder)
      try Vocabulary.read("\(Fixture.folder)/hf_614").writeMerges(to: folder + "/list")
      for name in ["list", "tokenizer.json", "merges.txt"] {
        let whole = try TextFile.bytes(of: "\(folder)/\(name)")
        for _ in 0..<60 {
          var bytes = whole
          for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: "\"{[ \n".utf8.shuffled(using: &generator), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + 200))
            }
          }
          try AtomicFile.write(bytes, to: "\(folder)/\(name)")
          do {
            _ = Tokenizer(try Vocabulary.read("\(folder)/\(name)"), rememberedWords: 0).encode(
              "the thing inside")
          } catch let error as InputError { #expect(!error.description.contains("\n")) }
        }
        try AtomicFile.write(whole, to: "\(folder)/\(name)")
      }
    }
  }
}
