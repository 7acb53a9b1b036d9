import CLIPFiles

extension PieceTokenizer {
  /// Names by which SentencePiece's models lie in a folder.
  static let modelNames = ["spiece.model", "sentencepiece.model", "tokenizer.model", "sentencepiece.bpe.model"]

  /// A model of SentencePiece's, and how transformers' `SiglipTokenizer` uses it: no token before a text, one behind it,
  /// which also fills it up; other classes' tokens where a `tokenizer_config.json` names them.
  ///
  /// - Parameter path: of the model
  /// - Throws: ``InputError`` when it is damaged, or of another kind than unigrams.
  init(sentencePiece bytes: [UInt8], at path: String) throws {
    let file = try SentencePieceFile(bytes), settings = try TokenizerSettings(beside: Folder.parent(of: path))
    func id(_ name: String?) -> Int32? {
      name.flatMap { name in file.pieces.firstIndex { $0.text == name }.map { Int32($0) } }
    }
    let end = id(settings.endToken) ?? (file.pieces.indices.contains(file.endID) ? Int32(file.endID) : nil)
    var steps: [TextNormalizer] = [.sentencePiece(file.normalizer)]
    if settings.className == "SiglipTokenizer" { steps.insert(.canonicalize(lowersCase: settings.lowersCase), at: 0) }
    self.init(
      UnigramModel(
        file.pieces, unknown: file.unknownID, fallsBackToBytes: file.fallsBackToBytes, isSinglePrecision: true),
      spellings: file.pieces.map(\.text), added: [], normalizer: .steps(steps), splitter: nil,
      padding: id(settings.padToken) ?? end ?? 0, files: [try PieceFile(path, as: "spiece.model")] + settings.files)
    padsLeft = settings.padsLeft
    after = end.map { [$0] } ?? []
  }
}
