package import CLIPCompute
import CLIPFiles
import CLIPRanks
import CLIPRecipes

// What a run multiplies in: what it is told, else what it began with, else what the processor does best.
extension Trainer {
  /// The key under which a run's record says it.
  static let precisionKey = "precision"

  /// Settles what a run multiplies in. All ranks come to the same: bfloat16 is taken unasked only where each of them has the
  /// instruction.
  /// - Throws: ``InputError`` where the run's record cannot be read.
  static func precision(
    _ stated: ProductArithmetic?, resume: Resume, in folder: String?, _ ranks: (any RankGroup)?
  ) throws -> (value: ProductArithmetic, isChosen: Bool) {
    if let stated { return (stated, false) }
    guard let ranks else {
      if let recorded = try recordedPrecision(resume, in: folder) { return (recorded, false) }
      return (.trainingStandard, true)
    }
    let isLacking = try ranks.any(ProductArithmetic.trainingStandard == .float32)
    let recorded = ranks.rank == 0 ? try recordedPrecision(resume, in: folder) : nil
    let told = try ranks.broadcast(recorded?.rawValue ?? "")
    if let recorded = ProductArithmetic(rawValue: told) { return (recorded, false) }
    return (isLacking ? .float32 : .bfloat16, true)
  }

  /// What a run that is taken up began with; nil for one that begins.
  private static func recordedPrecision(_ resume: Resume, in folder: String?) throws -> ProductArithmetic? {
    guard let folder, resume != .never else { return nil }
    let settings: JSONValue?
    if Folder.containsFile("\(folder)/params.yaml") {
      settings = try Recipe.read("\(folder)/params.yaml").json
    } else if case .from(let path) = resume {
      settings = try ResumePoint(path: path).state["settings"]
    } else {
      return nil
    }
    guard let name = settings?[precisionKey]?.stringValue else { return .float32 }
    return ProductArithmetic(named: name)
  }

  /// What a person is told of a standard that was taken.
  /// - Parameter asking: how floats are asked for, such as `--precision fp32`
  package static func note(on standard: ProductArithmetic, asking: String) -> String {
    switch standard {
    case .bfloat16: "products in amp_bf16, which this processor has instructions for; \(asking) for 32-bit floats"
    case .float32: "products in fp32: this processor has no instructions for bfloat16"
    }
  }
}
