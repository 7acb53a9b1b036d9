import CLIPFiles
import CLIPTokenization

/// Tokenizers' files.
enum VocabularyReaders {
  private static let fixture = "Tests/TokenizationTests/Fixtures/hf_614"
  private static let pieces = "Tests/TokenizationTests/Fixtures/pieces"
  private static let names = [
    "vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json",
  ]

  static var all: [Reader] {
    [
      Reader(
        name: "tokenizer-json", file: "tokenizer.json", grammar: .json,
        seeds: { try seeds($0, "tokenizer.json") }, read: { path, _ in try use(path) }),
      Reader(
        name: "pairs-json", file: "tokenizer.json", grammar: .json, weight: 0.5,
        seeds: { [try $0.bytes("\(pieces)/gemma/tokenizer.json")] }, read: { path, _ in try use(path) }),
      Reader(
        name: "spiece", file: "spiece.model", grammar: .binary,
        seeds: { [try $0.bytes("\(pieces)/bytes.model")] }, read: { path, _ in try use(path) }),
      Reader(
        name: "bpe-gz", file: "bpe.txt.gz", grammar: .gzippedText, weight: 0.3,
        seeds: { _ in [Seals.gzip(Array(merges.utf8))] }, read: { path, _ in try use(path) }),
      Reader(
        name: "bpe-text", file: "bpe.txt", seeds: { _ in [Array(merges.utf8)] }, read: { path, _ in try use(path) }),
    ]
      + names.dropLast().map { name in
        Reader(
          name: "tokenizer-\(name.prefix { $0 != "." })", file: name, grammar: name == "merges.txt" ? .text : .json,
          seeds: { try seeds($0, name) },
          prepare: { folder in
            for other in names.dropLast() where other != name {
              if Folder.containsFile("\(Sources.standard.root)/\(fixture)/\(other)") {
                try Sources.standard.copy("\(fixture)/\(other)", to: "\(folder)/\(other)")
              }
            }
          },
          read: { _, folder in try use(folder) })
      }
  }

  private static func seeds(_ sources: Sources, _ name: String) throws -> [[UInt8]] {
    let path = "\(fixture)/\(name)"
    if Folder.containsFile("\(sources.root)/\(path)") { return [try sources.bytes(path)] }
    return [try sources.bytes("data/vocabularies/scenes/\(name)")]
  }

  private static func use(_ path: String) throws {
    let tokenizer = try Tokenizer.load(path)
    _ = tokenizer.tokenize(["a photo of a cat", "Größe 3.5\u{301} <|endoftext|> ☃"], contextLength: 20)
    _ = tokenizer.vocabularySize
  }

  /// A list of merges as open_clip's file has it.
  private static let merges = """
    "bpe_simple_vocab_16e6.txt#version: 0.2
    i n
    t h
    a n
    r e
    in g</w>
    th e</w>
    an d</w>
    o n</w>
    a t</w>

    """
}
