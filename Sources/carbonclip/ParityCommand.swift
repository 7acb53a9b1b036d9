import ArgumentParser
import Compute
import Evaluation
import Files

struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity", abstract: "Hold the toolkit's figures against those of PyTorch.")

  @Argument var fixtures: [String] = []
  @Option var preprocess: String?
  @Option var retrieval: String?
  @Flag var json = false

  func run() throws {
    let pool = ThreadPool()
    for f in fixtures { print(try ModelParity.run(f, on: pool).json.text(indentation: 2)) }
    if let preprocess { print(try PreprocessParity.run(preprocess).json.text(indentation: 2)) }
    if let retrieval { print(try RetrievalParity.run(retrieval, on: pool).json.text(indentation: 2)) }
  }
}
