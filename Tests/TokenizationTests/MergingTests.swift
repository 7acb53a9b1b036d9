import CLIPFiles
import CLIPTestSupport
import Testing
import CLIPTokenization

/// open_clip's merging, spelled out on strings: merge all places of the best-ranked pair, again and again.
func referenceMerge(_ word: String, ranks: [[String]: Int]) -> [String] {
  var symbols = word.map(String.init)
  symbols[symbols.count - 1] += "</w>"
  while let best = zip(symbols, symbols.dropFirst()).compactMap({ ranks[[$0, $1]] }).min() {
    var merged: [String] = []
    var next = 0
    while next < symbols.count {
      if next + 1 < symbols.count, ranks[[symbols[next], symbols[next + 1]]] == best {
        merged.append(symbols[next] + symbols[next + 1])
        next += 2
      } else {
        merged.append(symbols[next])
        next += 1
      }
    }
    symbols = merged
  }
  return symbols
}

@Suite("Merging")
struct MergingTests {
  /// A merge list on two letters in any order, later merges' results standing before the merges that use them
  /// or after.
  private func randomList(_ generator: inout SeededRandom) -> [(String, String)] {
    var known = ["a", "b", "a</w>", "b</w>"]
    var made: [(String, String)] = []
    while made.count < 24 {
      guard let left = known.filter({ !$0.hasSuffix("</w>") }).randomElement(using: &generator),
        let right = known.randomElement(using: &generator)
      else { break }
      if known.contains(left + right) || left.count + right.count > 14 { continue }
      known.append(left + right)
      made.append((left, right))
    }
    return made.shuffled(using: &generator)
  }

  @Test("short and long words are merged as open_clip merges them, whatever the order of the list")
  func againstReference() throws {
    var generator = SeededRandom(seed: 3)
    try withTemporaryFolder { folder in
      for round in 0..<12 {
        let list = randomList(&generator)
        var ranks: [[String]: Int] = [:]
        var ids: [String: Int32] = ["a": 64, "b": 65, "a</w>": 320, "b</w>": 321]
        for (rank, (left, right)) in list.enumerated() {
          ranks[[left, right]] = rank
          ids[left + right] = Int32(512 + rank)
        }
        let path = "\(folder)/\(round).txt"
        try AtomicFile.write(
          (["#version: 0.2"] + list.map { "\($0) \($1)" }).joined(separator: "\n"), to: path)
        let tokenizer = try Tokenizer.load(path)
        for length in Array(1...60) + [100, 333] {
          let word = String((0..<length).map { _ in Bool.random(using: &generator) ? "a" : "b" })
          let expected = referenceMerge(word, ranks: ranks).map { ids[$0] }
          #expect(tokenizer.encode(word) == expected, "\(word) with \(list)")
        }
        for word in [
          String(repeating: "a", count: 40), String(repeating: "a", count: 77),
          String(repeating: "ab", count: 51),
        ] {
          #expect(tokenizer.encode(word) == referenceMerge(word, ranks: ranks).map { ids[$0] })
        }
      }
    }
  }
}
