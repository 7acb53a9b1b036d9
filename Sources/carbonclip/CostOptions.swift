import ArgumentParser
import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes

/// The flags of `estimate` that put a measured device in the place of an imagined chip.
struct CostOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Latency and energy measured on a device, CSV (carbonclip bench --csv): it takes the place of a design.",
    completion: .file(extensions: ["csv"]))
  var costs: String?

  @Option(parsing: .unconditional, help: "Which device of --costs, where it has several.")
  var costsDevice: String?

  @Option(parsing: .unconditional, help: "Which precision of --costs, where it has several: fp32, bf16, int8.")
  var costsPrecision: String?

  func validate() throws {
    if costs == nil, costsDevice != nil || costsPrecision != nil {
      throw ValidationError("--costs-device and --costs-precision belong to --costs")
    }
  }
}

/// What flags, and a recipe below them, say of a measured device.
struct CostChoice {
  let file: String?
  private let device: String?
  private let precision: String?

  init(_ options: CostOptions, _ reader: inout RecipeReader) throws {
    let file = try reader.text("costs"), device = try reader.text("costs-device")
    let precision = try reader.text("costs-precision")
    self.file = options.costs ?? file
    self.device = options.costsDevice ?? device
    self.precision = options.costsPrecision ?? precision
  }

  /// The assessor of the device, and the device as a design; nil where nothing was measured.
  /// - Throws: `InputError` for a table that cannot be used, and for flags of imagined chips.
  func measured(
    _ models: [EstimateRequest.Model], in scenario: Scenario, ofChips given: [(flag: String, isGiven: Bool)]
  ) throws -> (assessor: Assessor, design: (name: String, design: AcceleratorDesign))? {
    guard let file else { return nil }
    if let flag = given.first(where: \.isGiven)?.flag {
      throw InputError("\(flag) belongs to imagined chips, not to a device of --costs", advice: "leave it out")
    }
    guard let base = models.lazy.compactMap({ $0.shape as? CLIPConfiguration }).first else {
      throw InputError("--costs prices encoders of CLIP models")
    }
    let word = precision.map { ["float32": "fp32", "bfloat16": "bf16"][$0] ?? $0 }
    let costs = try MeasuredCosts(CostTable(file: file), precision: word, device: device, like: base)
    let design = AcceleratorDesign.measured(costs.device)
    return (try Assessor(measured: costs, in: scenario), (design.description, design))
  }
}
