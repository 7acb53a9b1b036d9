import Foundation
import Testing

/// Standard output: what does not arrive is an error, and what arrives steers no terminal.
@Suite("Standard output")
struct OutputTests {
  @Test(
    "a full or closed standard output is one line and exit 1",
    arguments: [
      "models", "models --json", "--help", "--version", "train --help", "help search",
      "--generate-completion-script bash",
      "estimate --model ViT-B-32 --json",
    ], ["/dev/full", "&-"])
  func unwritable(command: String, target: String) throws {
    let outcome = try Program.shell("\"$0\" \(command) >\(target)")
    let reason =
      target == "&-"
      ? "Bad file descriptor"
      : "No space left on device; free some space, or choose another place"
    #expect(outcome.status == 1)
    #expect(outcome.errorLines == ["error: standard output: cannot write: \(reason)"], "\(outcome.errors)")
  }

  @Test("a closed standard output is never taken for a file that is written")
  func closed() throws {
    let outcome = try Program.shell(
      "\"$0\" data scenes --output \"$1/shards\" --split test --count 2 --size 32 >&- && exit 9; ls \"$1/shards\"")
    #expect(outcome.status == 0 && outcome.output.contains(".tar\n"), "\(outcome.output) \(outcome.errors)")
    let text = try Program.shell(
      "\"$0\" data scenes --output \"$1/s\" --split test --count 2 --size 32 >&-; grep -ac 'images in' \"$1\"/s/*.tar")
    #expect(text.output == "0\n", "\(text.output) \(text.errors)")
  }

  @Test("a reader that has gone is no fault and quiet, by the signal or by its number where the signal is blocked")
  func gone() throws {
    let outcome = try Program.shell(
      "mkfifo \"$1/p\"; (: < \"$1/p\") & exec 3> \"$1/p\"; wait; \"$0\" models >&3; exit $?")
    #expect(outcome.status == 141 && outcome.errors.isEmpty, "\(outcome.status) \(outcome.errors)")
  }

  @Test("wrong use stays 64, help 0")
  func codes() throws {
    let wrong = try Program.run(["models", "--nonsense"])
    #expect(wrong.status == 64 && wrong.output.isEmpty && wrong.errors.contains("--nonsense"))
    let help = try Program.run(["--help"])
    #expect(help.status == 0 && help.output.contains("USAGE: carbonclip") && help.errors.isEmpty)
    #expect(try Program.run(["--version"]).output.split(separator: "\n").count == 1)
    #expect(try Program.run([]).status == 0)
  }

  @Test("names from files and from the command line reach no terminal raw")
  func escapes() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(
      Array("name: \"\\e]0;pwned\\a\\e[31mred\\u009bm\\u202e\"\ndevice: camera\n".utf8), "scenario.yaml")
    let priced = try Program.run(["estimate", "--model", "ViT-B-32", "--scenario", scenario])
    let wrong = try Program.run(["models", "--\u{1B}[31m\u{202E}"])
    let missing = try Program.run(["evaluate", "--pretrained", "a\u{1B}[31m\u{85}", "--data", "scenes:test?count=2"])
    for outcome in [priced, wrong, missing] {
      for scalar in (outcome.output + outcome.errors).unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar != "\u{202E}")
      }
    }
  }

  @Test("no command writes to standard output but through Output")
  func onlyDoor() throws {
    let folder = "\(KillTests.root)/Sources/carbonclip"
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    #expect(files.count > 50)
    for file in files where file.hasSuffix(".swift") && !file.hasPrefix("Output") {
      for line in try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8).split(separator: "\n") {
        #expect(
          !line.contains(/(^|[^\w.])(print|fputs|fwrite|putchar|puts)\(/) && !line.contains("STDOUT_FILENO"),
          "\(file): \(line)")
      }
    }
  }
}
