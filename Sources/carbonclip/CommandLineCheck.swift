import ArgumentParser

/// The parser without the program, for tests of what pages and helps say.
package enum CommandLineCheck {
  /// What the parser says to arguments, or nil where the command would run.
  package static func fault(in arguments: [String]) -> String? {
    do {
      _ = try Arguments.parse(CommandWords.prepared(arguments) { _ in })
      return nil
    } catch {
      // A help or a shell's completions.
      return CarbonCLIP.exitCode(for: error) == .success ? nil : CarbonCLIP.message(for: error)
    }
  }
}
