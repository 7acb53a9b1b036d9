import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPReports

/// Judges a family's claim and writes its tables, its figure and its pages.
struct ClaimReport {
  private let recipe: FamilyRecipe
  private let record: FamilyRecord
  private let output: String
  private let figure: String
  private let pages: [String]

  /// - Parameters:
  ///   - output: the folder for the tables
  ///   - figure: the drawing's file
  ///   - pages: Markdown pages that quote results
  init(_ recipe: FamilyRecipe, _ record: FamilyRecord, output: String, figure: String, pages: [String]) {
    self.recipe = recipe
    self.record = record
    self.output = output
    self.figure = figure
    self.pages = pages
  }

  func write(on pool: ThreadPool) throws {
    let console = Console()
    let claim = try FamilyClaim(record, of: recipe, on: pool) { done, all in
      console.status("\(done) of \(all) prices", isLast: false)
    }
    console.clearLine()
    let tables = ClaimTables(claim)
    try Folder.make(output)
    let text = tables.sections.map { "<!-- result: \($0.name) -->\n\n\($0.text)\n\n<!-- end -->" }
    try AtomicFile.write(text.joined(separator: "\n\n") + "\n", to: "\(output)/tables.md")
    try AtomicFile.write(ClaimFigure(claim).svg, to: figure)
    for page in pages { try MarkedPage(file: page, names: ClaimTables.names).update(with: tables.sections) }
    let files = ["\(output)/tables.md", figure] + pages, headline = ClaimHeadline(claim).text
    var json = claim.json
    json["record"] = .string(recipe.record)
    json["opened"] = record.opened?.json ?? .null
    json["files"] = WrittenFiles(files).json
    json["footprint"] = record.footprint.map { .object($0.json) } ?? .null
    Output.result(
      .object(json), text: headline + "\n\n" + tables.least + "\n\n" + files.joined(separator: "\n"))
  }
}
