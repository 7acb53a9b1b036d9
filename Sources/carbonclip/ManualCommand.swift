import ArgumentParser
import CLIPFiles

struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write the manual pages, carbonclip.1 and one for each command.",
    shouldDisplay: false)

  @Argument(help: "The folder to write into.")
  var folder: String

  func run() throws {
    let pages = try ManualPage.all()
    for page in pages { try AtomicFile.write(page.text, to: "\(folder)/\(page.name).1") }
    Output.print(pages.map { "\(folder)/\($0.name).1" }.joined(separator: "\n"))
  }
}
