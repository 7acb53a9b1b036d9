import CLIPTokenization
import Testing

@Suite("Fingerprints of tokenizers")
struct FingerprintTests {
  private static func vocabulary(_ texts: [String]) throws -> Vocabulary {
    var trainer = VocabularyTrainer()
    for text in texts { trainer.add(text) }
    return try trainer.train(size: 520, minimumCount: 1)
  }

  @Test("equal tokenizers have one, those that differ in merges or cleaning another")
  func told() throws {
    let one = try Self.vocabulary(["red red red square square", "blue blue circle"])
    let other = try Self.vocabulary(["green green green triangle", "gold gold star star"])
    #expect(one.size == other.size)
    #expect(Tokenizer(one).fingerprint == Tokenizer(one, rememberedWords: 0).fingerprint)
    #expect(Tokenizer(one).fingerprint != Tokenizer(other).fingerprint)
    #expect(Tokenizer(one, cleaning: .lower).fingerprint != Tokenizer(one, cleaning: .canonicalize).fingerprint)
  }
}
