import ArgumentParser
import CLIPFiles
import CLIPImageText
import CLIPTokenization
import CLIPUnits

struct TrainTokenizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-tokenizer",
    abstract: "Learn a small byte-pair vocabulary from a data set's captions.",
    discussion: """
      Writes vocab.json, merges.txt and tokenizer.json, which carbonclip and transformers read.

      Example: carbonclip data train-tokenizer --data scenes:train?count=20000 --size 1024 --output vocabulary
      """)

  @Option(help: "Data set whose captions are learnt from, or a .txt file with a caption a line. May be repeated.")
  var data: [String]

  @Option(help: "Tokens in the vocabulary, the 512 bytes and two marks included.")
  var size = 4096

  @Option(name: .shortAndLong, help: "The folder to write.", completion: .directory)
  var output: String

  @Option(help: "Tokens of a text in the models to come; transformers' tokenizer stores it.")
  var contextLength = 77

  @OptionGroup var dataOptions: DataOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    guard (3...65_536).contains(contextLength) else {
      throw ValidationError("--context-length must be from 3 to 65536, found \(contextLength)")
    }
    if data.isEmpty { throw ValidationError("name at least one data set with --data") }
    try dataOptions.checkSplit(of: data)
  }

  func run() throws {
    let console = Console()
    var trainer = VocabularyTrainer()
    var captions = 0
    for path in data {
      if path.hasSuffix(".txt") {
        for line in try TextFile.lines(of: path) { trainer.add(line); captions += 1 }
        continue
      }
      captions += try addCaptions(of: path, to: &trainer, console)
    }
    console.clearLine()
    let vocabulary = try trainer.train(size: size)
    try Folder.make(output)
    try Tokenizer(vocabulary).save(to: output, contextLength: contextLength)
    Output.result(
      [
        "output": .string(output), "tokens": .integer(vocabulary.size), "captions": .integer(captions),
        "files": WrittenFiles(["vocab.json", "merges.txt", "tokenizer.json"].map { "\(output)/\($0)" }).json,
      ], text: "\(output): \(vocabulary.size) tokens from \(Figures.count(captions)) captions")
    if vocabulary.size < size { console.note("note: the captions hold too few pairs for \(size) tokens") }
  }

  /// Learns from a data set's captions.
  /// - Returns: how many there were.
  private func addCaptions(of path: String, to trainer: inout VocabularyTrainer, _ console: Console) throws -> Int {
    let source = try ImageTextData.open(path, dataOptions.dataSet)
    var reader = try source.makeReader(), skipped = SkippedSamples(), images = 0, captions = 0
    while images < dataOptions.limit ?? .max {
      do {
        guard let sample = try reader.next() else { break }
        sample.captions.forEach { trainer.add($0) }
        captions += sample.captions.count
        images += 1
        if images % 256 == 0 { console.progress(ProgressLine(unit: "images", total: source.knownCount), done: images) }
      } catch let fault as SkippedSample {
        if dataOptions.strict { throw fault.inputError }
        skipped.add(fault)
      }
    }
    if let summary = skipped.summary { console.note("note: \(summary)") }
    return captions
  }
}
