import ArgumentParser

@main
struct CarbonCLIP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "carbonclip",
    abstract: "Run, measure and shrink CLIP models, and count what they cost the climate.",
    version: Version.current,
    subcommands: [ParityCommand.self])
}
