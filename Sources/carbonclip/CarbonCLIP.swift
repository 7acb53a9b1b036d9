import ArgumentParser
import CCLIPStartup
import CLIPFiles
import CLIPSystem
import CLIPTensors

@main
struct CarbonCLIP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "carbonclip",
    abstract: "Run, measure and shrink CLIP models, and count what they cost the climate.",
    version: Version.current,
    subcommands: [
      SearchCommand.self, TrialCommand.self, PruneCommand.self, EstimateCommand.self, TrainCommand.self,
      FinetuneCommand.self, FamilyCommand.self, EvaluateCommand.self, EmbedCommand.self, FindCommand.self,
      ConvertCommand.self,
      ExportCommand.self,
      ReportCommand.self, ReproduceCommand.self, DataCommand.self, ListCommand.self, ModelsCommand.self,
      ParityCommand.self, BenchCommand.self,
      ManualCommand.self,
    ])

  /// Runs the command; a fault in a file or in what is named is one line on standard error and exit code 1, a wrong use of
  /// the command, values of flags that are out of range included, 64.
  static func main() {
    carbonclip_watch_allocations()
    // A closed pipe (carbonclip ... | head) ends the program quietly.
    signal(SIGPIPE, SIG_DFL)
    // A file that may grow no further (ulimit -f) is a fault like a full disk, told by the write.
    signal(SIGXFSZ, SIG_IGN)
    Output.occupyStandardStreams()
    do {
      try parseAndRun()
      try Output.finish()
    } catch let error as InputError {
      fail(error)
    } catch is CancellationError {
      // A signal ended it; what is saved and how to go on was said.
      let status = StopSignal.exitStatus ?? 1
      Output.fault(InputError("stopped by a signal"), status: status)
      end(status)
    } catch let error as ShapeError {
      fail(InputError("\(error)".shortened(to: 1000)))
    } catch {
      let status = exitCode(for: error).rawValue
      Console.write("\(ParserMessage.tidied(fullMessage(for: error)))\n".printable)
      Output.fault(InputError(ParserMessage.tidied(message(for: error))), status: status)
      end(status)
    }
  }

  private static func parseAndRun() throws {
    do {
      let given = Array(CommandLine.arguments.dropFirst())
      let words = try CommandWords.prepared(given) {
        if !given.contains("--quiet") { Console.write("note: \($0.singleLine)\n") }
      }
      refuseEmpty(words)
      var command = try Arguments.parse(words)
      try command.run()
    } catch  where exitCode(for: error) == .success {
      // Help, the version or a shell's completions.
      Output.print(fullMessage(for: error))
    }
  }

  /// Nothing that a command takes can be empty: such a word comes from a variable that is not set, and as a path it would
  /// name the root folder or the folder one is in.
  private static func refuseEmpty(_ words: [String]) {
    for (index, word) in words.enumerated() where word.isEmpty {
      let before = index > 0 ? words[index - 1] : "", isOption = before.hasPrefix("--")
      let problem = "\(isOption ? "the value of \(before.quoted())" : "an argument") is empty; is a variable not set?"
      Console.write("Error: \(problem)\n")
      Output.fault(InputError(problem), status: 64)
      end(64)
    }
  }

  private static func fail(_ error: InputError) -> Never {
    let line = "\(error)".singleLine
    // What a flag was given is wrong use; what stands in a file, or is not there, is not.
    let isOfFlags = line.hasPrefix("--") || line.hasPrefix("command line: ")
    let status: Int32 = isOfFlags && error.file == nil ? 64 : 1
    Console.write("error: \(line)\n")
    Output.fault(error, status: status)
    end(status)
  }

  /// Ends with that status; what standard output did not take is said, too.
  private static func end(_ status: Int32) -> Never {
    do { try Output.finish() } catch { Console.write("error: \("\(error)".singleLine)\n") }
    endProgram(status)
  }
}
