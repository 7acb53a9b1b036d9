import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Make and inspect data sets and vocabularies.",
    subcommands: [ScenesCommand.self, TrainTokenizerCommand.self, InspectCommand.self])
}
