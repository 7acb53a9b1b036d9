import CLIPFiles

/// Makes a vocabulary of one's own: byte-pair encoding learned from captions.
///
///     var trainer = VocabularyTrainer()
///     for caption in captions { trainer.add(caption) }
///     let vocabulary = try trainer.train(size: 4096)
///
/// The pair of neighboring tokens that stands most often becomes a token, again and again, until the
/// vocabulary has its size. Of pairs that stand equally often the one whose left token is older (has the
/// smaller id) is taken, then the one whose right token is: the result depends on the words and their numbers
/// only, not on their order.
///
/// Source: Sennrich et al. 2016, arXiv:1508.07909, on bytes; the words are those the tokenizer cuts.
public struct VocabularyTrainer: Sendable {
  /// Words with more bytes are left out: no language has them, and they would slow every merge.
  public static let longestWord = 256

  /// What is done to a caption first; the tokenizer must do the same.
  public let cleaning: Cleaning
  /// How often each word stands in the captions added so far.
  private var words: [[UInt8]: Int] = [:]

  /// - Parameter cleaning: what is done to a caption first
  public init(cleaning: Cleaning = .lower) { self.cleaning = cleaning }

  /// The number of different words added so far.
  public var wordCount: Int { words.count }

  /// Adds a caption's words.
  public mutating func add(_ caption: String) {
    cleaning.withCleaned(caption) { bytes in
      var scanner = WordScanner(bytes)
      while let word = scanner.next() {
        if word.kind == .ordinary, word.range.count <= Self.longestWord {
          words[Array(bytes[word.range]), default: 0] += 1
        }
      }
    }
  }

  /// Learns a vocabulary from the captions added so far.
  ///
  /// - Parameters:
  ///   - size: the number of tokens, 514 to 49,408: 512 for the bytes, start and end, and one for each merge
  ///   - minimumCount: pairs that stand more rarely are not merged
  /// - Returns: a vocabulary of that size, or a smaller one when the captions hold too few pairs
  /// - Throws: ``InputError`` when the size is out of range or no words were added.
  public func train(size: Int, minimumCount: Int = 2) throws -> Vocabulary {
    guard (Vocabulary.smallestSize...Vocabulary.largestSize).contains(size) else {
      throw InputError(
        "a vocabulary of \(size) tokens cannot be made",
        advice: "choose \(Vocabulary.smallestSize) to \(Vocabulary.largestSize)")
    }
    guard !words.isEmpty else { throw InputError("there are no words to learn a vocabulary from") }
    var merging = PairCounts(words: words)
    var tokens = Vocabulary().tokens.compactMap { $0 }
    var spelled = Set(tokens)
    var pairs: [(left: Token, right: Token)] = []
    while tokens.count + 2 < size, let best = merging.popMostFrequent(), best.count >= minimumCount {
      let left = tokens[Int(best.left)]
      let right = tokens[Int(best.right)]
      let joined = Token(bytes: left.bytes + right.bytes, endsWord: right.endsWord)
      // Two merges may spell the same token, (a, bc) and (ab, c); a merge list can hold only one of them.
      guard spelled.insert(joined).inserted else { continue }
      merging.merge(best.left, best.right, into: Int32(tokens.count))
      tokens.append(joined)
      pairs.append((left, right))
    }
    return try Vocabulary(mergePairs: pairs, firstLine: 2)
  }
}
