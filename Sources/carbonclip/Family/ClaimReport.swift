import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPReports

/// Judges a family's claim and writes its tables, its figure, its pages and its members.
struct ClaimReport {
  private let recipe: FamilyRecipe
  private let record: FamilyRecord
  private let candidates: String
  private let output: String
  private let figure: String
  private let pages: [String]

  /// - Parameters:
  ///   - candidates: the folder of trained models
  ///   - output: the folder for the tables
  ///   - figure: the drawing's file
  ///   - pages: Markdown pages that quote results
  init(
    _ recipe: FamilyRecipe, _ record: FamilyRecord, candidates: String, output: String, figure: String, pages: [String]
  ) {
    self.recipe = recipe
    self.record = record
    self.candidates = candidates
    self.output = output
    self.figure = figure
    self.pages = pages
  }

  func write(on pool: ThreadPool, _ prices: PriceList) throws {
    let stages = StageProgress(Console())
    let claim = try FamilyClaim(
      record, of: recipe, on: pool, prices: prices,
      observe: { stages.show($0.name, $0.unit, done: $0.done, total: $0.total) },
      shouldStop: { StopSignal.isRaised })
    stages.console.clearLine()
    let tables = ClaimTables(claim)
    try Folder.make(output)
    let text = tables.sections.map { "<!-- result: \($0.name) -->\n\n\($0.text)\n\n<!-- end -->" }
    try AtomicFile.write(text.joined(separator: "\n\n") + "\n", to: "\(output)/tables.md")
    try AtomicFile.write(ClaimFigure(claim).svg, to: figure)
    for page in pages { try MarkedPage(file: page, names: ClaimTables.names).update(with: tables.sections) }
    let written = try ClaimCheckpoints(recipe, record, claim, candidates: candidates, version: Version.current).write()
    if !written.missing.isEmpty {
      stages.console.note(
        "note: the weights of \(written.missing.joined(separator: ", ")) are not here, so nothing is published of them; "
          + "without --recorded and --open they are trained again")
    }
    let files = ["\(output)/tables.md", figure] + pages, headline = ClaimHeadline(claim).text
    var json = claim.json
    json["record"] = .string(recipe.record)
    json["opened"] = record.opened?.json ?? .null
    json["members"] = .array(written.folders.map(FamilyCommand.member))
    json["files"] = WrittenFiles(files).json
    json["footprint"] = record.footprint.map { .object($0.json) } ?? .null
    Output.result(
      .object(json),
      text: headline + "\n\n" + tables.least + "\n\n" + (files + written.folders).joined(separator: "\n"))
  }
}
