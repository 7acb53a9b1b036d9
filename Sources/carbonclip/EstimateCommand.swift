import CLIPAccelerators
import ArgumentParser
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPUnits

struct EstimateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimate",
    abstract: "Latency, energy, area and carbon of a model on an accelerator, or on all of a space.",
    discussion: """
      Needs only the model's shape: a name, an open_clip configuration or a checkpoint folder, pruned ones too. The \
      physical cost model is the one to trust; --cost-model reference reproduces CATransformers' estimator, defects \
      included. Several models or designs are compared. All settings but --explain and --compare are also keys of a \
      recipe.

      Examples:
        carbonclip estimate --model ViT-B-16 --design edge-dual --scenario edge
        carbonclip estimate --model ViT-B-16 --model ViT-B-32 --uncertainty
        carbonclip estimate --model ViT-B-16 --sweep --limit "latency <= 50 ms" --output sweep
        carbonclip estimate --model checkpoints/base --costs recipes/epyc-zen4.csv --costs-precision int8 --scenario camera --device mains-camera
      """)

  @OptionGroup var options: EstimateOptions
  @OptionGroup var scenario: ScenarioOptions
  @OptionGroup var costs: CostOptions

  @Option(help: "Show how an operation of this name is done: tiles, loops, what bounds it (physical only).")
  var explain: String?

  @Option(
    help: "Compute every row of a recorded CSV file again, with the reference cost model, and say how far off it is.")
  var compare: String?

  @Flag(help: "The physical cost model beside published chips, by both editions of its account.")
  var silicon = false

  @Option(help: "Threads; by default one a core.")
  var threads: Int?

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try ThreadOptions.check(threads)
    if compare != nil, options.sweep || explain != nil {
      throw ValidationError("--compare stands alone: it recomputes a file, whatever the model")
    }
    if silicon, options.sweep || explain != nil || compare != nil || !options.model.isEmpty {
      throw ValidationError("--silicon stands alone: it computes published chips, whatever the model")
    }
    if silicon, let other = Self.otherFlag {
      throw ValidationError("--silicon stands alone, but for --figures and --json: drop \(other)")
    }
    if options.sweep, explain != nil || !options.design.isEmpty {
      throw ValidationError("--sweep is over a space of designs: --design and --explain belong to one design")
    }
    if scenario.inferences != nil, scenario.rate != nil || scenario.lifetime != nil || scenario.duty != nil {
      throw ValidationError("--inferences excludes --lifetime, --rate and --duty")
    }
  }

  /// A flag that published chips have no use for.
  private static var otherFlag: String? {
    let words = CommandLine.arguments.dropFirst()
    // What checks documents parses lines that are not the program's own.
    guard words.first == configuration.commandName else { return nil }
    return words.dropFirst().map { String($0.prefix { $0 != "=" }) }.first {
      $0.hasPrefix("--") && !["--silicon", "--figures", "--json", "--quiet"].contains($0)
    }
  }

  func run() throws {
    if let compare { return try runComparison(compare) }
    if silicon {
      let comparison = try SiliconComparison(technology: Technology(figures: options.figures))
      return Output.result(comparison.json, text: comparison.text)
    }
    let request = try EstimateRequest(options, scenario, costs)
    if let explain { return try runExplanation(explain, request) }
    if request.sweeps {
      try SweepRun(request, pool: ThreadPool(threads: threads)).run()
    } else {
      try runEstimates(request)
    }
  }

  private func runEstimates(_ request: EstimateRequest) throws {
    var assessments: [(model: EstimateRequest.Model, assessment: Assessment)] = []
    for model in request.models {
      for design in request.designs {
        assessments.append(
          (model, try request.assessor.assess(model.shape, on: design.design, named: design.name)))
      }
    }
    let study =
      try request.draws.map {
        try UncertaintyStudy(assessments.map(\.assessment.carbon), draws: $0, seed: request.seed)
      }
    let estimates = try AssessmentJSON(
      assessments.map { one in
        (one.model.name, one.model.shape, try request.assessor.work(of: one.model.shape).inference, one.assessment)
      }, study: study, costs: request.assessor.measured)
    var texts: [String] = []
    if assessments.count == 1, let only = assessments.first {
      let inference = try request.assessor.work(of: only.model.shape).inference
      texts.append(
        request.assessor.measured.map {
          MeasuredReport(
            only.assessment, model: only.model.name, shape: only.model.shape, inference: inference, $0
          ).text
        }
          ?? AssessmentReport(
            only.assessment, model: only.model.name, inference: inference
          ).text)
    } else {
      texts.append(ComparisonTable(assessments.map { ($0.model.name, $0.assessment) }).text)
    }
    if let study {
      let names = assessments.map { "\($0.model.name) on \($0.assessment.design)" }
      texts.append(UncertaintyReport(study, names: names).text)
    }
    Output.result(estimates.json, text: texts.joined(separator: "\n\n"))
  }

  private func runExplanation(_ name: String, _ request: EstimateRequest) throws {
    guard request.models.count == 1, request.designs.count == 1, let model = request.models.first,
      let design = request.designs.first
    else { throw InputError("--explain takes one model and one design") }
    let work = try request.assessor.work(of: model.shape)
    guard let costModel = try request.assessor.costModel(for: work) as? PhysicalCostModel else {
      throw InputError("--explain shows mappings of the physical cost model only")
    }
    let found = try costModel.explain(name, of: work, on: design.design)
    Output.result(.array(found.map(\.json)), text: found.map(\.text).joined(separator: "\n\n"))
  }

  private func runComparison(_ file: String) throws {
    guard options.costModel == nil || options.costModel == Assessor.Choice.reference.rawValue else {
      throw InputError(
        "recorded files are compared with the reference cost model", advice: "leave --cost-model out, or give reference"
      )
    }
    let comparison = try GoldenComparison(file: file, with: ReferenceCostModel())
    Output.result(comparison.json, text: RecordedFiguresReport(comparison).text)
    if !comparison.agrees { throw ExitCode(1) }
  }
}
