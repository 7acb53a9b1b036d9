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
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as InputError {
      fail("\(error)")
    } catch let error as ShapeError {
      fail("\(error)")
    } catch {
      exit(withError: error)
    }
  }

  private static func fail(_ line: String) -> Never {
    Console.write("error: \(line)\n")
    endProgram(1)
  }
}

private func endProgram(_ status: Int32) -> Never { exit(status) }
