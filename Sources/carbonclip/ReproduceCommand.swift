import ArgumentParser

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Compute published figures again.",
    subcommands: [ReproducePaperCommand.self])
}
