import CLIPFiles
import CLIPTestSupport
import Testing
import CLIPTokenization

@Suite("Vocabulary trainer")
struct VocabularyTrainerTests {
  static let captions = [
    "the cat sat on the mat", "the cats and the dogs", "a thin cat in a thin hat",
    "aaaa aaaaaaa aaaaa aaa aaaaaaaaaaa",
    "this is the thing that the others think of", "3 cats, 33 dogs!!! ... 3333",
    "naïve café naïve cafés 中中中中",
  ]

  /// Counts every pair anew for each merge: slow, and plainly what the documentation says.
  private func referenceMerges(_ words: [String: Int], count: Int, minimumCount: Int) -> [[String]] {
    var ids: [String: Int] = [:]
    let bytes = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    var extra = 0x100
    var spelling: [Int: String] = [:]
    for byte in bytes { spelling[byte] = String(UnicodeScalar(UInt8(byte))) }
    let rest = (0...255).filter { spelling[$0] == nil }
    for byte in rest {
      spelling[byte] = UnicodeScalar(UInt32(extra)).map { String(Character($0)) }
      extra += 1
    }
    for byte in bytes + rest { ids[spelling[byte] ?? ""] = ids.count }
    for byte in bytes + rest { ids[(spelling[byte] ?? "") + "</w>"] = ids.count }
    var split = words.map { word, count in
      var symbols = word.utf8.map { spelling[Int($0)] ?? "" }
      symbols[symbols.count - 1] += "</w>"
      return (symbols, count)
    }
    var merges: [[String]] = []
    while merges.count < count {
      var counts: [[String]: Int] = [:]
      for (symbols, number) in split {
        for (left, right) in zip(symbols, symbols.dropFirst()) {
          counts[[left, right], default: 0] += number
        }
      }
      let candidates = counts.filter { $0.value >= minimumCount && ids[$0.key.joined()] == nil }
      let best = candidates.min {
        (-$0.value, ids[$0.key[0]] ?? 0, ids[$0.key[1]] ?? 0) < (
          -$1.value, ids[$1.key[0]] ?? 0, ids[$1.key[1]] ?? 0
        )
      }
      guard let pair = best?.key else { break }
      ids[pair.joined()] = ids.count
      merges.append(pair)
      split = split.map { symbols, number in
        var merged: [String] = []
        var next = 0
        while next < symbols.count {
          let matches = next + 1 < symbols.count && [symbols[next], symbols[next + 1]] == pair
          merged.append(matches ? pair.joined() : symbols[next])
          next += matches ? 2 : 1
        }
        return (merged, number)
      }
    }
    return merges
  }

  private func lines(_ vocabulary: Vocabulary) throws -> [String] {
    try withTemporaryFolder { folder in
      try vocabulary.writeMerges(to: folder + "/list.txt")
      return try TextFile.lines(of: folder + "/list.txt")
    }
  }

  @Test("the merges are those that counting everything anew gives", arguments: [1, 2, 5])
  func againstReference(minimumCount: Int) throws {
    var trainer = VocabularyTrainer()
    for caption in Self.captions { trainer.add(caption) }
    // These captions' words, cut by hand.
    let text = """
      the cat sat on the mat the cats and the dogs a thin cat in a thin hat aaaa aaaaaaa aaaaa aaa aaaaaaaaaaa
      this is the thing that the others think of 3 cats , 3 3 dogs !!! ... 3 3 3 3 naïve café naïve cafés 中中中中
      """
    var words: [String: Int] = [:]
    for word in text.split(whereSeparator: \.isWhitespace) { words[String(word), default: 0] += 1 }
    #expect(trainer.wordCount == words.count)
    let vocabulary = try trainer.train(size: 700, minimumCount: minimumCount)
    let expected = referenceMerges(words, count: 700 - 514, minimumCount: minimumCount)
    #expect(try lines(vocabulary) == ["#version: 0.2"] + expected.map { $0.joined(separator: " ") })
    #expect(vocabulary.size == 514 + expected.count)
    #expect(expected.count > 5)
  }

  @Test("the merges are those that counting everything anew gives, on made-up words full of repetitions")
  func againstReferenceOnRandomWords() throws {
    var generator = SeededRandom(seed: 4)
    for _ in 0..<8 {
      var trainer = VocabularyTrainer()
      var words: [String: Int] = [:]
      for _ in 0..<60 {
        let word = String(
          (0..<Int.random(in: 1...16, using: &generator)).map { _ in
            Bool.random(using: &generator) ? "a" : "b"
          })
        let count = Int.random(in: 1...4, using: &generator)
        words[word, default: 0] += count
        for _ in 0..<count { trainer.add(word) }
      }
      let vocabulary = try trainer.train(size: 580, minimumCount: 1)
      let expected = referenceMerges(words, count: 580 - 514, minimumCount: 1)
      #expect(try lines(vocabulary).dropFirst() == (expected.map { $0.joined(separator: " ") })[...])
    }
  }

  @Test("the order of captions does not matter")
  func order() throws {
    var forward = VocabularyTrainer()
    var backward = VocabularyTrainer()
    for caption in Self.captions { forward.add(caption) }
    for caption in Self.captions.reversed() { backward.add(caption) }
    #expect(try forward.train(size: 600) == backward.train(size: 600))
  }

  @Test("a trained vocabulary of any size is read back from both formats, and encodes its captions")
  func roundTrip() throws {
    var trainer = VocabularyTrainer()
    for caption in Self.captions { trainer.add(caption) }
    for size in [514, 515, 560] {
      let vocabulary = try trainer.train(size: size, minimumCount: 1)
      #expect(vocabulary.size == size)
      #expect(vocabulary.mergeCount == size - 514)
      try withTemporaryFolder { folder in
        try vocabulary.writeMerges(to: folder + "/list.txt")
        try vocabulary.save(to: folder + "/hf")
        #expect(try Vocabulary.read(folder + "/list.txt") == vocabulary)
        #expect(try Vocabulary.read(folder + "/hf") == vocabulary)
      }
      let tokenizer = Tokenizer(vocabulary)
      #expect(tokenizer.decode(tokenizer.encode("The cat sat")) == "the cat sat ")
    }
  }

  @Test("sizes out of range and captions without words are refused")
  func refused() throws {
    var trainer = VocabularyTrainer()
    trainer.add(" \n")
    trainer.add("<start_of_text>")
    trainer.add(String(repeating: "x", count: 300))
    #expect(
      message(in: "/") { _ = try trainer.train(size: 600) } == "there are no words to learn a vocabulary from"
    )
    trainer.add("a word")
    for size in [Int.min, 0, 513, 49_409, Int.max] {
      #expect(
        message(in: "/") { _ = try trainer.train(size: size) }
          == "a vocabulary of \(size) tokens cannot be made; choose 514 to 49408")
    }
    #expect(try trainer.train(size: 49_408, minimumCount: 2).size == 514)
  }

  @Test("capital letters are kept when the cleaning keeps them")
  func cleaning() throws {
    var trainer = VocabularyTrainer(cleaning: .whitespace)
    for _ in 0..<3 { trainer.add("NASA") }
    let vocabulary = try trainer.train(size: 520)
    #expect(Tokenizer(vocabulary, cleaning: .whitespace).encode("NASA").count == 1)
  }
}
