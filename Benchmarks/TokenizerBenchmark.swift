import CLIPFiles
import CLIPImageText
import CLIPScenes
import CLIPTokenization

/// How many captions a second does one thread tokenize, beside open_clip and Hugging Face's tokenizers?
enum TokenizerBenchmark {
  static let merges = "vocabularies/bpe_simple_vocab_16e6.txt.gz"
  static let contextLength = 77

  static func run(_ options: Options, _ report: inout Report) throws {
    let folder = try TemporaryFolder()
    let texts = options.texts ?? "\(folder.path)/captions.txt"
    if options.texts == nil {
      let scenes = try SceneGenerator(seed: 0, split: .train)
      let captions = (0..<4000).flatMap { scenes.captions($0) }
      try AtomicFile.write(captions.joined(separator: "\n") + "\n", to: texts)
    }
    let list = try DataFolder.path(merges)
    try Tokenizer.load(list).save(to: folder.path)
    var contest = Contest()
    try contest.add(&report) { try .worker("ours", ["tokenizer", "--texts", texts]) }
    for (runtime, vocabulary) in [("open_clip", list), ("tokenizers", "\(folder.path)/tokenizer.json")] {
      let arguments = ["--runtime", runtime, "--texts", texts, "--vocabulary", vocabulary]
      try contest.add(&report) { try .script(runtime, "tokenizer_peer.py", arguments, python: options.python) }
    }
    let results = contest.run(rounds: options.rounds, seconds: options.seconds / 2, &report)
    guard let ours = results.first(where: { $0.name == "ours" }) else { return }
    var table = Table(["side", "captions/s", "us a caption", "ours/peer", "same ids", "peak MB"])
    for side in results {
      if let version = side.ready["version"]?.stringValue { report.note(version: version) }
      let isOurs = side.name == "ours"
      table.add([
        side.name, side.perSecond.summary, Samples.text(1e6 / side.perSecond.median),
        isOurs ? "" : ours.perSecond.ratios(to: side.perSecond).summary,
        isOurs ? "" : side.ready["check"] == ours.ready["check"] ? "yes" : "no", Samples.text(side.peakMegabytes),
      ])
    }
    let lines = try TextFile.lines(of: texts)
    let characters = lines.reduce(0) { $0 + $1.utf8.count } / max(lines.count, 1)
    try report.add(
      "Captions to token ids, 1 thread",
      "\(lines.count) \(options.texts == nil ? "captions of scenes" : "lines") of \(characters) bytes on average, "
        + "CLIP's vocabulary, padded to \(contextLength). All sides remember words.", table)
  }
}

/// Our side: the texts lie in memory.
enum TokenizerWorker {
  static func run(_ options: Options) throws {
    let tokenizer = try Tokenizer.load(try DataFolder.path(TokenizerBenchmark.merges))
    let texts = try TextFile.lines(of: options.texts ?? "")
    let length = TokenizerBenchmark.contextLength
    let ids = tokenizer.tokenize(texts, contextLength: length)
    let check = ids.enumerated().reduce(0) { $0 &+ Int($1.element) &* (1 + $1.offset % 65521) }
    try Worker.serve(items: Double(texts.count), ready: ["check": .integer(check)]) {
      _ = tokenizer.tokenize(texts, contextLength: length)
    }
  }
}
