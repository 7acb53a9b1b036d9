import ArgumentParser
import Files

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw a run's page and TensorBoard file anew from its log.",
    discussion: "Example: carbonclip report logs/base")

  @Argument(help: "A run's folder.")
  var folder: String

  func run() throws {
    guard Folder.containsFile("\(folder)/log.jsonl") else {
      throw InputError("holds no log.jsonl", file: folder, advice: "name a run's folder, such as logs/base")
    }
    try RunPages.write(folder)
    print("\(folder)/run.html\n\(folder)/tensorboard")
  }
}
