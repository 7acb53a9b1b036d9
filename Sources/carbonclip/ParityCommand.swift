import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPParity
import CLIPTokenization
import CLIPUnits

struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity",
    abstract: "Hold the toolkit's figures against those recorded from PyTorch, Pillow and open_clip.",
    discussion: """
      A model fixture is NAME.json, NAME.weights.safetensors and NAME.io.safetensors; docs/parity.md describes all \
      kinds and how to record one's own. Prints the largest relative deviation of each quantity; exit code 1 when one \
      is out of tolerance.

      Example: carbonclip parity Tests/CLIPTests/Fixtures/clip_a Tests/CLIPTests/Fixtures/hf_clip
      """)

  @Argument(help: "Model fixtures: FOLDER/NAME.")
  var fixtures: [String] = []

  @Option(help: "A file of JSON lines with texts and their token ids; needs --vocabulary.")
  var tokenizer: String?

  @Option(help: "The vocabulary for --tokenizer; by default CLIP's own.")
  var vocabulary: String?

  @Option(help: "A folder with preprocess.json, pictures and recorded pixels.")
  var preprocess: String?

  @Option(help: "A folder with retrieval.safetensors and retrieval.json.")
  var retrieval: String?

  @Option(help: "A folder with losses.safetensors and losses.json.")
  var losses: String?

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print JSON: an object for one fixture, a list for several.")
  var json = false

  func validate() throws {
    if fixtures.isEmpty && tokenizer == nil && preprocess == nil && retrieval == nil && losses == nil {
      throw ValidationError("name at least one fixture")
    }
  }

  func run() throws {
    let pool = threads.pool
    var reports = try fixtures.map { try ModelParity.run($0, on: pool) }
    if let tokenizer {
      let path = try vocabulary ?? DataFolder.path("vocabularies/bpe_simple_vocab_16e6.txt.gz")
      reports.append(try TokenizerParity.run(tokenizer, try Tokenizer.load(path)))
    }
    if let preprocess { reports.append(try PreprocessParity.run(preprocess)) }
    if let retrieval { reports.append(try RetrievalParity.run(retrieval, on: pool)) }
    if let losses { reports.append(try LossParity.run(losses)) }
    Output.result(
      reports.count == 1 ? reports[0].json : .array(reports.map(\.json)),
      text: reports.map(Self.table).joined(separator: "\n\n"))
    if !reports.allSatisfy(\.isWithinTolerance) { throw ExitCode(1) }
  }

  private static func table(_ report: ParityReport) -> String {
    var table = Table([report.fixture, "deviation", "tolerance", ""], words: [0, 3])
    for quantity in report.quantities {
      table.add([
        quantity.name, Figures.scientific(quantity.deviation), Figures.scientific(quantity.tolerance),
        quantity.isWithinTolerance ? "" : "OUT OF TOLERANCE",
      ])
    }
    return table.shown
  }
}
