import ArgumentParser
import Compute
import Evaluation
import Files

struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity", abstract: "Hold the toolkit's figures against those of PyTorch.")

  @Argument var fixtures: [String] = []
  @Flag var json = false

  func run() throws {
    let pool = ThreadPool()
    for f in fixtures { print(try ModelParity.run(f, on: pool).json.text(indentation: 2)) }
  }
}
