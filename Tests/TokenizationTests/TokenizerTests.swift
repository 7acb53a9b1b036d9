import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing
import CLIPTokenization

@Suite("Tokenizer")
struct TokenizerTests {
  @Test("the vocabularies have open_clip's sizes and special tokens")
  func sizes() throws {
    let full = try clip.get()
    #expect(full.vocabularySize == 49_408)
    #expect(full.startToken == 49_406)
    #expect(full.endToken == 49_407)
    let small = try Tokenizer.load(Fixture.smallVocabulary)
    #expect(small.vocabularySize == 4096)
    #expect(small.startToken == 4094)
    #expect(small.endToken == 4095)
  }

  /// open_clip repairs text that was decoded wrongly; these strings hold such text, and we do not.
  static let wronglyDecoded = [
    "sÃ³ mojibake", "The Mona Lisa doesnÃ¢â‚¬â„¢t have eyebrows.", "lâ€™humanitÃ©", "Â£100 Â© 2024",
    "â€œquotedâ€�", "naÃ¯ve",
  ]

  @Test("ids, cleaned text and decoded text are open_clip's on its golden strings")
  func golden() throws {
    let full = try clip.get()
    let small = try Tokenizer.load(Fixture.smallVocabulary)
    let rows = try Fixture.rows("golden.jsonl")
    #expect(rows.count == 200)
    var compared = 0
    for row in rows {
      let text = try #require(row["text"]?.stringValue)
      if Self.wronglyDecoded.contains(text) { continue }
      compared += 1
      #expect(full.encode(text) == row["encode"]?.ids, "\(text)")
      #expect(full.tokenize(text, contextLength: 77) == row["ids77"]?.ids, "\(text)")
      #expect(small.tokenize(text, contextLength: 32) == row["ids32_small"]?.ids, "\(text)")
      #expect(scalars(Cleaning.lower.clean(text)) == scalars(row["cleaned"]?.stringValue ?? "?"))
      #expect(scalars(full.decode(full.encode(text))) == scalars(row["decoded"]?.stringValue ?? "?"))
    }
    #expect(compared == 194)
  }

  @Test("ids are open_clip's on made-up strings of many scripts, in all three cleaning modes")
  func randomTexts() throws {
    let vocabulary = try clip.get().vocabulary
    let tokenizers = Cleaning.allCases.map { Tokenizer(vocabulary, cleaning: $0) }
    let rows = try Fixture.rows("random_texts.jsonl")
    #expect(rows.count == 500)
    for row in rows {
      let text = try #require(row["text"]?.stringValue)
      for tokenizer in tokenizers {
        #expect(tokenizer.encode(text) == row[tokenizer.cleaning?.rawValue ?? ""]?.ids, "\(text.debugDescription)")
      }
      #expect(scalars(Cleaning.lower.clean(text)) == scalars(row["cleaned"]?.stringValue ?? "?"))
      #expect(
        scalars(tokenizers[0].decode(row["lower"]?.ids ?? [])) == scalars(row["decoded"]?.stringValue ?? "?"))
    }
  }

  /// `String`'s own equality takes composed and decomposed letters for the same.
  private func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }

  @Test("a text that is too long keeps the end token in the last place", arguments: [1, 2, 3, 4, 7, 8, 9])
  func cut(contextLength: Int) throws {
    let tokenizer = try clip.get()
    let whole = [49_406] + tokenizer.encode("a photo of a cat") + [49_407]
    var expected = Array(whole.prefix(contextLength))
    if contextLength < whole.count { expected[contextLength - 1] = 49_407 }
    expected += [Int32](repeating: 0, count: contextLength - expected.count)
    #expect(tokenizer.tokenize("a photo of a cat", contextLength: contextLength) == expected)
  }

  @Test("several texts give one row each, padded as asked")
  func rows() throws {
    let tokenizer = try clip.get()
    let texts = ["a cat", "", "a photo of two dogs in the snow"]
    let rows = tokenizer.tokenize(texts, contextLength: 6, padding: 49_407)
    #expect(rows.count == 18)
    #expect(Array(rows[0..<6]) == [49_406, 320, 2368, 49_407, 49_407, 49_407])
    #expect(Array(rows[6..<12]) == [49_406, 49_407, 49_407, 49_407, 49_407, 49_407])
    #expect(Array(rows[12..<18]) == tokenizer.tokenize(texts[2], contextLength: 6))
    #expect(tokenizer.tokenize([], contextLength: 6).isEmpty)
  }

  @Test("the special tokens in a text stand for their ids in their exact spelling only")
  func specialTokens() throws {
    let tokenizer = try clip.get()
    #expect(
      tokenizer.encode("x<end_of_text>y<START_OF_TEXT>") == tokenizer.encode("x") + [49_407]
        + tokenizer.encode("y") + [49_406])
    let exact = Tokenizer(tokenizer.vocabulary, cleaning: .whitespace)
    #expect(exact.encode("<END_OF_TEXT>") != [49_407])
    #expect(tokenizer.decode([49_406, 320, 2368, 49_407]) == "<start_of_text>a cat <end_of_text>")
  }

  @Test("ids that are no tokens, and bytes that are no UTF-8, decode to U+FFFD")
  func decodesAnything() throws {
    let tokenizer = try clip.get()
    #expect(tokenizer.decode([-1, 49_408, .max, .min]) == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
    let halfLetter = tokenizer.encode("\u{1FAE0}\u{1F9FF}").dropLast()
    #expect(tokenizer.decode(Array(halfLetter)).contains("\u{FFFD}"))
    #expect(tokenizer.decode([]) == "")
  }

  @Test("remembering words changes nothing, on one thread or many")
  func cache() throws {
    let vocabulary = try clip.get().vocabulary
    let texts = try Fixture.rows("golden.jsonl").compactMap { $0["text"]?.stringValue }
    let plain = Tokenizer(vocabulary, rememberedWords: 0)
    let expected = texts.map { plain.encode($0) }
    for slots in [1, 64, 1 << 15] {
      let tokenizer = Tokenizer(vocabulary, rememberedWords: slots)
      let mismatches = Counter()
      DispatchQueue.concurrentPerform(iterations: 8) { worker in
        for index in texts.indices {
          let place = (index * 7 + worker * 31) % texts.count
          if tokenizer.encode(texts[place]) != expected[place] { mismatches.increment() }
        }
      }
      #expect(mismatches.value == 0)
    }
  }

  @Test("words and texts of a million characters are encoded whole")
  func long() throws {
    let tokenizer = try clip.get()
    for text in [
      String(repeating: "a", count: 1_000_000), String(repeating: "thequickbrownfox", count: 62_500),
      String(repeating: "!", count: 1_000_000), String(repeating: "word ", count: 200_000),
    ] {
      let decoded = tokenizer.decode(tokenizer.encode(text))
      #expect(decoded == (text.hasSuffix(" ") ? text : text + " "))
    }
    // Marks that must be sorted, references inside references, sigmas with marks: nothing is tried again and
    // again.
    #expect(!tokenizer.encode("e" + String(repeating: "\u{301}\u{323}", count: 200_000)).isEmpty)
    #expect(tokenizer.encode("&" + String(repeating: "amp;", count: 250_000)) == tokenizer.encode("&"))
    #expect(!tokenizer.encode(String(repeating: "Σ'", count: 200_000)).isEmpty)
    #expect(!tokenizer.encode(String(repeating: "&abcdefg", count: 100_000)).isEmpty)
  }

  @Test("any text is encoded, and its ids decode, without a fault")
  func fuzz() throws {
    let tokenizer = try clip.get()
    var generator = SeededRandom(seed: 1)
    let pieces = Array(
      "&<>#x;'\"\u{1B}[1m\r\n\t\u{301}\u{1100}\u{1161}\u{11A8}\u{3A3}\u{130}\u{FF11}\u{2019}aZ09é中"
        .unicodeScalars)
    for _ in 0..<4000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        if Bool.random(using: &generator) {
          text.append(pieces.randomElement(using: &generator) ?? "a")
        } else if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) {
          text.append(scalar)
        }
      }
      let ids = tokenizer.encode(String(text))
      #expect(ids.allSatisfy { (0..<49_408).contains($0) })
      // Once cleaned, a text's letters come back from its ids.
      let cleaned = Cleaning.lower.clean(String(text))
      if !cleaned.contains("&"), !cleaned.unicodeScalars.contains("\u{345}") {
        let letters = tokenizer.decode(ids).unicodeScalars.filter { !$0.properties.isWhitespace }
        #expect(letters.elementsEqual(cleaned.unicodeScalars.filter { !$0.properties.isWhitespace }))
      }
    }
  }
}

/// A number that threads may raise together.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  func increment() { lock.withLock { count += 1 } }
  var value: Int { lock.withLock { count } }
}
