import Accelerators
import ArgumentParser
import Assessment
import CarbonFootprint
import Evaluation
import Files
import ModelShapes
import Units

struct EstimateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimate",
    abstract: "Latency, energy, area and carbon of a model on an accelerator.",
    discussion: """
      Needs only the model's shape: a name, an open_clip configuration or a checkpoint folder, pruned ones too. The \
      physical cost model is the one to trust; --cost-model reference reproduces CATransformers' estimator, defects \
      included.

      Example: carbonclip estimate --model ViT-B-16 --design edge-dual --scenario edge
      """)

  @Option(help: "Model name, configuration .json or checkpoint folder.")
  var model: String?

  @Option(help: "Accelerator: a name of data/accelerators, or a YAML file.")
  var design = "edge-base"

  @Option(help: "Where and how the chip is made and used: a name of data/scenarios, or a YAML file.")
  var scenario = "edge"

  @Option(help: "physical or reference.")
  var costModel = Assessor.Choice.physical.rawValue

  @Option(help: "Show how an operation of this name is done: tiles, loops, what bounds it (physical only).")
  var explain: String?

  @Option(help: "Compute every row of a recorded CSV file again and say how far off it is (the reference's layouts).")
  var compare: String?

  @Flag(help: "Print JSON.")
  var json = false

  private var choice: Assessor.Choice? { Assessor.Choice(rawValue: costModel) }

  func validate() throws {
    guard choice != nil else {
      throw ValidationError("--cost-model must be physical or reference, found \(costModel.quoted())")
    }
  }

  func run() throws {
    if let compare { return try runComparison(compare) }
    guard let model else { throw InputError("name a model with --model", advice: "carbonclip models lists names") }
    let shape = try ModelDescription.resolve(model).configuration
    let assessor = try Assessor(choice ?? .physical, in: try Scenario.named(scenario))
    let chosen = try AcceleratorDesign.named(design)
    if let explain { return try runExplanation(explain, shape, chosen, assessor) }
    let assessment = try assessor.assess(shape, on: chosen, named: Folder.name(of: design))
    if json {
      var object = JSONObject()
      object["model"] = .string(Folder.name(of: model))
      object["parameters"] = .integer(shape.parameterCount)
      object["estimate"] = assessment.estimate.json
      object["carbon"] = .object(assessment.carbon.json)
      print(JSONValue.object(object).text(indentation: 2))
    } else {
      print(AssessmentReport(assessment, model: Folder.name(of: model)).text)
    }
  }

  private func runExplanation(
    _ name: String, _ shape: CLIPConfiguration, _ design: AcceleratorDesign, _ assessor: Assessor
  ) throws {
    guard let costModel = try assessor.costModel(for: shape) as? PhysicalCostModel else {
      throw InputError("--explain shows mappings of the physical cost model only")
    }
    let found = try costModel.explain(name, of: shape, on: design)
    print(
      json
        ? JSONValue.array(found.map(\.json)).text(indentation: 2) : found.map(\.text).joined(separator: "\n\n"))
  }

  private func runComparison(_ file: String) throws {
    guard costModel == Assessor.Choice.reference.rawValue || costModel == Assessor.Choice.physical.rawValue else {
      return
    }
    let comparison = try GoldenComparison(file: file, with: ReferenceCostModel())
    print(json ? comparison.json.text(indentation: 2) : comparison.summary)
    if !comparison.agrees { throw ExitCode(1) }
  }
}
