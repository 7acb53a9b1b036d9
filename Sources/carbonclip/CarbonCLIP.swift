import ArgumentParser
import Files
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@main
struct CarbonCLIP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "carbonclip",
    abstract: "Run, measure and shrink CLIP models, and count what they cost the climate.",
    version: Version.current,
    subcommands: [
      SearchCommand.self, PruneCommand.self, EstimateCommand.self, TrainCommand.self, FinetuneCommand.self,
      FamilyCommand.self, EvaluateCommand.self, EmbedCommand.self, ConvertCommand.self, ExportCommand.self,
      ReportCommand.self, ReproduceCommand.self, DataCommand.self, ModelsCommand.self, ParityCommand.self,
    ])

  /// Runs the command; a fault in what the user gave is one line on standard error and exit code 1, a wrong use of
  /// the command 64.
  static func main() {
    // A closed pipe (carbonclip ... | head) ends the program quietly.
    signal(SIGPIPE, SIG_DFL)
    Output.occupyStandardStreams()
    do {
      try parseAndRun()
      try Output.finish()
    } catch let error as InputError {
      fail(error)
    } catch let error as ShapeError {
      fail(InputError("\(error)".shortened(to: 1000)))
    } catch {
      let status = exitCode(for: error).rawValue
      Console.write("\(fullMessage(for: error))\n".printable)
      Output.fault(InputError(message(for: error)), status: status)
      end(status)
    }
  }

  private static func parseAndRun() throws {
    do {
      let words = try CommandWords.prepared(Array(CommandLine.arguments.dropFirst())) {
        Console.write("note: \($0.singleLine)\n")
      }
      var command = try Arguments.parse(words)
      try command.run()
    } catch where exitCode(for: error) == .success {
      // Help, the version or a shell's completions.
      Output.print(fullMessage(for: error))
    }
  }

  private static func fail(_ error: InputError) -> Never {
    Console.write("error: \("\(error)".singleLine)\n")
    Output.fault(error, status: 1)
    end(1)
  }

  /// Ends with that status, or as a fault where standard output cannot be written either.
  private static func end(_ status: Int32) -> Never {
    do { try Output.finish() } catch { Console.write("error: \("\(error)".singleLine)\n") }
    endProgram(status)
  }
}
