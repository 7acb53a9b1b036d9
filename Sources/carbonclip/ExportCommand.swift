import ArgumentParser
import Compute
import Evaluation
import Files
import Search
import Studies
import Weights

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trial's model as a checkpoint that other tools load.",
    discussion: "Example: carbonclip export logs/quickstart --trial 17 --output carbonclip-s")

  @Argument(help: "A study: the folder that search wrote.")
  var study: String

  @Option(help: "The trial's number; by default the study's answer.")
  var trial: Int?

  @Option(help: "The folder to write.")
  var output: String

  @Option(help: "fp32, fp16 or bf16.")
  var precision = "fp16"

  @Option(help: "Folder of trained candidates.")
  var candidates = "logs/candidates"

  func validate() throws { _ = try ElementType(precision: precision) }

  func run() throws {
    let opened = try OpenedStudy(StudyPlace(study))
    let export = TrialExport(opened.recipe, opened.study, opened.front, candidates: candidates)
    guard let member = try trial.map({ try export.member(of: $0) }) ?? opened.front.answer else {
      throw InputError("has no finished trial", file: study)
    }
    try export.write(member, opened.outlook, to: output, as: try ElementType(precision: precision))
    print("\(output): trial \(opened.front.finished[member.index].trial.number)")
  }
}
