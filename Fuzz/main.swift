import CLIPFiles
import CLIPSystem

// See docs/fuzzing.md.

let usage = """
  usage: Fuzz [OPTION VALUE]...
  Gives changed files to every reader. A reader may accept a file or refuse it in one line; all else is a finding.

  options (defaults in brackets):
    --reader NAMES     of the list below, with commas between [all]
    --seconds S        for all readers together [60, unless --cases]
    --cases N          for all readers together, by their weights
    --seed S           of the changes [a new one]
    --first N          case to begin with: another part of the same seed's cases [0]
    --findings FOLDER  where inputs of findings go [fuzz-findings]
    --replay FILE      gives one file to the reader of --reader, in this process

  readers:
    \(ReaderCatalog.all.map(\.name).joined(separator: ", "))
  """

do {
  try Fuzz.run(Array(CommandLine.arguments.dropFirst()))
} catch {
  let line = Array("error: \(error)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
  exit(1)
}
