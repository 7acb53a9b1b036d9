import ArgumentParser
import Evaluation
import Files
import ImageText
import Tokenization

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

  @Option(help: "The folder to write.")
  var output: String

  @Option(help: "Tokens of a text in the models to come; transformers' tokenizer stores it.")
  var contextLength = 77

  @OptionGroup var dataOptions: DataOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let console = Console()
    var trainer = VocabularyTrainer()
    var captions = 0
    for path in data {
      if path.hasSuffix(".txt") {
        for line in try TextFile.lines(of: path) { trainer.add(line); captions += 1 }
        continue
      }
      let source = try ImageTextData.open(path, dataOptions.dataSet)
      var images = 0
      try source.forEach { sample in
        sample.captions.forEach { trainer.add($0) }
        captions += sample.captions.count
        images += 1
        if images % 256 == 0 { console.progress(ProgressLine(unit: "images", total: source.knownCount), done: images) }
      }
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
}
