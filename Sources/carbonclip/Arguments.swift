import ArgumentParser
import CLIPFiles

/// A command line as a person types it, made ready for the parser.
enum Arguments {
  /// Parses the arguments.
  ///
  /// The parser takes what begins with a minus for an option of its own: `--lr -1` is "Missing value" to it. So that the
  /// value is seen, and answered with its range, such a pair is tried again as `--lr=-1`.
  static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    if let word = unknownCommand(arguments) { throw word }
    do { return try CarbonCLIP.parseAsRoot(arguments) } catch {
      var words = arguments, fault = error
      while let joined = joiningValue(of: fault, in: words) {
        words = joined
        do { return try CarbonCLIP.parseAsRoot(words) } catch { fault = error }
      }
      throw fault
    }
  }

  /// The arguments with the first value that the parser missed joined to its option, where it begins with a minus.
  private static func joiningValue(of fault: any Error, in arguments: [String]) -> [String]? {
    let message = CarbonCLIP.message(for: fault)
    guard message.hasPrefix("Missing value for '--"),
      let name = message.dropFirst("Missing value for '".count).split(whereSeparator: { " '".contains($0) }).first
    else { return nil }
    for place in arguments.indices.dropLast() where arguments[place] == name {
      let value = arguments[place + 1]
      guard value.count > 1, value.first == "-", !value.hasPrefix("--"), value != "-h" else { continue }
      return Array(arguments[..<place] + ["\(name)=\(value)"] + arguments[(place + 2)...])
    }
    return nil
  }

  /// The error for a word where a command is expected and none is of that name.
  private static func unknownCommand(_ arguments: [String]) -> ValidationError? {
    var command: any ParsableCommand.Type = CarbonCLIP.self
    for word in arguments {
      let commands = command.configuration.subcommands
      if commands.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
      if let next = commands.first(where: { $0.configuration.commandName == word }) {
        command = next
        continue
      }
      let names = commands.filter { $0.configuration.shouldDisplay }.compactMap { $0.configuration.commandName }
      return ValidationError("unknown command \(word.quoted()); \(Suggestion.advice(for: word, among: names))")
    }
    return nil
  }
}
