internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPRecipes

/// The hardware of a search that is a real device: `costs: FILE.csv`.
extension SearchRecipe {
  /// What a recipe says of a measured device, as it stands.
  struct CostKeys {
    let costs: RecipeNode?
    let file: String?
    let device: String?
    let precision: String?
    /// Keys of imagined chips that were given.
    let ofChips: [(key: String, node: RecipeNode)]

    init(_ reader: inout RecipeReader) throws {
      costs = reader.node("costs")
      file = try reader.text("costs")
      device = try reader.text("costs-device")
      precision = try reader.text("costs-precision")
      let keys = ["design", "cost-model", "mapping", "figures", "widen"] + DesignChange.keys
      ofChips = keys.compactMap { key in reader.node(key).map { (key, $0) } }
      for (key, value) in [("costs-device", device), ("costs-precision", precision)] where value != nil && costs == nil
      {
        throw reader.error(key, "belongs to costs", "add costs: FILE.csv")
      }
    }

    /// The word that stands for a measured device under `hardware`.
    static let word = "measured"
  }

  /// The costs that were measured, fitted; nil where hardware is imagined.
  /// - Throws: `InputError` naming the place: keys that only a chip has, rows that are wrong.
  static func measured(
    _ keys: CostKeys, hardware: RecipeNode?, mode: SearchMode, _ precision: AccuracyPrecision,
    like dense: CLIPConfiguration
  ) throws -> MeasuredCosts? {
    let isAsked = hardware?.textValue == CostKeys.word
    guard let costs = keys.costs, let file = keys.file else {
      if isAsked, let hardware {
        throw hardware.error("hardware: measured needs costs, a table of what was measured", advice: "costs: FILE.csv")
      }
      return nil
    }
    if let hardware, !isAsked {
      throw hardware.error(
        "hardware and costs exclude each other", advice: "write hardware: measured, or leave costs out")
    }
    if let (key, node) = keys.ofChips.first {
      throw node.error("\(key) belongs to imagined chips, not to a measured device", advice: "leave it out")
    }
    guard mode != .allHardware else {
      throw costs.error("mode all-hw chooses a chip for a model; a measured device is there already")
    }
    var wanted = keys.precision ?? (precision == .int8 ? "int8" : "fp32")
    if let word = ["float32": "fp32", "bfloat16": "bf16"][wanted] { wanted = word }
    return try costs.naming {
      let table = try CostTable(file: file)
      do {
        return try MeasuredCosts(table, precision: wanted, device: keys.device, like: dense)
      } catch var error as InputError {
        // What this recipe may say of it.
        if error.advice?.hasPrefix("name one") == true { error.advice = "name one: costs-device: NAME" }
        throw error
      }
    }
  }

  /// What only a chip has cannot be limited or made small on a device.
  static func checkMeasured(_ metrics: [Metric], _ limits: [Limit], _ costs: RecipeNode?) throws {
    for metric in metrics + limits.map(\.metric) where metric.isOfChip {
      throw InputError(
        "a measured device has no \(metric.title): nobody knows its chip", at: costs?.origin,
        advice: "leave \(metric.rawValue) out of objectives and limits")
    }
  }
}
