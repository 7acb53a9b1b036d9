import ArgumentParser
import CLIPFiles
import CLIPReports
import CLIPSearch

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw the page of a search or a training run anew.",
    discussion: """
      Of a study: report.html, search.json, front.csv, trials.csv, and the front as a table; may be asked while the \
      search runs. Of a training run: run.html and its TensorBoard file.

      Example: carbonclip report logs/quickstart
      """)

  @Argument(help: "The folder of a study or a run.", completion: .directory)
  var folder: String

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    if Folder.containsFile("\(folder)/study.sqlite") {
      let opened = try OpenedStudy(StudyPlace(folder))
      let summary = try SearchSummary(opened.recipe, opened.study, opened.outlook, on: opened.pool)
      let files = try SearchFiles(summary, opened.place).write()
      Output.result(
        SearchDocument(opened.place, summary, files: files).json,
        text: SearchTable(summary).text(width: Output.width) + "\n\n" + files.joined(separator: "\n"))
      return
    }
    guard Folder.containsFile("\(folder)/log.jsonl") else {
      throw InputError(
        "holds neither study.sqlite nor log.jsonl", file: folder,
        advice: "name a study's or a run's folder, such as logs/quickstart")
    }
    try RunPages.write(folder)
    let files = ["\(folder)/run.html"]
    Output.result(
      [
        "folder": .string(folder), "files": WrittenFiles(files).json,
        "tensorboard": WrittenFiles(folder: "\(folder)/tensorboard").json,
      ], text: "\(files[0])\n\(folder)/tensorboard")
  }
}
