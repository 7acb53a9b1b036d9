import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPReports
import CLIPReproduction

struct ReproducePaperCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paper",
    abstract: "The tables and claims of the CATransformers paper by its own estimator and by the physical one.",
    discussion: """
      Carbon and latency of the CarbonCLIP family, CLIP and TinyCLIP on the printed accelerators and on the best of the \
      paper's space (arXiv:2505.01386, tables 2, 3 and 9); which of its claims stand. Takes 25 s of one core. \
      docs/paper.md discusses the results.

      Example: carbonclip reproduce paper --output docs/results --page docs/paper.md
      """)

  @Option(name: .shortAndLong, help: "Folder for paper.csv, paper.json and paper.md.", completion: .directory)
  var output: String?

  @Option(help: "A Markdown page whose results, between <!-- result: NAME --> and <!-- end -->, are replaced.")
  var page: String?

  @Option(help: "Folder with family.csv, hardware-search.csv and claims.csv of your own, in place of data/paper.")
  var tables: String?

  @Option(help: "Threads; by default one a core.")
  var threads: Int?

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try ThreadOptions.check(threads)
  }

  func run() throws {
    // What cannot be read or written is found out before the work, not after it.
    let published = try PublishedTables(folder: tables)
    let marked = try page.map { try MarkedPage(file: $0, names: PaperReproduction.resultNames) }
    if let output { try Folder.make(output) }
    let console = Console()
    let found = try PaperReproduction(published, on: ThreadPool(threads: threads)) { done, total in
      console.status("\(done) of \(total) models priced on 3240 accelerators", isLast: done == total)
    }
    console.clearLine()
    let results = found.resultTables
    try marked?.update(with: results.map { ($0.name, $0.markdown) })
    var files = page.map { [$0] } ?? []
    if let output {
      for (name, text) in [
        ("paper.csv", found.csv), ("paper.json", found.json.text(indentation: 2) + "\n"), ("paper.md", found.markdown),
      ] {
        try AtomicFile.write(text, to: "\(output)/\(name)")
        files.append("\(output)/\(name)")
      }
    }
    let texts = results.map(Self.text) + (files.isEmpty ? [] : [files.joined(separator: "\n")])
    Output.result(found.json, text: texts.joined(separator: "\n\n\n"))
  }

  private static func text(_ result: ResultTable) -> String {
    "\(result.title)\n\n\(wrapped(result.note))\n\n\(result.text(width: Output.width))"
  }

  /// Lines as long as the tables are wide.
  private static func wrapped(_ text: String) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if line.count + 1 + word.count <= min(110, Output.width ?? 110) {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}
